import type { Clock } from '@faust/core'
import { backoff } from '../cluster/backoff.ts'
import { sleep } from '../connection/wait.ts'

/** Ms for which a topic may be unknown to a broker: news of a new one take their time to get around. */
export const PATIENCE = 3_000
const BETWEEN = { first: 50, last: 500 }

/** Further tries for what a broker does not know yet. */
export class Patience {
  readonly #clock: Clock
  readonly #signal: AbortSignal
  readonly #end: number
  #tries = 0

  constructor(clock: Clock, signal: AbortSignal) {
    this.#clock = clock
    this.#signal = signal
    this.#end = clock.monotonic() + PATIENCE
  }

  /** Waits for the next try, or says that there is none. */
  async another(): Promise<boolean> {
    const left = this.#end - this.#clock.monotonic()
    if (left <= 0) return false
    await sleep(this.#clock, Math.min(backoff(this.#clock, BETWEEN, ++this.#tries), left), this.#signal)
    return true
  }
}
