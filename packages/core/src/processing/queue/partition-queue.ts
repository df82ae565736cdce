import type { TopicDefinition } from '../../topic/topic-definition.ts'
import type { RecordBatch } from '../../transport/record.ts'
import type { QueueReader } from './queue-reader.ts'

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
  /** The log end as the last batch saw it; before the first, as it was when the partition was opened. */
  logEnd = -1
  readonly readers: QueueReader[] = []
  readonly #limits: QueueLimits
  readonly #onPressure: OnPressure
  readonly #startTime: number
  #batches: RecordBatch[] = []
  /** Sequence number of `#batches[0]`; cursors count batches from the first one ever. */
  #first = 0
  #records = 0
  #bytes = 0
  #full = false
  #leaderEpoch = -1

  /** `start` is the offset it begins at, `time` the stream time of what lies before. */
  constructor(
    topic: TopicDefinition,
    partition: number,
    start: number,
    time: number,
    limits: QueueLimits,
    onPressure: OnPressure,
  ) {
    this.topic = topic
    this.partition = partition
    this.committed = start
    this.position = start
    this.#startTime = time
    this.#limits = limits
    this.#onPressure = onPressure
  }

  /** Reading is paused because enough waits here. */
  get full(): boolean {
    return this.#full
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
    for (const reader of this.readers) frontier = Math.min(frontier, reader.frontier)
    return frontier === Infinity ? this.committed : frontier
  }

  /** The largest timestamp below the frontier. */
  get streamTime(): number {
    let time = Infinity
    for (const reader of this.readers) time = Math.min(time, reader.streamTime)
    return time === Infinity ? this.#startTime : time
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
    for (const reader of this.readers) reader.arrived()
    if (!this.#full && (this.#records >= this.#limits.records || this.#bytes >= this.#limits.bytes)) {
      this.#full = true
      this.#onPressure(this, true)
    }
  }

  /** Called when a cursor has left a batch: forgets what every cursor has left. */
  release(): void {
    let needed = Infinity
    for (const reader of this.readers) needed = Math.min(needed, reader.sequence)
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
