import type { Clock, Timer } from '@faust/core'
import { deferred } from './wait.ts'
import type { Deferred } from './wait.ts'

/**
 * Holds requests back while the broker does not read from a connection (KIP-219): the time-out of a request must not
 * run while it waits for that. A timer exists only while somebody waits.
 */
export class Throttle {
  readonly #clock: Clock
  #until = Number.NEGATIVE_INFINITY
  #timer: Timer | undefined
  #waiting: Deferred<void> | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get active(): boolean {
    return this.#clock.monotonic() < this.#until
  }

  /** Begins with an answer that demands `ms`; never shortens what an earlier one demanded. */
  begin(ms: number): void {
    if (ms > 0) this.#until = Math.max(this.#until, this.#clock.monotonic() + ms)
  }

  /** Resolves when it may be over; those who wait go on in the order in which they came. */
  over(): Promise<void> {
    if (this.#waiting === undefined) {
      this.#waiting = deferred()
      this.#timer = this.#clock.setTimeout(() => this.end(), this.#until - this.#clock.monotonic())
    }
    return this.#waiting.promise
  }

  /** Lets everybody go on who waits. */
  end(): void {
    this.#timer?.cancel()
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.resolve()
  }
}
