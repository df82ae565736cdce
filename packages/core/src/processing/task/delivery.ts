import type { ProcessSpan } from '../../sensor/tracer.ts'
import type { Headers } from '../../serializer/headers.ts'
import { isPromise, type MaybePromise } from '../../service/maybe-promise.ts'
import type { Event } from '../../topic/event.ts'
import type { IncomingRecord } from '../../transport/record.ts'
import type { FailedValue } from '../queue/failed-value.ts'
import type { PartitionQueue } from '../queue/partition-queue.ts'
import { decodeKey } from './decode.ts'
import type { Task } from './task.ts'

/** The key was not decoded yet. */
const UNREAD = Symbol('unread')

/** An agent's way through a partition, as its values see it. */
export interface ValueSource {
  readonly task: Task
  readonly queue: PartitionQueue
  /** False while nothing of it may be handed over: it was taken away, or a value of its task waits for another try. */
  readonly open: boolean
  /** Its values that have failed, by offset. */
  readonly failed: ReadonlyMap<number, FailedValue> | undefined
  /** Whether a value at `offset` may go to a handler now: while a task is held, only what another agent already has. */
  mayHand(offset: number): boolean
  /** A handler gets the value. */
  hand(delivery: Delivery): void
  /** Keeps a value that is not handed over yet, for an unfinished `take`. */
  collect(delivery: Delivery): void
  /** Counts what makes the value of a collected delivery, where it is not there at once. */
  prepare<T>(value: MaybePromise<T>): MaybePromise<T>
  /** The value's effects are complete, or it never had any. Ignored after the partition was taken away. */
  settle(delivery: Delivery): void
  /** A call ended before it was done with the value. Answers whether it has to be handed over again. */
  takeBack(delivery: Delivery): boolean
  /** Takes a value back that comes again before anything newer. */
  giveBack(delivery: Delivery): void
}

/**
 * One record on its way through one agent. `waiting` in a lane, `collecting` in an unfinished `take`, `handed` to a
 * handler, `settled`.
 */
export class Delivery {
  readonly subscription: ValueSource
  readonly record: IncomingRecord
  /** The largest timestamp before it in its partition, whatever was handled first; `NO_TIME` for none. */
  readonly streamTime: number
  state: 'waiting' | 'collecting' | 'handed' | 'settled' = 'waiting'
  /** `monotonic` of the hand-over when it is timed, else -1. */
  handedAt = -1
  /** Of its processing, under way or just ended, where the app is traced. The values of a list share one. */
  span: ProcessSpan | undefined
  #key: unknown = UNREAD
  #keyError: { readonly error: unknown } | undefined
  /** Writes and sends of this value that were begun and have not taken effect yet. */
  #effects = 0
  #settleAfter = false
  #afterEffects: (() => void) | undefined

  constructor(subscription: ValueSource, record: IncomingRecord, streamTime: number) {
    this.subscription = subscription
    this.record = record
    this.streamTime = streamTime
  }

  /** A write or send of this value has begun that can't take effect at once; the value is not settled before it has. */
  beginEffect(): void {
    this.#effects++
  }

  endEffect(): void {
    if (--this.#effects > 0) return
    if (this.#settleAfter) this.subscription.settle(this)
    this.#afterEffects?.()
    this.#afterEffects = undefined
  }

  /** Calls `done` when no effect is under way: at once, or after the last one. */
  afterEffects(done: () => void): void {
    if (this.#effects === 0) done()
    else this.#afterEffects = done
  }

  /** True while effects are under way: the settlement then follows the last of them. */
  waitsForEffects(): boolean {
    this.#settleAfter ||= this.#effects > 0
    return this.#effects > 0
  }

  /** The decoded key. A serializer that answers with a promise must have been awaited through `loadKey`. */
  get key(): unknown {
    if (this.#keyError !== undefined) throw this.#keyError.error
    if (this.#key === UNREAD) this.#key = decodeKey(this.subscription.queue, this.record)
    return this.#key
  }

  /**
   * Decodes the key ahead of its use; a promise only when the serializer gives one. A key that can't be decoded is no
   * failure before somebody reads it: then the getter throws.
   */
  loadKey(): PromiseLike<void> | undefined {
    if (this.#key !== UNREAD || this.#keyError !== undefined) return undefined
    try {
      const { key } = this
      if (!isPromise(key)) return undefined
      return key.then(
        (decoded) => {
          this.#key = decoded
        },
        (error: unknown) => {
          this.#keyError = { error }
        },
      )
    } catch (error) {
      this.#keyError = { error }
      return undefined
    }
  }

  /** This record as users see it, with a value that operators may have mapped. */
  event(value: unknown): Event {
    return new DeliveredEvent(this, value)
  }
}

class DeliveredEvent implements Event {
  readonly #delivery: Delivery
  readonly value: unknown

  constructor(delivery: Delivery, value: unknown) {
    this.#delivery = delivery
    this.value = value
  }

  get key(): unknown {
    return this.#delivery.key
  }
  get headers(): Headers {
    return this.#delivery.record.headers
  }
  get timestamp(): number {
    return this.#delivery.record.timestamp
  }
  get offset(): number {
    return this.#delivery.record.offset
  }
  get topic(): string {
    return this.#delivery.subscription.queue.topic.name
  }
  get partition(): number {
    return this.#delivery.subscription.queue.partition
  }
}
