import type { TopicPartition } from '@faust/core'
import { defineApi, type Api } from './api.ts'
import { groupByTopic, readTopics, writeTopics } from './by-topic.ts'
import type { PartitionErrors } from './partition-error.ts'

/** An offset to store: the next record to read. */
export interface OffsetToStore extends TopicPartition {
  readonly offset: number
  /** Of the record before it; -1 where unknown. */
  readonly leaderEpoch: number
  /** At most `offset.metadata.max.bytes`, 4,096 by default. */
  readonly metadata: string | null
}

export interface OffsetCommitRequest {
  readonly group: string
  /** -1 with member id '' commits without membership, which a group with members refuses (25). */
  readonly generation: number
  readonly memberId: string
  readonly instanceId: string | null
  readonly offsets: readonly OffsetToStore[]
}

/**
 * Version 7: with leader epoch and instance id. Errors of a partition: 22, 25, 27 (membership), 82 (fenced); to be repeated: 3, 7, 14,
 * 15, 16; refused: 12 (metadata too large), 24, 28, 29, 30.
 */
export const offsetCommitApi: Api<OffsetCommitRequest, PartitionErrors> = defineApi({
  name: 'OffsetCommit',
  key: 8,
  version: 7,
  flexible: false,

  writeRequest(to, { group, generation, memberId, instanceId, offsets }) {
    to.string(group)
    to.int32(generation)
    to.string(memberId)
    to.string(instanceId)
    writeTopics(to, groupByTopic(offsets), ({ partition, offset, leaderEpoch, metadata }) => {
      to.int32(partition)
      to.int64(offset)
      to.int32(leaderEpoch)
      to.string(metadata)
    })
  },

  readRequest: (from) => ({
    group: from.string(),
    generation: from.int32(),
    memberId: from.string(),
    instanceId: from.nullableString(),
    offsets: readTopics(from, (topic) => ({
      topic,
      partition: from.int32(),
      offset: from.int64(),
      leaderEpoch: from.int32(),
      metadata: from.nullableString(),
    })),
  }),

  writeResponse(to, { throttleTime, partitions }) {
    to.int32(throttleTime)
    writeTopics(to, groupByTopic(partitions), ({ partition, error }) => {
      to.int32(partition)
      to.int16(error)
    })
  },

  readResponse: (from) => ({
    throttleTime: from.int32(),
    partitions: readTopics(from, (topic) => ({ topic, partition: from.int32(), error: from.int16() })),
  }),
})
