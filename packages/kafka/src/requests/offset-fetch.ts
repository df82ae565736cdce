import type { TopicPartition } from '@faust/core'
import type { ByteReader } from '../wire/byte-reader.ts'
import { defineApi, type Api } from './api.ts'
import { groupByTopic, readCompactTopics, writeCompactTopics } from './by-topic.ts'

export interface OffsetFetchRequest {
  readonly group: string
  /** `null` asks for everything that the group has committed. */
  readonly partitions: readonly TopicPartition[] | null
  /** Answers 88 for a partition while a transaction that carries an offset of it is open (KIP-447). */
  readonly requireStable: boolean
}

/** What a group has committed for a partition. */
export interface FetchedOffset extends TopicPartition {
  /** -1 for nothing. */
  readonly offset: number
  /** -1 where unknown. */
  readonly leaderEpoch: number
  readonly metadata: string | null
  /** 0; 88 (to be repeated), 29. */
  readonly error: number
}

export interface OffsetFetchResponse {
  /** Ms, by quota. */
  readonly throttleTime: number
  readonly partitions: readonly FetchedOffset[]
  /** Of the group: 0; to be repeated: 14, 15, 16; refused: 24, 30. */
  readonly error: number
}

/** Version 7: require-stable. */
export const offsetFetchApi: Api<OffsetFetchRequest, OffsetFetchResponse> = defineApi({
  name: 'OffsetFetch',
  key: 9,
  version: 7,
  flexible: true,

  writeRequest(to, { group, partitions, requireStable }) {
    to.compactString(group)
    // Partitions are bare numbers here, which have no tags.
    writeCompactTopics(to, partitions === null ? null : groupByTopic(partitions), ({ partition }) =>
      to.int32(partition),
    )
    to.boolean(requireStable)
  },

  readRequest: (from) => ({
    group: from.compactString(),
    partitions: readCompactTopics(from, (topic) => ({ topic, partition: from.int32() })),
    requireStable: from.boolean(),
  }),

  writeResponse(to, { throttleTime, partitions, error }) {
    to.int32(throttleTime)
    writeCompactTopics(to, groupByTopic(partitions), ({ partition, offset, leaderEpoch, metadata, error }) => {
      to.int32(partition)
      to.int64(offset)
      to.int32(leaderEpoch)
      to.compactString(metadata)
      to.int16(error)
      to.noTags()
    })
    to.int16(error)
  },

  readResponse: (from) => ({
    throttleTime: from.int32(),
    partitions: readCompactTopics(from, (topic) => readOffset(from, topic)) ?? [],
    error: from.int16(),
  }),
})

function readOffset(from: ByteReader, topic: string): FetchedOffset {
  const offset = {
    topic,
    partition: from.int32(),
    offset: from.int64(),
    leaderEpoch: from.int32(),
    metadata: from.compactNullableString(),
    error: from.int16(),
  }
  from.tags()
  return offset
}
