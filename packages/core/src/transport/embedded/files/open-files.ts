import { closeSync, constants, openSync } from 'node:fs'

/** Files that are kept open at most; a process may often have no more than 1,024. */
const MOST_OPEN = 200

/** The open files of a log: those written to last stay open, so that thousands of partitions need no more. */
export class OpenFiles {
  /** In the order of their last use. */
  readonly #open = new Map<string, number>()

  /** A descriptor to read and write `path`, which is made when it is missing. Valid until the next call. */
  descriptor(path: string): number {
    const known = this.#open.get(path)
    if (known !== undefined) {
      this.#open.delete(path)
      this.#open.set(path, known)
      return known
    }
    if (this.#open.size >= MOST_OPEN) {
      for (const oldest of this.#open.keys()) {
        this.close(oldest)
        break
      }
    }
    const descriptor = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o644)
    this.#open.set(path, descriptor)
    return descriptor
  }

  close(path: string): void {
    const descriptor = this.#open.get(path)
    this.#open.delete(path)
    if (descriptor !== undefined) closeSync(descriptor)
  }

  closeAll(): void {
    for (const path of this.#open.keys()) this.close(path)
  }
}
