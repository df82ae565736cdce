import type { Clock } from '@faust/core'

/** The wait of a poll. */
export class PollWait {
  readonly #clock: Clock
  #end: (() => void) | null = null

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get waiting(): boolean {
    return this.#end !== null
  }

  /** Lets the poll look again. */
  wake(): void {
    this.#end?.()
  }

  /** Until it is woken, the signal fires or `ms` are over; `begin` runs while it already waits. */
  wait(ms: number, signal: AbortSignal | undefined, begin: () => void): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        this.#end = null
        timer.cancel()
        signal?.removeEventListener('abort', end)
        resolve()
      }
      const timer = this.#clock.setTimeout(end, ms)
      signal?.addEventListener('abort', end, { once: true })
      this.#end = end
      begin()
    })
  }
}
