import { type FaustError, messageOf } from '../../service/errors.ts'
import type { MaybePromise } from '../../service/maybe-promise.ts'
import { Pending } from '../../service/pending.ts'
import type { IncomingRecord, IncomingRecords } from '../../transport/record.ts'
import { AckTracker } from '../queue/ack-tracker.ts'
import type { FailedValue, RetryingValue } from '../queue/failed-value.ts'
import type { PartitionQueue } from '../queue/partition-queue.ts'
import type { QueueReader } from '../queue/queue-reader.ts'
import type { TableShard } from '../shard/table-shard.ts'
import { Delivery, type ValueSource } from './delivery.ts'
import { RecordsAhead } from './records-ahead.ts'
import type { Task } from './task.ts'

/** Of so many hand-overs one is timed, and always the first after a report. */
const SAMPLE = 64

/** Who reads partitions: an agent of this worker. */
export interface Subscriber {
  readonly name: string
  /** A partition has become readable. */
  attach(subscription: Subscription): void
  /** Nothing of it may be handed over or settled any more; calls that have something in hand end, and are told why. Synchronous. */
  detach(subscription: Subscription, why: string): void
  /** There may be something to pull. */
  wake(subscription: Subscription): void
  /** Nothing of it may be handed over for a while: what waits outside its queue is to be given back. */
  paused(subscription: Subscription): void
  /** Its oldest value has been in hand for too long: the call that has it ends, and the value fails with this. */
  stalled(subscription: Subscription, error: FaustError): void
  /** A value comes again that is out of tries: it ends by policy, without being handed over. */
  giveUp(delivery: Delivery): void
}

/**
 * One agent's way through one partition. A value is *pulled* in order, *handed over* to a handler at once or later
 * (it may wait in a lane or be collected by `take`), and *settled* when its effects are complete.
 */
export class Subscription implements QueueReader, ValueSource {
  readonly subscriber: Subscriber
  readonly task: Task
  readonly queue: PartitionQueue
  /** The batch the cursor stands in. */
  sequence = 0
  /** Handed over and not settled. */
  handed = 0
  /** False once the task was closed. */
  active = true
  open = true
  failed: Map<number, FailedValue> | undefined
  readonly #tracker: AckTracker
  /** Tables of the agent whose keys are those of the records, as a rule. */
  readonly #tables: readonly TableShard[]
  /** Records of the batch whose keys the tables were told of before their turn. */
  readonly #ahead = new RecordsAhead()
  /** Offsets pulled, unsettled, and waiting in an unfinished `take`. */
  readonly #collecting = new Set<number>()
  readonly #preparing = new Pending()
  /** Pulled once and given back unhandled; they come first. In ascending order. */
  #returned: Delivery[] = []
  #index = 0
  /** The one at the cursor, once it was looked at. */
  #record: IncomingRecord | undefined
  #pausedUntil = 0
  /** Settled since the last report. */
  #processed = 0
  /** Longest time from a hand-over to its settlement since the last report, among those that were timed. */
  #longest = 0
  #untimed = 0

  /** Begins at `offset`; `time` is the stream time of what lies before. `tables` are asked for its keys, as a rule. */
  constructor(
    subscriber: Subscriber,
    task: Task,
    queue: PartitionQueue,
    { offset, time }: { readonly offset: number; readonly time: number },
    tables: readonly TableShard[],
  ) {
    this.subscriber = subscriber
    this.#tables = tables
    this.task = task
    this.queue = queue
    this.#tracker = new AckTracker(offset, time)
  }

  get name(): string {
    return this.subscriber.name
  }

  get frontier(): number {
    return this.#tracker.frontier
  }

  get streamTime(): number {
    return this.#tracker.frontierTime
  }

  get collecting(): number {
    return this.#collecting.size
  }

  get preparing(): number {
    return this.#preparing.count
  }

  get unsettled(): number {
    return this.#tracker.unsettled
  }

  close(why: string): void {
    if (!this.active) return
    this.active = false
    this.open = false
    this.subscriber.detach(this, why)
  }

  wake(): void {
    this.subscriber.wake(this)
  }

  get oldestInHand(): number {
    const { frontier } = this
    if (this.handed === 0 || this.#tracker.unsettled === 0 || this.#collecting.has(frontier)) return -1
    return this.#returned.some(({ record }) => record.offset === frontier) ? -1 : frontier
  }

  stalled(error: FaustError): void {
    this.subscriber.stalled(this, error)
  }

  /** The first value that waits for another try. */
  get retrying(): RetryingValue | undefined {
    if (this.open || !this.active || this.failed === undefined) return undefined
    const waiting = [...this.failed.values()].filter(({ offset }) => offset >= this.frontier)
    const first = waiting.toSorted((a, b) => a.offset - b.offset)[0]
    if (first === undefined) return undefined
    const { attempts, error, offset } = first
    const delay = Math.max(0, this.#pausedUntil - this.task.clock.monotonic())
    return { offset, attempts, error: messageOf(error), in: delay }
  }

  /** Hands nothing over until `resume`, which is expected at `until` (`monotonic`). */
  pause(until: number): void {
    this.#pausedUntil = until
    if (!this.open) return
    this.open = false
    this.subscriber.paused(this)
  }

  resume(): void {
    if (!this.active) return
    this.open = true
    this.wake()
  }

  arrived(): void {
    this.#skipEmpty()
    this.subscriber.wake(this)
  }

  /** Offset of the value that `pull` would give, or -1. */
  peek(): number {
    if (this.#returned.length > 0) return this.#returned[0]!.record.offset
    return this.#current()?.offset ?? -1
  }

  report(): { readonly count: number; readonly duration: number } | undefined {
    if (this.#processed === 0) return undefined
    const report = { count: this.#processed, duration: this.#longest }
    this.#processed = this.#longest = this.#untimed = 0
    return report
  }

  /** The next value in order, not handed over yet. */
  pull(): Delivery | undefined {
    if (this.#returned.length > 0) return this.#returned.shift()
    const record = this.#current()
    if (record === undefined) return undefined
    const batch = this.queue.batch(this.sequence)!
    if (this.#tables.length > 0) this.#readAhead(batch.records)
    const last = ++this.#index === batch.records.length
    this.#record = undefined
    const { time } = this.#tracker
    this.#tracker.pull(record.offset, last ? batch.nextOffset : record.offset + 1, record.timestamp)
    if (last) {
      this.#leave()
      this.#skipEmpty()
    }
    const delivery = new Delivery(this, record, time)
    if (this.failed?.get(record.offset)?.over !== true) return delivery
    // It was handed over for the last time before its task went back. Whoever pulls looks again afterwards.
    this.subscriber.giveUp(delivery)
    this.task.clock.setImmediate(() => this.wake())
    return undefined
  }

  /** The app stops, and `take` hands over what it has gathered: the other agents get that far, too. */
  announceGathered(): void {
    this.queue.handedMax = Math.max(this.queue.handedMax, ...this.#collecting)
  }

  mayHand(offset: number): boolean {
    return this.open && (!this.task.held || (offset <= this.queue.handedMax && !this.task.halted))
  }

  hand(delivery: Delivery): void {
    if (delivery.state === 'collecting') this.#collecting.delete(delivery.record.offset)
    delivery.state = 'handed'
    // Reading the clock for every value would cost more than handing it over.
    if (this.#untimed-- === 0) {
      this.#untimed = SAMPLE - 1
      delivery.handedAt = this.task.clock.monotonic()
    }
    this.handed++
    if (delivery.record.offset > this.queue.handedMax) this.queue.handedMax = delivery.record.offset
  }

  collect(delivery: Delivery): void {
    delivery.state = 'collecting'
    this.#collecting.add(delivery.record.offset)
  }

  prepare<T>(value: MaybePromise<T>): MaybePromise<T> {
    return this.#preparing.of(value)
  }

  takeBack(delivery: Delivery): boolean {
    delivery.span?.end('released')
    delivery.span = undefined
    if (!this.active || delivery.state === 'settled') return false
    if (delivery.state === 'handed') this.handed--
    if (delivery.state === 'collecting') this.#collecting.delete(delivery.record.offset)
    delivery.state = 'waiting'
    return true
  }

  giveBack(delivery: Delivery): void {
    if (!this.takeBack(delivery)) return
    const { offset } = delivery.record
    const index = this.#returned.findIndex((other) => other.record.offset > offset)
    this.#returned.splice(index < 0 ? this.#returned.length : index, 0, delivery)
  }

  settle(delivery: Delivery): void {
    const { state } = delivery
    if (state === 'settled' || delivery.waitsForEffects()) return
    delivery.state = 'settled'
    delivery.span?.end('done')
    if (!this.active) return
    if (state === 'handed') this.handed--
    if (state === 'collecting') this.#collecting.delete(delivery.record.offset)
    this.#processed++
    if (delivery.handedAt >= 0) this.#longest = Math.max(this.#longest, this.task.clock.monotonic() - delivery.handedAt)
    this.#tracker.settle(delivery.record.offset)
    if (this.task.held) this.task.checkQuiet()
  }

  quietUpTo(offset: number): boolean {
    if (this.handed > 0 || (offset >= 0 && this.#tracker.next <= offset)) return false
    if (this.task.exact) return this.#tracker.frontier > offset
    return this.#tracker.everyUnsettledUpTo(offset, (unsettled) => this.#collecting.has(unsettled))
  }

  #current(): IncomingRecord | undefined {
    return (this.#record ??= this.#ahead.at(this.#index) ?? this.queue.batch(this.sequence)?.records.at(this.#index))
  }

  #leave(): void {
    this.sequence++
    this.#index = 0
    this.#ahead.clear()
    this.queue.release()
  }

  #readAhead(records: IncomingRecords): void {
    const keys = this.#ahead.next(records, this.#index)
    if (keys !== undefined) for (const table of this.#tables) table.readAhead(keys)
  }

  /** Batches without records (markers, gaps) only move the position on. */
  #skipEmpty(): void {
    for (let batch = this.queue.batch(this.sequence); batch?.records.length === 0;) {
      this.#tracker.skipTo(batch.nextOffset)
      this.#leave()
      batch = this.queue.batch(this.sequence)
    }
  }
}
