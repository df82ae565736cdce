import { isPromise, type MaybePromise } from './maybe-promise.ts'

/** Counts what is under way. */
export class Pending {
  #count = 0

  /** Promises that have not settled. */
  get count(): number {
    return this.#count
  }

  /** Counts `work`, where it is not there at once, until it has settled; answers it. */
  of<T>(work: MaybePromise<T>): MaybePromise<T> {
    if (!isPromise(work)) return work
    this.#count++
    const settled = (): void => void this.#count--
    work.then(settled, settled)
    return work
  }
}
