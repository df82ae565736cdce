import type { Clock } from './clock.ts'

/**
 * The ms that a stop may take in all, counted from its first step on. A step may take two thirds of what is left, so that one
 * that hangs leaves some to those after it; where all answer, none takes any time.
 */
export class StopBudget {
  readonly #clock: Clock
  readonly #total: number
  #end: number | undefined

  constructor(clock: Clock, total: number) {
    this.#clock = clock
    this.#total = total
  }

  /** What the next step may take. */
  step(): number {
    return (this.rest() * 2) / 3
  }

  /** What the last one may take. */
  rest(): number {
    const now = this.#clock.monotonic()
    this.#end ??= now + this.#total
    return Math.max(0, this.#end - now)
  }
}
