import { deferred } from '../../../service/deferred.ts'
import type { Deferred } from '../../../service/deferred.ts'

/** Lets pass while it is open and lets wait while it is closed. */
export class Gate {
  #closed: Deferred<void> | null = null
  #closing: Deferred<void> = deferred()

  get isOpen(): boolean {
    return this.#closed === null
  }

  open(): void {
    this.#closed?.resolve()
    this.#closed = null
  }

  close(): void {
    if (this.#closed !== null) return
    this.#closed = deferred()
    this.#closing.resolve()
    this.#closing = deferred()
  }

  /** Resolves when it closes the next time, or when it is opened for good. */
  closed(): Promise<void> {
    return this.#closing.promise
  }

  /** Opens it and lets nobody wait for it to close. */
  release(): void {
    this.open()
    this.#closing.resolve()
  }

  /** Resolves when it is open. */
  async passed(): Promise<void> {
    while (this.#closed !== null) await this.#closed.promise
  }
}
