import type { FaustError, PollOptions, ReadStart, RecordBatch, TopicPartition, TopicPartitionOffset } from '@faust/core'
import type { Cluster } from '../cluster/cluster.ts'
import type { Codecs } from '../records/compression/codec.ts'
import type { Isolation } from '../requests/isolation.ts'

/** What a fetcher is made from: `new KafkaFetcher(options)`. */
export interface FetcherOptions {
  readonly cluster: Cluster
  readonly codecs: Codecs
  readonly isolation: Isolation
  /** Unlike that of every other fetcher of the cluster: its lane is `fetch-<name>`. */
  readonly name: string
  /** Begins messages: `The reader`, `Group "orders"`. */
  readonly subject: string
  /**
   * What becomes of a partition whose topic is gone: `error` lets `poll` reject with `FAUST_TOPIC_MISSING` until it is
   * sought, paused or unassigned; `wait` is silent until it is there again (a group waits for its rebalance).
   */
  readonly onMissing: 'error' | 'wait'
}

/** A place to read from. */
export interface FetchFrom extends TopicPartitionOffset {
  /** Epoch of the leader that wrote the record before `offset`, as it was committed with it; -1 or absent where unknown. */
  readonly leaderEpoch?: number | undefined
}

/**
 * Reads partitions from their leaders, for readers and group members alike. `poll`, `pause`, `resume` and `seek` are as
 * core's contracts say (`Reader`, `GroupConsumer`). One `poll` at a time; everything else at any moment.
 */
export interface Fetcher {
  /** As `Reader.assign`: asks for log start and high watermark first. What was there of the partitions before is dropped. */
  assign(from: readonly FetchFrom[]): Promise<readonly ReadStart[]>
  /** Adds partitions without asking anybody, unpaused; they give nothing before `seek`. One that is there starts anew. */
  add(partitions: readonly TopicPartition[]): void
  unassign(partitions: readonly TopicPartition[]): void
  /** Everything that was added or assigned, in that order. */
  partitions(): readonly TopicPartition[]
  seek(partition: TopicPartition, offset: number, leaderEpoch?: number): void
  pause(partitions: readonly TopicPartition[]): void
  resume(partitions: readonly TopicPartition[]): void
  /** Rejects with `FAUST_CLOSED` once closed; one that is waiting then answers nothing. */
  poll(options: PollOptions): Promise<readonly RecordBatch[]>
  /** `poll` rejects with this from now on, for good; one that is waiting as well. The first one stays. */
  fail(error: FaustError): void
  /** Idempotent. Throws the fetcher's connections away. */
  close(): Promise<void>
}
