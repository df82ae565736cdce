import type { TopicPartition, TopicPartitionOffset } from './record.ts'

/** A topic as somebody wants it. */
export interface TopicDeclaration {
  readonly name: string
  /** Default: the log's own (four on the embedded log, the broker's setting on Kafka). */
  readonly partitions?: number | undefined
  /** Copies of each partition. Default: the log's own. */
  readonly replicas?: number | undefined
  /** Settings under Kafka's names, e.g. `cleanup.policy`, `retention.ms`, `message.timestamp.type`. */
  readonly config?: Readonly<Record<string, string>> | undefined
}

/** A topic as it is. */
export interface TopicDescription {
  readonly name: string
  /** Another one after the topic was deleted and made again under its name. */
  readonly id: string
  readonly partitions: number
  /** Copies of each partition, of that which has the fewest. Left out where the log keeps no copies. */
  readonly replicas?: number | undefined
  /** Every setting of the topic, defaults included, under Kafka's names. */
  readonly config: Readonly<Record<string, string>>
}

/** How far a partition reaches. */
export interface PartitionOffsets extends TopicPartition {
  /** The first offset that can still be read, unless compaction has taken it. */
  readonly logStart: number
  /** The high watermark: one beyond the last record, open transactions included. */
  readonly logEnd: number
  /** The smallest offset of a transaction still open, else `logEnd`: how far read-committed readers get. */
  readonly lastStable: number
}

/** What a group has committed for a partition. */
export interface CommittedOffset extends TopicPartition {
  /** The next offset to read, or `null` when nothing is committed. */
  readonly offset: number | null
  /** What was given with the commit, else ''. */
  readonly metadata: string
  /** As committed; -1 where unknown. */
  readonly leaderEpoch: number
}

/**
 * Questions to the log and changes to its topics. Calls may run at the same time. Each is bounded in time and rejects
 * with a `FaustError`: `FAUST_TRANSPORT_UNAVAILABLE` (retriable) when no answer came.
 */
export interface Admin {
  /**
   * Creates the topics that are missing and leaves existing ones as they are; answers all of them in the order asked,
   * as they stand now. Comparing them with the wish is the caller's. Resolves when the topics can be written and read.
   */
  declareTopics(
    topics: readonly TopicDeclaration[],
  ): Promise<readonly (TopicDescription & { readonly created: boolean })[]>

  /** The topics that exist among `names`, or all of them when left out; missing ones are left out of the answer. */
  describeTopics(names?: readonly string[]): Promise<readonly TopicDescription[]>

  /** Deletes topics with their records. Names that don't exist are ignored. */
  deleteTopics(names: readonly string[]): Promise<void>

  /** Moves the log starts up to `offset` (never down). Answers the new log starts. Needs `supports.deleteRecords`. */
  deleteRecords(before: readonly TopicPartitionOffset[]): Promise<readonly TopicPartitionOffset[]>

  /** The bounds of partitions, in the order asked. `FAUST_TOPIC_MISSING`, `FAUST_PARTITION_UNKNOWN`. */
  offsets(partitions: readonly TopicPartition[]): Promise<readonly PartitionOffsets[]>

  /**
   * What `group` has committed, in the order asked. With `requireStable` it waits (bounded) while a transaction that
   * carries an offset of one of the partitions is open, and then rejects with `FAUST_OFFSETS_UNSTABLE` (retriable):
   * whoever has read it knows that no older owner's transaction can change it any more.
   */
  committedOffsets(
    group: string,
    partitions: readonly TopicPartition[],
    options: { readonly requireStable: boolean },
  ): Promise<readonly CommittedOffset[]>
}
