import type { TopicPartition } from '@faust/core'
import { defineApi, type Api } from './api.ts'
import { groupByTopic, readTopics, writeTopics } from './by-topic.ts'
import { CLIENT_REPLICA, isolationLevel, isolationOf, type Isolation } from './isolation.ts'

/** Instead of a timestamp: asks for the end of the log, up to which readers of the isolation asked for may read. */
export const LATEST = -1
/** Instead of a timestamp: asks for the log start. */
export const EARLIEST = -2

/** What is asked of one partition. */
export interface ListOffsetsPartition extends TopicPartition {
  /** Compared with the leader's: 74 or 75. -1 asks for no comparison. */
  readonly leaderEpoch: number
  /** `LATEST`, `EARLIEST`, or epoch ms: the first record that is not earlier. */
  readonly timestamp: number
}

export interface ListOffsetsRequest {
  /** Under read-committed `LATEST` is the last stable offset, else the high watermark. */
  readonly isolation: Isolation
  readonly partitions: readonly ListOffsetsPartition[]
}

/** The answer for one partition. */
export interface ListedOffset extends TopicPartition {
  /** 0; to be repeated: 3, 5, 6, 9, 56, 74, 75, 78 (the new leader does not know its high watermark yet). */
  readonly error: number
  /** Of the record found; -1 for `LATEST`, `EARLIEST`, and where there is none. */
  readonly timestamp: number
  /** -1 where no record is as late as asked. */
  readonly offset: number
  /** Of the record found, or of the leader; -1 where unknown. */
  readonly leaderEpoch: number
}

export interface ListOffsetsResponse {
  /** Ms, by quota. */
  readonly throttleTime: number
  readonly partitions: readonly ListedOffset[]
}

/** Version 5: with isolation and leader epochs. */
export const listOffsetsApi: Api<ListOffsetsRequest, ListOffsetsResponse> = defineApi({
  name: 'ListOffsets',
  key: 2,
  version: 5,
  flexible: false,

  writeRequest(to, { isolation, partitions }) {
    to.int32(CLIENT_REPLICA)
    to.int8(isolationLevel(isolation))
    writeTopics(to, groupByTopic(partitions), ({ partition, leaderEpoch, timestamp }) => {
      to.int32(partition)
      to.int32(leaderEpoch)
      to.int64(timestamp)
    })
  },

  readRequest(from) {
    from.int32()
    return {
      isolation: isolationOf(from.int8()),
      partitions: readTopics(from, (topic) => ({
        topic,
        partition: from.int32(),
        leaderEpoch: from.int32(),
        timestamp: from.int64(),
      })),
    }
  },

  writeResponse(to, { throttleTime, partitions }) {
    to.int32(throttleTime)
    writeTopics(to, groupByTopic(partitions), ({ partition, error, timestamp, offset, leaderEpoch }) => {
      to.int32(partition)
      to.int16(error)
      to.int64(timestamp)
      to.int64(offset)
      to.int32(leaderEpoch)
    })
  },

  readResponse: (from) => ({
    throttleTime: from.int32(),
    partitions: readTopics(from, (topic) => ({
      topic,
      partition: from.int32(),
      error: from.int16(),
      timestamp: from.int64(),
      offset: from.int64(),
      leaderEpoch: from.int32(),
    })),
  }),
})
