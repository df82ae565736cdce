import type { Clock, Timer } from '@faust/core'

/**
 * The clock that apps and log get: the test's own, with a count of the timers they have set. Whatever waits on the
 * test's clock beyond them was set by the program under test, a handler that sleeps for example.
 */
export class CountedClock implements Clock {
  readonly #clock: Clock
  #pending = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Timers set here that are still to fire. */
  get pending(): number {
    return this.#pending
  }

  now(): number {
    return this.#clock.now()
  }

  monotonic(): number {
    return this.#clock.monotonic()
  }

  random(): number {
    return this.#clock.random()
  }

  uuid(): string {
    return this.#clock.uuid()
  }

  setImmediate(callback: () => void): void {
    this.#clock.setImmediate(callback)
  }

  setTimeout(callback: () => void, delay: number): Timer {
    let waiting = true
    const end = (): void => {
      if (waiting) this.#pending--
      waiting = false
    }
    this.#pending++
    const timer = this.#clock.setTimeout(() => {
      end()
      callback()
    }, delay)
    return {
      cancel: () => {
        end()
        timer.cancel()
      },
    }
  }
}
