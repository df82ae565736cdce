import type { Delivery } from '../processing/delivery.ts'
import type { Subscription } from '../processing/subscription.ts'
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
      return offset >= 0 && one.mayHand(offset)
    })
  }

  pull(): Delivery | undefined {
    if (this.closed) return undefined
    const subscription = this.#next(true)
    const delivery = subscription?.pull()
    if (delivery !== undefined) subscription!.hand(delivery)
    return delivery
  }

  collect(): Delivery | undefined {
    return this.closed ? undefined : this.#next(false)?.pull()
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
      if (offset >= 0 && (!toHand || subscription.mayHand(offset))) return subscription
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

  /** Nothing is handed over any more; a loop that waits ends. */
  close(): void {
    this.closed = true
    this.wake()
  }
}
