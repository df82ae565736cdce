import type { Delivery } from '../processing/task/delivery.ts'
import { isPromise } from '../service/maybe-promise.ts'
import { SKIP, type Step } from './operator.ts'
import type { StreamRun } from './stream-run.ts'

/**
 * Walks a stream value by value. `next` settles the value before and answers from memory when it can: no task of the
 * event loop lies between two values that are there.
 */
export class ValueIterator<T> implements AsyncIterator<T> {
  readonly #run: StreamRun
  readonly #steps: readonly Step[]
  #done = false

  constructor(run: StreamRun, steps: readonly Step[]) {
    this.#run = run
    this.#steps = steps
    run.claim()
  }

  next(): Promise<IteratorResult<T>> {
    if (this.#done) return Promise.resolve(END)
    const run = this.#run
    run.settle()
    while (!run.call.ended && !run.pacer.due()) {
      const delivery = run.feed.pull()
      if (delivery === undefined) break
      run.trace(delivery)
      let value: unknown
      try {
        value = run.process(delivery, this.#steps)
      } catch (error) {
        return this.#failed(delivery, error)
      }
      if (isPromise(value)) return this.#later(delivery, value)
      if (value === SKIP) {
        run.skip(delivery)
        continue
      }
      run.begin(delivery)
      return Promise.resolve({ done: false, value: value as T })
    }
    return this.#wait()
  }

  /** Leaving the loop, by `break` or `throw` alike, settles nothing: how the function ends decides. */
  return(): Promise<IteratorResult<T>> {
    this.#done = true
    return Promise.resolve(END)
  }

  async #wait(): Promise<IteratorResult<T>> {
    const { call, feed, pacer } = this.#run
    // Whoever comes here has either used up its turn or found nothing.
    await pacer.breathe()
    for (;;) {
      if (pacer.due()) await pacer.turn()
      call.check()
      const delivery = feed.pull()
      if (delivery !== undefined) {
        this.#run.trace(delivery)
        const value = await this.#run.process(delivery, this.#steps)
        this.#run.check(delivery)
        if (value !== SKIP) {
          this.#run.begin(delivery)
          return { done: false, value: value as T }
        }
        this.#run.skip(delivery)
      } else if (feed.closed) {
        this.#done = true
        return END
      } else {
        await feed.wait()
      }
    }
  }

  async #later(delivery: Delivery, pending: PromiseLike<unknown>): Promise<IteratorResult<T>> {
    const value = await pending
    this.#run.check(delivery)
    if (value === SKIP) {
      this.#run.skip(delivery)
      return this.#wait()
    }
    this.#run.begin(delivery)
    return { done: false, value: value as T }
  }

  #failed(delivery: Delivery, error: unknown): Promise<IteratorResult<T>> {
    this.#run.begin(delivery)
    return Promise.reject(error)
  }
}

const END: IteratorReturnResult<undefined> = { done: true, value: undefined }
