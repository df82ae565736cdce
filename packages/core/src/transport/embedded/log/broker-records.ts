import type { MaybePromise } from '../../../service/maybe-promise.ts'
import type { IncomingRecord, OutgoingRecord, TopicPartition, TopicPartitionOffset } from '../../record.ts'
import type { KafkaErrorCode } from './kafka-error.ts'

/** Which records a reader sees: those of decided transactions only, or all. */
export type Isolation = 'read-committed' | 'read-uncommitted'

/** Records for one partition, stored together or not at all. */
export interface ProduceBatch extends TopicPartition {
  /** -1 for a producer without idempotence; epoch and sequence are then not looked at. */
  readonly producerId: number
  readonly producerEpoch: number
  /** Sequence of the first record; the others count on from it, from 2^31 - 1 to 0. */
  readonly baseSequence: number
  readonly transactional: boolean
  /** Epoch ms, for records that bring no timestamp. */
  readonly timestamp: number
  readonly records: readonly OutgoingRecord[]
}

/** A batch at most per partition. */
export interface ProduceRequest {
  readonly transactionalId?: string | undefined
  readonly batches: readonly ProduceBatch[]
}

/** What became of one batch. */
export interface ProduceAnswer extends TopicPartition {
  readonly error: KafkaErrorCode
  /** Offset of the first record; of the stored one where the batch is a repetition; -1 on error. */
  readonly baseOffset: number
  readonly logStart: number
  /** Which record was refused and why, where there is more to say than the error. */
  readonly message?: string | undefined
}

/** From where to read one partition. */
export interface FetchPartition extends TopicPartitionOffset {
  /** The incarnation of the topic that the offset is of; another one answers INCONSISTENT_TOPIC_ID. Absent: any. */
  readonly topicId?: string | undefined
}

/** One read of several partitions, in the order of preference. */
export interface FetchRequest {
  readonly isolation: Isolation
  readonly partitions: readonly FetchPartition[]
  /** Ms to wait while there is nothing to tell. 0 answers at once, never with a promise. */
  readonly maxWait: number
  /** Bounds for the whole answer; every partition that has something may still give one record. */
  readonly maxRecords: number
  readonly maxBytes: number
  /** Ends the wait early with an empty answer. */
  readonly signal?: AbortSignal | undefined
}

/** What one partition gave. Partitions with nothing to tell are left out of the answer. */
export interface FetchAnswer extends TopicPartition {
  readonly error: KafkaErrorCode
  /** The offset asked for. */
  readonly offset: number
  /** Of the topic as it is now; '' where it does not exist. */
  readonly topicId: string
  /** Already free of control records and, under read-committed, of aborted ones. Never changed afterwards. */
  readonly records: readonly IncomingRecord[]
  readonly nextOffset: number
  readonly logStart: number
  readonly highWatermark: number
  readonly lastStable: number
  readonly leaderEpoch: number
  readonly bytes: number
}

/** The bounds of one partition. */
export interface ListOffsetsAnswer extends TopicPartition {
  readonly error: KafkaErrorCode
  readonly topicId: string
  readonly logStart: number
  readonly highWatermark: number
  readonly lastStable: number
}

/** The new log start of one partition. */
export interface DeleteRecordsAnswer extends TopicPartition {
  readonly error: KafkaErrorCode
  readonly logStart: number
}

/** Reading and writing records. */
export interface RecordBroker {
  /** Stores batches. Each partition answers for itself, in the order asked. */
  produce(request: ProduceRequest): MaybePromise<readonly ProduceAnswer[]>
  /** Reads. Answers at once when any partition has records, a move of the position or an error to tell. */
  fetch(request: FetchRequest): MaybePromise<readonly FetchAnswer[]>
  listOffsets(partitions: readonly TopicPartition[]): MaybePromise<readonly ListOffsetsAnswer[]>
  /** Moves log starts up, never down; offset -1 is the high watermark. */
  deleteRecords(before: readonly TopicPartitionOffset[]): MaybePromise<readonly DeleteRecordsAnswer[]>
}
