import type { TopicPartition } from '@faust/core'
import { defineApi, type Api } from './api.ts'
import { groupByTopic, readTopics, writeTopics } from './by-topic.ts'
import { CLIENT_REPLICA } from './isolation.ts'

/** Of which epoch the end is looked for. */
export interface EpochToLookUp extends TopicPartition {
  /** Of the leader as the client knows it: 74 or 75 answers an older or newer one. -1 asks for no comparison. */
  readonly currentLeaderEpoch: number
  /** Of the record before the position. */
  readonly leaderEpoch: number
}

export interface OffsetForLeaderEpochRequest {
  readonly partitions: readonly EpochToLookUp[]
}

/** Where an epoch ended. */
export interface EpochEnd extends TopicPartition {
  /** 0; to be repeated: 3, 5, 6, 56, 74, 75. */
  readonly error: number
  /** The epoch asked for, or the largest before it; -1 where there is none. */
  readonly leaderEpoch: number
  /** The first offset of the next epoch, or the high watermark: a position beyond it was cut off. -1 where unknown. */
  readonly endOffset: number
}

export interface OffsetForLeaderEpochResponse {
  /** Ms, by quota. */
  readonly throttleTime: number
  readonly partitions: readonly EpochEnd[]
}

/** Version 3. It sends replica id -1: the protocol's default of -2 would be told of offsets beyond the high watermark. */
export const offsetForLeaderEpochApi: Api<OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse> = defineApi({
  name: 'OffsetForLeaderEpoch',
  key: 23,
  version: 3,
  flexible: false,

  writeRequest(to, { partitions }) {
    to.int32(CLIENT_REPLICA)
    writeTopics(to, groupByTopic(partitions), ({ partition, currentLeaderEpoch, leaderEpoch }) => {
      to.int32(partition)
      to.int32(currentLeaderEpoch)
      to.int32(leaderEpoch)
    })
  },

  readRequest(from) {
    from.int32()
    return {
      partitions: readTopics(from, (topic) => ({
        topic,
        partition: from.int32(),
        currentLeaderEpoch: from.int32(),
        leaderEpoch: from.int32(),
      })),
    }
  },

  writeResponse(to, { throttleTime, partitions }) {
    to.int32(throttleTime)
    writeTopics(to, groupByTopic(partitions), ({ error, partition, leaderEpoch, endOffset }) => {
      to.int16(error)
      to.int32(partition)
      to.int32(leaderEpoch)
      to.int64(endOffset)
    })
  },

  readResponse: (from) => ({
    throttleTime: from.int32(),
    partitions: readTopics(from, (topic) => ({
      topic,
      error: from.int16(),
      partition: from.int32(),
      leaderEpoch: from.int32(),
      endOffset: from.int64(),
    })),
  }),
})
