import { deferred } from '../connection/wait.ts'
import type { Deferred } from '../connection/wait.ts'

/** Lets commits pass while it is open and wait while it is closed. */
export class Gate {
  #closed: Deferred<void> | null = null

  get isOpen(): boolean {
    return this.#closed === null
  }

  open(): void {
    this.#closed?.resolve()
    this.#closed = null
  }

  close(): void {
    this.#closed ??= deferred()
  }

  /** Resolves when it is open. */
  async passed(): Promise<void> {
    while (this.#closed !== null) await this.#closed.promise
  }
}
