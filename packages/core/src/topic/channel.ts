import { type Deferred, deferred } from '../service/deferred.ts'
import { FaustError } from '../service/errors.ts'

/** How a channel is made. */
export interface ChannelOptions {
  /** Values a subscriber may lag behind before senders wait for it. Default 1,000. */
  readonly capacity?: number | undefined
}

/**
 * A broadcast within the process: every loop over it gets every value sent while it runs, in order. Nothing is stored:
 * a value sent while nobody listens is gone. A slow subscriber makes senders wait, so that none loses anything.
 */
export class Channel<T> implements AsyncIterable<T> {
  readonly #capacity: number
  readonly #subscribers = new Set<Subscriber<T>>()
  #closed = false

  constructor(options: ChannelOptions = {}) {
    this.#capacity = options.capacity ?? 1000
    if (!Number.isInteger(this.#capacity) || this.#capacity < 1) {
      throw new FaustError(
        'FAUST_SETTING_INVALID',
        `The capacity of a channel must be a whole number of at least 1, not ${String(options.capacity)}.`,
      )
    }
  }

  /** How many loops listen. */
  get subscribers(): number {
    return this.#subscribers.size
  }

  /** Resolves when every subscriber has the value in its buffer. `FAUST_CLOSED` after `close`. */
  async send(value: T): Promise<void> {
    if (this.#closed)
      throw new FaustError('FAUST_CLOSED', 'The channel was closed: nothing can be sent to it any more.')
    await Promise.all([...this.#subscribers].map((subscriber) => subscriber.put(value)))
  }

  /** Ends every loop after what it has buffered. Idempotent. */
  close(): void {
    this.#closed = true
    for (const subscriber of this.#subscribers) subscriber.close()
  }

  [Symbol.asyncIterator](): AsyncIterator<T> {
    const subscriber = new Subscriber<T>(this.#capacity, () => this.#subscribers.delete(subscriber))
    if (this.#closed) subscriber.close()
    else this.#subscribers.add(subscriber)
    return subscriber
  }
}

class Subscriber<T> implements AsyncIterator<T> {
  readonly #capacity: number
  readonly #leave: () => void
  readonly #buffer: T[] = []
  #closed = false
  #arrival: Deferred<void> | undefined
  #room: Deferred<void> | undefined

  constructor(capacity: number, leave: () => void) {
    this.#capacity = capacity
    this.#leave = leave
  }

  async put(value: T): Promise<void> {
    while (this.#buffer.length >= this.#capacity && !this.#closed) await (this.#room ??= deferred()).promise
    if (this.#closed) return
    this.#buffer.push(value)
    this.#arrival?.resolve()
    this.#arrival = undefined
  }

  async next(): Promise<IteratorResult<T>> {
    while (this.#buffer.length === 0 && !this.#closed) await (this.#arrival ??= deferred()).promise
    if (this.#buffer.length === 0) return { done: true, value: undefined }
    const value = this.#buffer.shift()!
    this.#room?.resolve()
    this.#room = undefined
    return { done: false, value }
  }

  return(): Promise<IteratorResult<T>> {
    this.#buffer.length = 0
    this.close()
    this.#leave()
    return Promise.resolve({ done: true, value: undefined })
  }

  close(): void {
    this.#closed = true
    this.#arrival?.resolve()
    this.#room?.resolve()
  }
}
