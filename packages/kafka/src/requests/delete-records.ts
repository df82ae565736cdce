import type { TopicPartition, TopicPartitionOffset } from '@faust/core'
import { defineApi, type Api } from './api.ts'
import { groupByTopic, readTopics, writeTopics } from './by-topic.ts'

export interface DeleteRecordsRequest {
  /** Everything before `offset` goes; -1 for the high watermark. To the leaders of the partitions. */
  readonly before: readonly TopicPartitionOffset[]
  /** Ms to wait for the replicas. */
  readonly timeout: number
}

/** What became of one partition. */
export interface DeletedRecords extends TopicPartition {
  /** The log start afterwards; -1 on error. */
  readonly logStart: number
  /** 0; to be repeated: 3, 5, 6, 7, 56; refused: 1 (beyond the high watermark), 29, 44 (a topic that is only compacted). */
  readonly error: number
}

export interface DeleteRecordsResponse {
  /** Ms, by quota. */
  readonly throttleTime: number
  readonly partitions: readonly DeletedRecords[]
}

export const deleteRecordsApi: Api<DeleteRecordsRequest, DeleteRecordsResponse> = defineApi({
  name: 'DeleteRecords',
  key: 21,
  version: 1,
  flexible: false,

  writeRequest(to, { before, timeout }) {
    writeTopics(to, groupByTopic(before), ({ partition, offset }) => {
      to.int32(partition)
      to.int64(offset)
    })
    to.int32(timeout)
  },

  readRequest: (from) => ({
    before: readTopics(from, (topic) => ({ topic, partition: from.int32(), offset: from.int64() })),
    timeout: from.int32(),
  }),

  writeResponse(to, { throttleTime, partitions }) {
    to.int32(throttleTime)
    writeTopics(to, groupByTopic(partitions), ({ partition, logStart, error }) => {
      to.int32(partition)
      to.int64(logStart)
      to.int16(error)
    })
  },

  readResponse: (from) => ({
    throttleTime: from.int32(),
    partitions: readTopics(from, (topic) => ({
      topic,
      partition: from.int32(),
      logStart: from.int64(),
      error: from.int16(),
    })),
  }),
})
