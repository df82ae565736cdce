import type { Delivery } from '../processing/task/delivery.ts'
import type { Subscription } from '../processing/task/subscription.ts'
import { type Deferred, deferred } from '../service/deferred.ts'
import type { Feed } from '../stream/feed.ts'
import { partitionForKey } from '../topic/partitioner.ts'
import { mayHand, QueueFeed } from './queue-feed.ts'

/** Values that may wait in one lane: enough to keep it busy, few enough not to hide a slow lane. */
const LANE_LENGTH = 64

/**
 * Spreads the values of an agent over `count` actors so that the order per key holds: a key always goes to the same
 * lane, values without a key to whichever lane asks. A lane that is full stops the dispatch, never the other lanes'
 * work on what they already have.
 */
export class Lanes {
  readonly feeds: readonly LaneFeed[]
  readonly #source = new QueueFeed()
  /** Pulled for a lane that was full. */
  #held: { readonly delivery: Delivery; readonly lane: LaneFeed } | undefined

  constructor(count: number) {
    this.feeds = Array.from({ length: count }, () => new LaneFeed(this))
  }

  attach(subscription: Subscription): void {
    this.#source.attach(subscription)
    this.wake()
  }

  detach(subscription: Subscription): void {
    this.#source.detach(subscription)
    if (this.#held?.delivery.subscription === subscription) this.#held = undefined
    for (const lane of this.feeds) lane.drop(subscription)
    this.wake()
  }

  wake(): void {
    for (const lane of this.feeds) lane.wake()
  }

  /** Nothing of the partition may be handed over for a while: what waits of it must not keep others from their lanes. */
  paused(subscription: Subscription): void {
    const held = this.#held?.delivery.subscription === subscription ? [this.#held.delivery] : []
    if (held.length > 0) this.#held = undefined
    for (const delivery of [...held, ...this.feeds.flatMap((lane) => lane.drop(subscription))]) {
      subscription.giveBack(delivery)
    }
    this.wake()
  }

  /** Nothing is dispatched any more but what another agent or lane has already got beyond. */
  close(): void {
    this.#source.close()
  }

  /** Dispatches until `lane` has something or nothing more can be. */
  fill(lane: LaneFeed): void {
    while (lane.length === 0) {
      const next = this.#held ?? this.#take(lane)
      if (next === undefined) return
      this.#held = undefined
      if (next.lane.length >= LANE_LENGTH) {
        this.#held = next
        return
      }
      next.lane.push(next.delivery)
      if (next.lane !== lane) next.lane.wake()
    }
  }

  /** A lane has given a value away: one that waited for room in it no longer stops the dispatch. */
  roomIn(lane: LaneFeed): void {
    if (this.#held?.lane !== lane || lane.length >= LANE_LENGTH) return
    lane.push(this.#held.delivery)
    this.#held = undefined
    for (const other of this.feeds) if (other.length === 0) other.wake()
  }

  #take(asking: LaneFeed): { readonly delivery: Delivery; readonly lane: LaneFeed } | undefined {
    const delivery = this.#source.collect()
    if (delivery === undefined) return undefined
    const { key } = delivery.record
    return { delivery, lane: key === null ? asking : this.feeds[partitionForKey(key, this.feeds.length)]! }
  }
}

/** The feed of one lane. */
export class LaneFeed implements Feed {
  closed = false
  readonly #lanes: Lanes
  #queue: Delivery[] = []
  #waiting: Deferred<void> | undefined

  constructor(lanes: Lanes) {
    this.#lanes = lanes
  }

  get length(): number {
    return this.#queue.length
  }

  get ready(): boolean {
    this.#lanes.fill(this)
    return this.#next() >= 0
  }

  push(delivery: Delivery): void {
    this.#queue.push(delivery)
  }

  /** Takes out what waits of a partition. */
  drop(subscription: Subscription): readonly Delivery[] {
    const dropped = this.#queue.filter((delivery) => delivery.subscription === subscription)
    this.#queue = this.#queue.filter((delivery) => delivery.subscription !== subscription)
    return dropped
  }

  pull(): Delivery | undefined {
    this.#lanes.fill(this)
    const next = this.#next()
    if (next < 0) return undefined
    const delivery = this.#take(next)
    delivery.subscription.hand(delivery)
    return delivery
  }

  collect(): Delivery | undefined {
    this.#lanes.fill(this)
    const next = this.closed ? this.#next() : 0
    return next < 0 || this.#queue.length === 0 ? undefined : this.#take(next)
  }

  /** Back into its lane, not into the queue: a newer value of the same key may wait here. */
  giveBack(delivery: Delivery): void {
    if (!delivery.subscription.open) return delivery.subscription.giveBack(delivery)
    if (!delivery.subscription.takeBack(delivery)) return
    const { subscription, record } = delivery
    const after = this.#queue.findIndex(
      (other) => other.subscription === subscription && other.record.offset > record.offset,
    )
    this.#queue.splice(after < 0 ? this.#queue.length : after, 0, delivery)
  }

  wait(): Promise<void> {
    return (this.#waiting ??= deferred()).promise
  }

  wake(): void {
    this.#waiting?.resolve()
    this.#waiting = undefined
  }

  close(): void {
    this.closed = true
    this.#lanes.close()
    this.wake()
  }

  /** Where the first value stands that may be handed over, or -1: those of a task that is held do not stop the others. */
  #next(): number {
    return this.#queue.findIndex(({ subscription, record }) => mayHand(subscription, record.offset, this.closed))
  }

  #take(index: number): Delivery {
    const delivery = index === 0 ? this.#queue.shift()! : this.#queue.splice(index, 1)[0]!
    this.#lanes.roomIn(this)
    return delivery
  }
}
