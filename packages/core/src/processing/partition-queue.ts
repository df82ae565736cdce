import type { TopicDefinition } from '../topic/topic-definition.ts'
import type { RecordBatch } from '../transport/record.ts'
import type { Subscription } from './subscription.ts'

/** Bounds of one partition's queue; reaching either pauses the partition. */
export interface QueueLimits {
  readonly records: number
  readonly bytes: number
}

/** Told when the queue is full or has room again. */
export type OnPressure = (queue: PartitionQueue, full: boolean) => void

/**
 * What was fetched of one source partition and not yet pulled by every agent that reads it. Batches are kept as they
 * came; each subscription walks them with a cursor of its own.
 */
export class PartitionQueue {
  readonly topic: TopicDefinition
  readonly partition: number
  /** Largest offset that was handed to any handler, -1 before the first. */
  handedMax = -1
  /** The frontier that was committed last. */
  committed: number
  /** Where fetching goes on. */
  position: number
  /** The log end as the last batch saw it, -1 before the first. */
  logEnd = -1
  readonly subscriptions: Subscription[] = []
  readonly #limits: QueueLimits
  readonly #onPressure: OnPressure
  #batches: RecordBatch[] = []
  /** Sequence number of `#batches[0]`; cursors count batches from the first one ever. */
  #first = 0
  #records = 0
  #bytes = 0
  #full = false
  #leaderEpoch = -1

  constructor(topic: TopicDefinition, partition: number, start: number, limits: QueueLimits, onPressure: OnPressure) {
    this.topic = topic
    this.partition = partition
    this.committed = start
    this.position = start
    this.#limits = limits
    this.#onPressure = onPressure
  }

  get records(): number {
    return this.#records
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Epoch of the newest record, for the commit. */
  get leaderEpoch(): number {
    return this.#leaderEpoch
  }

  /** The smallest frontier of the agents that read this partition: what may be committed. */
  get frontier(): number {
    let frontier = Infinity
    for (const subscription of this.subscriptions) frontier = Math.min(frontier, subscription.frontier)
    return frontier === Infinity ? this.committed : frontier
  }

  /** The batch with this sequence number, if it has come. */
  batch(sequence: number): RecordBatch | undefined {
    return this.#batches[sequence - this.#first]
  }

  push(batch: RecordBatch): void {
    this.#batches.push(batch)
    this.#records += batch.records.length
    this.#bytes += batch.bytes
    this.#leaderEpoch = batch.leaderEpoch
    this.position = batch.nextOffset
    this.logEnd = batch.highWatermark
    for (const subscription of this.subscriptions) subscription.arrived()
    if (!this.#full && (this.#records >= this.#limits.records || this.#bytes >= this.#limits.bytes)) {
      this.#full = true
      this.#onPressure(this, true)
    }
  }

  /** Called when a cursor has left a batch: forgets what every cursor has left. */
  release(): void {
    let needed = Infinity
    for (const subscription of this.subscriptions) needed = Math.min(needed, subscription.sequence)
    while (this.#first < needed && this.#batches.length > 0) {
      const batch = this.#batches.shift()!
      this.#first++
      this.#records -= batch.records.length
      this.#bytes -= batch.bytes
    }
    if (this.#full && this.#records * 2 <= this.#limits.records && this.#bytes * 2 <= this.#limits.bytes) {
      this.#full = false
      this.#onPressure(this, false)
    }
  }
}
