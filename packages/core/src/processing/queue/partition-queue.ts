import type { FaustError } from '../../service/errors.ts'
import type { TopicDefinition } from '../../topic/topic-definition.ts'
import type { RecordBatch } from '../../transport/record.ts'
import type { RetryingValue } from './failed-value.ts'

/** An agent's way through a queue, as the queue and its task see it. */
export interface QueueReader {
  /** The agent's name. */
  readonly name: string
  /** Number of the batch it stands in. */
  readonly sequence: number
  /** The smallest offset it has not settled. */
  readonly frontier: number
  /** The largest timestamp below its frontier. */
  readonly streamTime: number
  /** Values its handlers have in hand. */
  readonly handed: number
  /** Values an unfinished `take` has gathered. */
  readonly collecting: number
  /** Values taken out of the queue and not settled. */
  readonly unsettled: number
  /** The first value that waits for another try. */
  readonly retrying: RetryingValue | undefined
  /** The smallest offset not settled when it is in a handler's hand, else -1. */
  readonly oldestInHand: number
  /** A handler has had it for too long: its call ends and the value fails with this. */
  stalled(error: FaustError): void
  /** The queue has more. */
  arrived(): void
  /** There may be something to pull. */
  wake(): void
  /** Nothing at or below `offset` is on its way; what an unfinished `take` collects counts in exact tasks alone. */
  quietUpTo(offset: number): boolean
  /** What was settled since the last report, and the longest time in hand among timed ones; `undefined` for nothing. */
  report(): { readonly count: number; readonly duration: number } | undefined
  /** Nothing may be handed over or settled any more; `why` is for the calls that have something in hand. */
  close(why: string): void
}

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
