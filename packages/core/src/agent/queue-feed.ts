import type { Delivery, ValueSource } from '../processing/task/delivery.ts'
import type { Subscription } from '../processing/task/subscription.ts'
import { type Deferred, deferred } from '../service/deferred.ts'
import type { Feed } from '../stream/feed.ts'

/** Values taken from one partition before the next one has its turn. */
const TURN = 256

/** Feeds one actor from the queues of its partitions, taking turns between them; order within a partition is kept. */
export class QueueFeed implements Feed {
  closed = false
  readonly #subscriptions: Subscription[] = []
  #at = 0
  #taken = 0
  #waiting: Deferred<void> | undefined

  attach(subscription: Subscription): void {
    this.#subscriptions.push(subscription)
    this.wake()
  }

  detach(subscription: Subscription): void {
    const index = this.#subscriptions.indexOf(subscription)
    if (index >= 0) this.#subscriptions.splice(index, 1)
    this.#at = 0
    this.wake()
  }

  get empty(): boolean {
    return this.#subscriptions.length === 0
  }

  /** Whether `pull` would find something. */
  get ready(): boolean {
    return this.#subscriptions.some((one) => {
      const offset = one.peek()
      return offset >= 0 && mayHand(one, offset, this.closed)
    })
  }

  pull(): Delivery | undefined {
    const subscription = this.#next(true)
    const delivery = subscription?.pull()
    if (delivery !== undefined) subscription!.hand(delivery)
    return delivery
  }

  collect(): Delivery | undefined {
    return this.#next(this.closed)?.pull()
  }

  giveBack(delivery: Delivery): void {
    delivery.subscription.giveBack(delivery)
  }

  /** The partition whose turn it is among those that have something. */
  #next(toHand: boolean): Subscription | undefined {
    const all = this.#subscriptions
    if (++this.#taken > TURN) this.#turn()
    for (let tried = 0; tried < all.length; tried++) {
      const subscription = all[this.#at]!
      const offset = subscription.peek()
      if (offset >= 0 && (toHand ? mayHand(subscription, offset, this.closed) : subscription.open)) return subscription
      this.#turn()
    }
    return undefined
  }

  #turn(): void {
    this.#taken = 0
    this.#at = this.#at + 1 >= this.#subscriptions.length ? 0 : this.#at + 1
  }

  wait(): Promise<void> {
    return (this.#waiting ??= deferred()).promise
  }

  wake(): void {
    this.#waiting?.resolve()
    this.#waiting = undefined
  }

  /** Nothing new is handed over any more; a loop that waits ends. */
  close(): void {
    this.closed = true
    this.wake()
  }
}

/**
 * Whether a value may go to a handler now. From a closed feed only what another agent, or another lane, has already got
 * beyond: its effects would otherwise come twice, as nothing beyond the smallest unsettled offset is committed.
 */
export function mayHand(source: ValueSource, offset: number, closed: boolean): boolean {
  return source.mayHand(offset) && (!closed || offset <= source.queue.handedMax)
}
