import type { Clock } from './clock.ts'
import { nextTurn } from './wait.ts'

/** How many steps pass between two looks at the clock. */
const STEPS = 128
/** Longest time, in ms, that the loops of one worker keep the event loop to themselves. */
const SLICE = 10

/**
 * Keeps hot loops fair. Promises that are ready run before any I/O or timer, so a worker that is never out of records
 * would starve its own heartbeats. All loops of a worker share one pacer.
 */
export class Pacer {
  readonly #clock: Clock
  #steps = 0
  #since: number
  #turn: Promise<void> | undefined

  constructor(clock: Clock) {
    this.#clock = clock
    this.#since = clock.monotonic()
  }

  /** Called once a step; true when the loop must await `breathe()` before it goes on. */
  due(): boolean {
    if (this.#turn !== undefined) return true
    if (++this.#steps < STEPS) return false
    this.#steps = 0
    return this.#spent()
  }

  /** Awaits the next turn of the event loop when this one is used up; at once otherwise. */
  breathe(): Promise<void> | undefined {
    return this.#turn !== undefined || this.#spent() ? this.turn() : undefined
  }

  #spent(): boolean {
    return this.#clock.monotonic() - this.#since >= SLICE
  }

  /** The next turn of the event loop; callers that come together share it. */
  turn(): Promise<void> {
    return (this.#turn ??= nextTurn(this.#clock).then(() => {
      this.#turn = undefined
      this.#since = this.#clock.monotonic()
    }))
  }
}
