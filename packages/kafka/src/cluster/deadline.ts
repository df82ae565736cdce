import { FaustError } from '@faust/core'
import type { Clock } from '@faust/core'
import { abortedBy, deferred, whenAborted } from '../connection/wait.ts'

/** A moment on a clock by which something has to be done, and the signal of whoever waits for it. */
export class Deadline {
  readonly #clock: Clock
  readonly #at: number
  readonly #signal: AbortSignal | undefined

  constructor(clock: Clock, within: number, signal?: AbortSignal) {
    this.#clock = clock
    this.#at = clock.monotonic() + within
    this.#signal = signal
  }

  get signal(): AbortSignal | undefined {
    return this.#signal
  }

  /** Ms that are left, at least 0. */
  get left(): number {
    return Math.max(0, this.#at - this.#clock.monotonic())
  }

  /** Throws `FAUST_ABORTED` when the signal has fired. */
  check(what: string): void {
    if (this.#signal?.aborted === true) throw abortedBy(this.#signal, what)
  }

  /** Waits for something that never rejects, but not longer than this. Rejects with `FAUST_ABORTED` when the signal fires. */
  async wait(promise: Promise<void>): Promise<void> {
    const over = deferred()
    const signal = this.#signal
    const stop = whenAborted(signal, () => over.reject(abortedBy(signal as AbortSignal, 'The wait')))
    const timer = this.#clock.setTimeout(() => over.resolve(), this.left)
    try {
      await Promise.race([promise, over.promise])
    } finally {
      timer.cancel()
      stop()
    }
  }

  /**
   * Runs `work` with a signal that fires when the deadline or `patience` ms are over, or whoever waits has given up. The
   * first two reject with `FAUST_TRANSPORT_UNAVAILABLE`: the request may have been sent.
   */
  async bound<T>(what: string, work: (signal: AbortSignal) => Promise<T>, patience: number = Infinity): Promise<T> {
    const controller = new AbortController()
    const ms = Math.min(this.left, patience)
    let late = false
    const timer = this.#clock.setTimeout(() => {
      late = true
      controller.abort()
    }, ms)
    const stop = whenAborted(this.#signal, () => controller.abort(this.#signal?.reason))
    try {
      return await work(controller.signal)
    } catch (error) {
      if (!late) throw error
      const message = `${what} got no answer within ${Math.round(ms)} ms`
      throw new FaustError('FAUST_TRANSPORT_UNAVAILABLE', message, {
        retriable: true,
        cause: error,
        details: { sent: true },
      })
    } finally {
      timer.cancel()
      stop()
    }
  }
}
