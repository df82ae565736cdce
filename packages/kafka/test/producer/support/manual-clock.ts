import type { Clock, Timer } from '@faust/core'

/** A clock that moves only inside `run` and `advance`: from timer to timer, with a turn for ready promises in between. */
export class ManualClock implements Clock {
  #elapsed = 0
  #order = 0
  #seed: number
  #timers: { due: number; order: number; callback: () => void }[] = []

  constructor(seed = 1) {
    this.#seed = seed
  }

  now(): number {
    return 1_700_000_000_000 + Math.floor(this.#elapsed)
  }

  monotonic(): number {
    return this.#elapsed
  }

  setTimeout(callback: () => void, delay: number): Timer {
    const timer = { due: this.#elapsed + Math.max(delay, 0), order: this.#order++, callback }
    this.#timers.push(timer)
    return { cancel: () => void (this.#timers = this.#timers.filter((each) => each !== timer)) }
  }

  setImmediate(callback: () => void): void {
    this.setTimeout(callback, 0)
  }

  random(): number {
    this.#seed = (this.#seed * 48_271) % 2_147_483_647
    return this.#seed / 2_147_483_647
  }

  uuid(): string {
    return `00000000-0000-4000-8000-${String(this.#order++).padStart(12, '0')}`
  }

  /** Time that passes while something is computed. */
  spend(ms: number): void {
    this.#elapsed += ms
  }

  get pending(): number {
    return this.#timers.length
  }

  /** Moves on until `work` has settled, and answers what it answers. */
  async run<T>(work: Promise<T> | (() => Promise<T>)): Promise<T> {
    let settled = false
    const result = typeof work === 'function' ? work() : work
    const note = (): void => void (settled = true)
    result.then(note, note)
    for (await turn(); !settled; await turn()) {
      if (!this.#fire(Infinity)) throw new Error('The work waits for something that no timer brings')
    }
    return result
  }

  /** Moves on by `ms`, firing what becomes due. */
  async advance(ms: number): Promise<void> {
    const end = this.#elapsed + ms
    for (await turn(); this.#fire(end);) await turn()
    this.#elapsed = Math.max(this.#elapsed, end)
  }

  #fire(end: number): boolean {
    const [first, ...others] = this.#timers
    if (first === undefined) return false
    let next = first
    for (const timer of others)
      if (timer.due < next.due || (timer.due === next.due && timer.order < next.order)) next = timer
    if (next.due > end) return false
    this.#timers = this.#timers.filter((timer) => timer !== next)
    this.#elapsed = Math.max(this.#elapsed, next.due)
    next.callback()
    return true
  }
}

/** Lets every ready promise run to its end. */
function turn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve))
}
