import type { TopicPartition } from '@faust/core'
import type { AbortedTransaction } from '../records/aborted-transactions.ts'
import { defineApi, type Api } from './api.ts'
import { groupByTopic, groupRuns, readTopics, writeTopics } from './by-topic.ts'
import { CLIENT_REPLICA, isolationLevel, isolationOf, type Isolation } from './isolation.ts'

/** From where to read one partition. */
export interface FetchPartition extends TopicPartition {
  readonly offset: number
  /** Epoch of the leader as the client knows it: 74 or 75 answers an older or newer one. -1 asks for no comparison. */
  readonly leaderEpoch: number
  /** Bytes. A first batch that is larger comes whole all the same. */
  readonly maxBytes: number
}

export interface FetchRequest {
  /** Ms to wait while there are fewer than `minBytes`. */
  readonly maxWait: number
  readonly minBytes: number
  /** Bytes of the whole answer. */
  readonly maxBytes: number
  readonly isolation: Isolation
  /** 0 without a session, and to start one. */
  readonly sessionId: number
  /** 0 starts a session, -1 asks without one; then it counts from 1 to 2^31 - 1 and on from 1 (KIP-227). */
  readonly sessionEpoch: number
  /** In a session only what is new or changed. They are served in this order. */
  readonly partitions: readonly FetchPartition[]
  /** What leaves the session. */
  readonly forgotten: readonly TopicPartition[]
  /** '' reads from leaders only. */
  readonly rack: string
}

/** What one partition gave. In a session, partitions without news are missing. */
export interface FetchedPartition extends TopicPartition {
  /** 0; or 1 (out of range), 3, 5, 6, 9, 56, 74, 75, 78, 100, 103 … */
  readonly error: number
  /** One beyond the last record that readers may see; -1 on error. */
  readonly highWatermark: number
  /** How far read-committed readers get; -1 on error or under read-uncommitted. */
  readonly lastStable: number
  /** -1 on error. */
  readonly logStart: number
  /** In the order of their markers; `null` under read-uncommitted. */
  readonly aborted: readonly AbortedTransaction[] | null
  /** Node to read this partition from instead, while `records` is empty (KIP-392); -1 for none. */
  readonly preferredReplica: number
  /** Batches as they lie in the log, the last one possibly cut short. A view. For `RecordsReader`. */
  readonly records: Uint8Array | null
}

export interface FetchResponse {
  /** Ms that the broker will hold back the next answers, by quota. */
  readonly throttleTime: number
  /** Of the session: 70 (unknown), 71 (epoch), 106. */
  readonly error: number
  readonly sessionId: number
  readonly partitions: readonly FetchedPartition[]
}

/** Version 11: by topic name, with rack and leader epoch, and zstd. From 13 on topics have ids only. */
export const fetchApi: Api<FetchRequest, FetchResponse> = defineApi({
  name: 'Fetch',
  key: 1,
  version: 11,
  flexible: false,

  writeRequest(to, request) {
    to.int32(CLIENT_REPLICA)
    to.int32(request.maxWait)
    to.int32(request.minBytes)
    to.int32(request.maxBytes)
    to.int8(isolationLevel(request.isolation))
    to.int32(request.sessionId)
    to.int32(request.sessionEpoch)
    writeTopics(to, groupRuns(request.partitions), ({ partition, leaderEpoch, offset, maxBytes }) => {
      to.int32(partition)
      to.int32(leaderEpoch)
      to.int64(offset)
      // The log start of a follower.
      to.int64(-1)
      to.int32(maxBytes)
    })
    writeTopics(to, groupByTopic(request.forgotten), ({ partition }) => to.int32(partition))
    to.string(request.rack)
  },

  readRequest(from) {
    from.int32()
    return {
      maxWait: from.int32(),
      minBytes: from.int32(),
      maxBytes: from.int32(),
      isolation: isolationOf(from.int8()),
      sessionId: from.int32(),
      sessionEpoch: from.int32(),
      partitions: readTopics(from, (topic) => {
        const partition = from.int32()
        const leaderEpoch = from.int32()
        const offset = from.int64()
        from.int64()
        return { topic, partition, leaderEpoch, offset, maxBytes: from.int32() }
      }),
      forgotten: readTopics(from, (topic) => ({ topic, partition: from.int32() })),
      rack: from.string(),
    }
  },

  writeResponse(to, response) {
    to.int32(response.throttleTime)
    to.int16(response.error)
    to.int32(response.sessionId)
    writeTopics(to, groupRuns(response.partitions), (partition) => {
      to.int32(partition.partition)
      to.int16(partition.error)
      to.int64(partition.highWatermark)
      to.int64(partition.lastStable)
      to.int64(partition.logStart)
      to.array(partition.aborted, ({ producerId, firstOffset }) => {
        to.bigint64(producerId)
        to.int64(firstOffset)
      })
      to.int32(partition.preferredReplica)
      to.bytes(partition.records)
    })
  },

  readResponse: (from) => ({
    throttleTime: from.int32(),
    error: from.int16(),
    sessionId: from.int32(),
    partitions: readTopics(from, (topic) => ({
      topic,
      partition: from.int32(),
      error: from.int16(),
      highWatermark: from.int64(),
      lastStable: from.int64(),
      logStart: from.int64(),
      aborted: from.nullableArray(() => ({ producerId: from.bigint64(), firstOffset: from.int64() })),
      preferredReplica: from.int32(),
      records: from.nullableBytes(),
    })),
  }),
})
