import type { ByteReader } from '../wire/byte-reader.ts'
import { defineApi, type Api } from './api.ts'
import { groupByTopic, readCompactTopics, writeCompactTopics } from './by-topic.ts'
import type { OffsetToStore } from './offset-commit.ts'
import type { PartitionError, PartitionErrors } from './partition-error.ts'

export interface TxnOffsetCommitRequest {
  readonly transactionalId: string
  readonly group: string
  readonly producerId: bigint
  readonly producerEpoch: number
  /** With the member id what fences a zombie (KIP-447): -1 and '' are taken for anybody. */
  readonly generation: number
  readonly memberId: string
  readonly instanceId: string | null
  readonly offsets: readonly OffsetToStore[]
}

/**
 * Version 3: with generation and member. It goes to the group's coordinator. Errors of a partition: 22, 25 (membership; the transaction is
 * to be aborted), 82; to be repeated: 3, 14, 15, 16, 51; fenced: 47; refused: 12, 24, 29, 30, 49, 53. Never 5 alone (KIP-890 part 2).
 */
export const txnOffsetCommitApi: Api<TxnOffsetCommitRequest, PartitionErrors> = defineApi({
  name: 'TxnOffsetCommit',
  key: 28,
  version: 3,
  flexible: true,

  writeRequest(to, request) {
    to.compactString(request.transactionalId)
    to.compactString(request.group)
    to.bigint64(request.producerId)
    to.int16(request.producerEpoch)
    to.int32(request.generation)
    to.compactString(request.memberId)
    to.compactString(request.instanceId)
    writeCompactTopics(to, groupByTopic(request.offsets), ({ partition, offset, leaderEpoch, metadata }) => {
      to.int32(partition)
      to.int64(offset)
      to.int32(leaderEpoch)
      to.compactString(metadata)
      to.noTags()
    })
  },

  readRequest: (from) => ({
    transactionalId: from.compactString(),
    group: from.compactString(),
    producerId: from.bigint64(),
    producerEpoch: from.int16(),
    generation: from.int32(),
    memberId: from.compactString(),
    instanceId: from.compactNullableString(),
    offsets: readCompactTopics(from, (topic) => readOffset(from, topic)) ?? [],
  }),

  writeResponse(to, { throttleTime, partitions }) {
    to.int32(throttleTime)
    writeCompactTopics(to, groupByTopic(partitions), ({ partition, error }) => {
      to.int32(partition)
      to.int16(error)
      to.noTags()
    })
  },

  readResponse: (from) => ({
    throttleTime: from.int32(),
    partitions: readCompactTopics(from, (topic) => readError(from, topic)) ?? [],
  }),
})

function readOffset(from: ByteReader, topic: string): OffsetToStore {
  const offset = {
    topic,
    partition: from.int32(),
    offset: from.int64(),
    leaderEpoch: from.int32(),
    metadata: from.compactNullableString(),
  }
  from.tags()
  return offset
}

function readError(from: ByteReader, topic: string): PartitionError {
  const error = { topic, partition: from.int32(), error: from.int16() }
  from.tags()
  return error
}
