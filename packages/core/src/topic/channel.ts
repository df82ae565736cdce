import { type Deferred, deferred } from '../service/deferred.ts'
import { checkOptions } from '../service/check-options.ts'
import { FaustError } from '../service/errors.ts'

/** How a channel is made. */
export interface ChannelOptions {
  /** Values a subscriber may lag behind before senders wait for it. Default 1,000. */
  readonly capacity?: number | undefined
}

/**
 * A broadcast within the process: every loop over it gets every value sent while it runs, in the order of the sends.
 * Nothing is stored: a value sent while nobody listens is gone. A slow subscriber makes senders wait, so that none
 * loses anything.
 */
export class Channel<T> implements AsyncIterable<T> {
  readonly #capacity: number
  readonly #subscribers = new Set<Subscriber<T>>()
  #state: 'open' | 'ended' | 'closed' = 'open'

  constructor(options: ChannelOptions = {}) {
    checkOptions('A channel', options, ['capacity'])
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
    if (this.#state === 'closed') {
      throw new FaustError('FAUST_CLOSED', 'The channel was closed: nothing can be sent to it any more.')
    }
    for (const room of [...this.#subscribers].map((subscriber) => subscriber.put(value))) await room
  }

  /** Ends every loop after what it has buffered; later sends are refused. Idempotent. */
  close(): void {
    this.end()
    this.#state = 'closed'
  }

  /** Ends every loop after what it has buffered; later sends find nobody. Called when the app stops. Idempotent. */
  end(): void {
    if (this.#state === 'open') this.#state = 'ended'
    for (const subscriber of this.#subscribers) subscriber.close()
    this.#subscribers.clear()
  }

  [Symbol.asyncIterator](): AsyncIterator<T> {
    const subscriber = new Subscriber<T>(this.#capacity, () => this.#subscribers.delete(subscriber))
    if (this.#state === 'open') this.#subscribers.add(subscriber)
    else subscriber.close()
    return subscriber
  }
}

class Subscriber<T> implements AsyncIterator<T> {
  readonly #capacity: number
  readonly #leave: () => void
  readonly #buffer: T[] = []
  /** Senders that wait for room, with what they bring: first come, first served. */
  readonly #senders: { readonly value: T; readonly room: Deferred<void> }[] = []
  #closed = false
  #arrival: Deferred<void> | undefined

  constructor(capacity: number, leave: () => void) {
    this.#capacity = capacity
    this.#leave = leave
  }

  put(value: T): Promise<void> | undefined {
    if (this.#closed) return undefined
    if (this.#buffer.length >= this.#capacity) {
      const room = deferred()
      this.#senders.push({ value, room })
      return room.promise
    }
    this.#accept(value)
    return undefined
  }

  async next(): Promise<IteratorResult<T>> {
    while (this.#buffer.length === 0 && !this.#closed) await (this.#arrival ??= deferred()).promise
    if (this.#buffer.length === 0) return { done: true, value: undefined }
    const value = this.#buffer.shift()!
    const sender = this.#senders.shift()
    if (sender !== undefined) {
      this.#accept(sender.value)
      sender.room.resolve()
    }
    return { done: false, value }
  }

  return(): Promise<IteratorResult<T>> {
    this.close()
    this.#buffer.length = 0
    this.#leave()
    return Promise.resolve({ done: true, value: undefined })
  }

  /** What waits for room still comes; nothing else does. */
  close(): void {
    this.#closed = true
    for (const { value, room } of this.#senders.splice(0)) {
      this.#buffer.push(value)
      room.resolve()
    }
    this.#arrival?.resolve()
  }

  #accept(value: T): void {
    this.#buffer.push(value)
    this.#arrival?.resolve()
    this.#arrival = undefined
  }
}
