import type { Clock } from '../../../service/clock.ts'
import { nextTurn } from '../../../service/wait.ts'

/** Steps between two looks at the clock. */
const STEPS = 16
/** Ms that loops may keep the event loop to themselves. */
const SLICE = 10

/**
 * A log in memory answers without a turn of the event loop, so a loop that only asks would starve timers, heartbeats
 * among them. Counts the time that steps take one after the other; time that passes between them in one go was a turn
 * already, or was a clock's that is moved by hand, where waiting for a turn could wait for ever.
 */
export class Turns {
  readonly #clock: Clock
  #steps = 0
  #lookedAt = 0
  #spent = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Called before every step: a turn to wait for when the time is used up, else undefined. */
  next(): Promise<void> | undefined {
    if (++this.#steps < STEPS) return undefined
    this.#steps = 0
    const now = this.#clock.monotonic()
    const passed = now - this.#lookedAt
    this.#lookedAt = now
    this.#spent = passed < SLICE ? this.#spent + passed : 0
    if (this.#spent < SLICE) return undefined
    this.#spent = 0
    return nextTurn(this.#clock)
  }
}
