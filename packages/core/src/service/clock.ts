/**
 * The only place of core where time and chance come from. Everything else is handed a `Clock`, so a test or the
 * simulator can hand it another one and replay a run exactly; a check in CI holds this.
 */
export interface Clock {
  /** Wall-clock time in epoch milliseconds, a whole number. May jump. */
  now(): number
  /** Milliseconds since some fixed moment, with fractions; never goes back. For measuring and deadlines. */
  monotonic(): number
  /** Runs `callback` once after `delay` ms (at least 0) in a task of its own. */
  setTimeout(callback: () => void, delay: number): Timer
  /** Runs `callback` in the next turn of the event loop, after pending I/O had its chance. */
  setImmediate(callback: () => void): void
  /** A number in [0, 1). */
  random(): number
  /** A version 4 UUID. */
  uuid(): string
}

/** A timer that is still to fire. */
export interface Timer {
  /** Idempotent; a callback that has not started never will. */
  cancel(): void
}

/** Longest delay Node's timers bear, 24.8 days; a longer one would fire at once, so it is waited for in steps. */
const MAX_DELAY = 2 ** 31 - 1

/** The clock of the machine. Its timers keep the process alive. */
export function systemClock(): Clock {
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    setTimeout: (callback, delay) => {
      let left = Math.max(delay, 0)
      const arm = (): NodeJS.Timeout => {
        const step = Math.min(left, MAX_DELAY)
        left -= step
        return setTimeout(left > 0 ? () => (handle = arm()) : callback, step)
      }
      let handle = arm()
      return { cancel: () => clearTimeout(handle) }
    },
    setImmediate: (callback) => void setImmediate(callback),
    random: () => Math.random(),
    uuid: () => crypto.randomUUID(),
  }
}
