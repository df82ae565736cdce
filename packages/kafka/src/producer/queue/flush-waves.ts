import { deferred } from '../../connection/wait.ts'
import type { Deferred } from '../../connection/wait.ts'

/** Sends between two flushes. */
export interface Wave {
  /** Those that have not settled. */
  left: number
  /** The flush that waits for it; null while it is the last one and still grows. */
  flush: Deferred<void> | null
}

/** Counts unsettled sends, so that a flush waits for those before it and costs nothing per send. */
export class FlushWaves {
  readonly #closed: Wave[] = []
  #growing: Wave = { left: 0, flush: null }

  /** Whether somebody waits. */
  get isFlushing(): boolean {
    return this.#closed.length > 0
  }

  /** A send begins; it has to `leave` what it is given. */
  enter(): Wave {
    this.#growing.left++
    return this.#growing
  }

  leave(wave: Wave): void {
    wave.left--
    this.#settle()
  }

  /** Resolves when everything that has entered so far has left. */
  flushed(): Promise<void> {
    const wave = this.#growing
    if (wave.left === 0 && this.#closed.length === 0) return Promise.resolve()
    wave.flush = deferred()
    this.#closed.push(wave)
    this.#growing = { left: 0, flush: null }
    const { promise } = wave.flush
    this.#settle()
    return promise
  }

  #settle(): void {
    while (this.#closed[0]?.left === 0) this.#closed.shift()?.flush?.resolve()
  }
}
