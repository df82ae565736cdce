import type { PollOptions } from './group.ts'
import type { RecordBatch, TopicPartition, TopicPartitionOffset } from './record.ts'

/** How a reader is opened. */
export interface ReaderOptions {
  readonly isolation: 'read-committed' | 'read-uncommitted'
}

/** Where a partition stood when reading began. */
export interface ReadStart extends TopicPartitionOffset {
  readonly logStart: number
  /** The high watermark: reading is at the end once a batch's `nextOffset` has reached it. */
  readonly end: number
}

/**
 * Reads named partitions from named offsets, without a group: for restores, standbys, global tables and replies.
 * Every move of the position is delivered as a batch, also when it has no records (markers, gaps left by compaction,
 * aborted transactions), so `nextOffset >= end` is always seen. Under read-committed that may take until open
 * transactions are settled. One `poll` at a time; the other methods at any moment.
 */
export interface Reader {
  /** Adds partitions, or moves them when it has them. Answers in the order asked. `FAUST_TOPIC_MISSING`, `FAUST_PARTITION_UNKNOWN`. */
  assign(from: readonly TopicPartitionOffset[]): Promise<readonly ReadStart[]>
  /** Drops partitions: nothing of them is delivered any more. */
  unassign(partitions: readonly TopicPartition[]): void
  /** As the group consumer's, including its errors about one partition (not about membership). */
  poll(options: PollOptions): Promise<readonly RecordBatch[]>
  pause(partitions: readonly TopicPartition[]): void
  resume(partitions: readonly TopicPartition[]): void
  /** Idempotent. */
  close(): Promise<void>
}
