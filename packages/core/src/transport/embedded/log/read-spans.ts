import type { IncomingRecord, TopicPartition, TopicPartitionOffset } from '../../record.ts'
import type { Isolation } from './broker-records.ts'
import { indexOf } from './chunk.ts'
import type { Chunk } from './chunk.ts'
import { KafkaError } from './kafka-error.ts'
import type { KafkaErrorCode } from './kafka-error.ts'
import type { PartitionLog } from './partition-log.ts'
import type { Span } from './span.ts'
import type { TopicRegistry } from './topic-registry.ts'

/** Records of one producer without interruption, or a marker: what Kafka would have in a batch. */
export interface StoredSpan extends Readonly<Span> {
  /** Those that compaction has left; none for a marker. */
  readonly records: readonly IncomingRecord[]
}

/** What one partition has from an offset on, as it is stored: markers and aborted records included. */
export interface SpansAnswer extends TopicPartition {
  readonly error: KafkaErrorCode
  /** In the order of their offsets; the first one may begin before the offset asked for. */
  readonly spans: readonly StoredSpan[]
  /** Aborted transactions that reach into the spans, for readers that leave them out themselves. */
  readonly aborted: readonly { readonly producerId: number; readonly firstOffset: number }[]
  /** Where reading goes on. */
  readonly nextOffset: number
  readonly logStart: number
  readonly highWatermark: number
  readonly lastStable: number
  /** Whether timestamps are the log's. */
  readonly logAppendTime: boolean
}

/** Where to read and how much. */
export interface ReadSpansRequest extends TopicPartitionOffset {
  readonly isolation: Isolation
  /** Of records; the first span is given whatever its size. */
  readonly maxBytes: number
}

/** Reads as `fetch` does, but what is stored instead of what is seen; never waits. */
export function readSpans(topics: TopicRegistry, request: ReadSpansRequest): SpansAnswer {
  const { topic, partition, offset, isolation, maxBytes } = request
  const log = topics.log(request)
  const { logStart = -1, logEnd: highWatermark = -1, lastStable = -1 } = log ?? {}
  const ends = { logStart, highWatermark, lastStable }
  const logAppendTime = topics.get(topic)?.config.logAppendTime ?? false
  const nothing = { topic, partition, spans: [], aborted: [], nextOffset: offset, ...ends, logAppendTime }
  if (log === undefined) return { ...nothing, error: KafkaError.UNKNOWN_TOPIC_OR_PARTITION }
  if (offset < logStart || offset > highWatermark) return { ...nothing, error: KafkaError.OFFSET_OUT_OF_RANGE }
  const end = isolation === 'read-committed' ? lastStable : highWatermark
  const { spans, nextOffset } = collect(log, offset, end, maxBytes)
  const aborted = log.aborted
    .filter(({ firstOffset, lastOffset }) => lastOffset >= offset && firstOffset < nextOffset)
    .map(({ producerId, firstOffset }) => ({ producerId, firstOffset }))
  return { ...nothing, error: KafkaError.NONE, spans, aborted, nextOffset }
}

/** The first record that is not older than `timestamp` (epoch ms); offset -1 where there is none. */
export function offsetForTime(
  topics: TopicRegistry,
  place: TopicPartition,
  timestamp: number,
): { readonly error: KafkaErrorCode; readonly offset: number; readonly timestamp: number } {
  const log = topics.log(place)
  const nothing = { offset: -1, timestamp: -1 }
  if (log === undefined) return { error: KafkaError.UNKNOWN_TOPIC_OR_PARTITION, ...nothing }
  for (const { records, maxTimestamp } of log.chunks) {
    if (maxTimestamp < timestamp) continue
    const found = records.find((record) => record.offset >= log.logStart && record.timestamp >= timestamp)
    if (found !== undefined) return { error: KafkaError.NONE, offset: found.offset, timestamp: found.timestamp }
  }
  return { error: KafkaError.NONE, ...nothing }
}

function collect(log: PartitionLog, offset: number, end: number, maxBytes: number) {
  const spans: StoredSpan[] = []
  let nextOffset = offset
  let bytes = 0
  if (offset >= end) return { spans, nextOffset }
  for (let index = log.chunkIndex(offset); index < log.chunks.length; index++) {
    const chunk = log.chunks[index] as Chunk
    for (const span of chunk.spans) {
      if (span.nextOffset <= offset) continue
      // An open transaction begins with a span of its own, so the end never lies inside of one.
      if (span.baseOffset >= end) return { spans, nextOffset: end }
      const records = chunk.records.slice(
        indexOf(chunk.records, span.baseOffset),
        indexOf(chunk.records, span.nextOffset),
      )
      bytes += (chunk.bytes * records.length) / Math.max(1, chunk.records.length)
      if (bytes > maxBytes && spans.length > 0) return { spans, nextOffset }
      spans.push({ ...span, records })
      nextOffset = span.nextOffset
    }
    nextOffset = Math.min(end, chunk.nextOffset)
  }
  return { spans, nextOffset }
}
