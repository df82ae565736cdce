import type { TopicPartition } from '@faust/core'
import { defineApi, type Api } from './api.ts'
import { groupByTopic, readTopics, writeTopics } from './by-topic.ts'

/** A batch for one partition. */
export interface ProducePartition extends TopicPartition {
  /** Exactly one batch, of a `BatchBuilder`. */
  readonly records: Uint8Array | null
}

export interface ProduceRequest {
  /** Only for the broker's access control; what makes a batch transactional is in the batch. */
  readonly transactionalId: string | null
  /** -1 waits for all replicas in sync, which idempotence demands; 1 for the leader; with 0 no answer comes. */
  readonly acks: number
  /** Ms that the broker waits for replicas. */
  readonly timeout: number
  /** A partition at most once. */
  readonly partitions: readonly ProducePartition[]
}

/** Why one record of a batch was refused (KIP-467). */
export interface RecordError {
  /** Which record of the batch, from 0. */
  readonly index: number
  readonly message: string | null
}

/** What became of one batch. */
export interface ProducedPartition extends TopicPartition {
  /**
   * 0; 46 where the batch is in the log already. To be repeated: 3, 5, 6, 7, 19, 20, 56. To be split: 10, 18. Fate unknown: 45,
   * 59. Refused: 2, 29, 32, 53, 76, 87. Fenced or timed out: 47. Only in transactions: 48, 49, 51, 120.
   */
  readonly error: number
  /** Offset of the first record; -1 on error, also with 46. */
  readonly baseOffset: number
  /** Epoch ms that the broker gave all records, else -1. */
  readonly logAppendTime: number
  readonly logStart: number
  readonly recordErrors: readonly RecordError[]
  /** What the broker adds to the error. */
  readonly message: string | null
}

export interface ProduceResponse {
  readonly partitions: readonly ProducedPartition[]
  /** Ms, by quota. */
  readonly throttleTime: number
}

/** Bytes of a request besides its batches: generous. */
const OVERHEAD = 256
const PARTITION_OVERHEAD = 300

/** Version 8: names the record that was refused. Never 12 or later in a transaction (KIP-890 part 2). */
export const produceApi: Api<ProduceRequest, ProduceResponse> = defineApi({
  name: 'Produce',
  key: 0,
  version: 8,
  flexible: false,

  requestSize: ({ partitions }) =>
    partitions.reduce((sum, { records }) => sum + PARTITION_OVERHEAD + (records?.length ?? 0), OVERHEAD),

  writeRequest(to, { transactionalId, acks, timeout, partitions }) {
    to.string(transactionalId)
    to.int16(acks)
    to.int32(timeout)
    writeTopics(to, groupByTopic(partitions), ({ partition, records }) => {
      to.int32(partition)
      to.bytes(records)
    })
  },

  readRequest: (from) => ({
    transactionalId: from.nullableString(),
    acks: from.int16(),
    timeout: from.int32(),
    partitions: readTopics(from, (topic) => ({ topic, partition: from.int32(), records: from.nullableBytes() })),
  }),

  writeResponse(to, { partitions, throttleTime }) {
    writeTopics(to, groupByTopic(partitions), (partition) => {
      to.int32(partition.partition)
      to.int16(partition.error)
      to.int64(partition.baseOffset)
      to.int64(partition.logAppendTime)
      to.int64(partition.logStart)
      to.array(partition.recordErrors, ({ index, message }) => {
        to.int32(index)
        to.string(message)
      })
      to.string(partition.message)
    })
    to.int32(throttleTime)
  },

  readResponse: (from) => ({
    partitions: readTopics(from, (topic) => ({
      topic,
      partition: from.int32(),
      error: from.int16(),
      baseOffset: from.int64(),
      logAppendTime: from.int64(),
      logStart: from.int64(),
      recordErrors: from.array(() => ({ index: from.int32(), message: from.nullableString() })),
      message: from.nullableString(),
    })),
    throttleTime: from.int32(),
  }),
})
