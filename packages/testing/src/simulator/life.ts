import type { Clock } from '@faust/core'

/**
 * One run of a worker's process, from its start to its end. Whatever comes to it from outside (a timer, an answer)
 * comes through `enter`: at once while it runs, later while it is stopped as by SIGSTOP, never once it is dead.
 */
export class Life {
  readonly #end = new Set<() => void>()
  #alive = true
  #held: (() => void)[] | null = null

  get alive(): boolean {
    return this.#alive
  }

  get paused(): boolean {
    return this.#held !== null
  }

  /** Does something inside the process. */
  enter(run: () => void): void {
    if (!this.#alive) return
    if (this.#held !== null) this.#held.push(run)
    else run()
  }

  /** The same as a promise, which never settles in a dead process. */
  entered<T>(run: () => T | PromiseLike<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.enter(() => {
        try {
          resolve(run())
        } catch (error) {
          reject(error)
        }
      })
    })
  }

  pause(): void {
    if (this.#alive) this.#held ??= []
  }

  /** Everything that came meanwhile happens now, in its order. */
  resume(): void {
    const held = this.#held ?? []
    this.#held = null
    for (const run of held) this.enter(run)
  }

  /** Ends it as `kill -9` does: no code of it ever runs again. */
  kill(): void {
    this.#alive = false
    this.#held = null
    for (const end of this.#end) end()
    this.#end.clear()
  }

  /** Called when the process dies: what the machine does then, such as closing sockets. */
  onEnd(end: () => void): void {
    this.#end.add(end)
  }
}

/** The clock of one life: the world's, through the process's ears, and with a wall clock that may be off. */
export function lifeClock(clock: Clock, life: Life, skew: () => number): Clock {
  return {
    now: () => Math.floor(clock.now() + skew()),
    monotonic: () => clock.monotonic(),
    random: () => clock.random(),
    uuid: () => clock.uuid(),
    setImmediate: (callback) => clock.setImmediate(() => life.enter(callback)),
    setTimeout(callback, delay) {
      let cancelled = false
      const timer = clock.setTimeout(() => life.enter(() => cancelled || callback()), delay)
      return {
        cancel: () => {
          cancelled = true
          timer.cancel()
        },
      }
    },
  }
}
