import { NO_HEADERS } from '../../../serializer/headers.ts'
import type { Header, Headers } from '../../../serializer/headers.ts'
import type { IncomingRecord, OutgoingRecord } from '../../record.ts'
import { withoutAborted } from './abort-filter.ts'
import type { AbortedTransaction } from './abort-filter.ts'
import { Slab } from './slab.ts'
import { continues } from './span.ts'
import type { Span, SpanKind, SpanProducer } from './span.ts'

/** A chunk is full with so many records … */
export const CHUNK_RECORDS = 1024
/** … or so many bytes. */
export const CHUNK_BYTES: number = 1024 * 1024

/**
 * A stretch of a partition, from `baseOffset` up to the next chunk without a hole between them; offsets without a
 * record inside are markers or gaps of compaction. Only the last chunk of a partition grows. Records are stored as the
 * objects that readers get, so a read is a slice and costs nothing a record.
 */
export interface Chunk {
  readonly baseOffset: number
  nextOffset: number
  readonly records: IncomingRecord[]
  readonly spans: Span[]
  /** Of keys, values and headers. */
  bytes: number
  /** Of the records; -1 without any. */
  maxTimestamp: number
  /** Epoch ms of the last append. */
  appendedAt: number
  /** Aborted transactions that reach into this chunk; null while there is none, which is the fast way to read. */
  aborted: AbortedTransaction[] | null
  /** What read-committed readers see of a chunk that is full and decided; made at the first such read. */
  committed: readonly IncomingRecord[] | null
}

export function newChunk(baseOffset: number): Chunk {
  return {
    baseOffset,
    nextOffset: baseOffset,
    records: [],
    spans: [],
    bytes: 0,
    maxTimestamp: -1,
    appendedAt: 0,
    aborted: null,
    committed: null,
  }
}

export function isFull(chunk: Chunk): boolean {
  return chunk.records.length >= CHUNK_RECORDS || chunk.bytes >= CHUNK_BYTES
}

/** Size of a record as all bounds of this log count it. */
export function sizeOf(record: OutgoingRecord | IncomingRecord): number {
  const { key, value, headers } = record
  let size = (key === null ? 0 : key.length) + (value === null ? 0 : value.length)
  if (headers !== undefined && headers.length > 0) size += sizeOfHeaders(headers)
  return size
}

function sizeOfHeaders(headers: Headers): number {
  let size = 0
  for (const [name, value] of headers) size += name.length + (value === null ? 0 : value.length)
  return size
}

/**
 * Appends `records` from index `from` on until the chunk is full, and answers how far it got. `at` replaces their
 * timestamps where the log sets them, `fallback` the missing ones.
 */
export function appendRecords(
  chunk: Chunk,
  records: readonly OutgoingRecord[],
  from: number,
  time: { readonly at: number | null; readonly fallback: number },
): number {
  const room = CHUNK_RECORDS - chunk.records.length
  let to = from
  let size = 0
  while (to < records.length && to - from < room && chunk.bytes + size < CHUNK_BYTES) {
    size += sizeOf(records[to++] as OutgoingRecord)
  }
  const slab = new Slab(size)
  let offset = chunk.nextOffset
  for (let index = from; index < to; index++) {
    const { key, value, headers, timestamp: given } = records[index] as OutgoingRecord
    const timestamp = time.at ?? given ?? time.fallback
    const kept = headers === undefined || headers.length === 0 ? NO_HEADERS : keepHeaders(slab, headers)
    chunk.records.push({ offset: offset++, timestamp, key: slab.keep(key), value: slab.keep(value), headers: kept })
    if (timestamp > chunk.maxTimestamp) chunk.maxTimestamp = timestamp
  }
  chunk.bytes += size
  chunk.nextOffset = offset
  return to
}

function keepHeaders(slab: Slab, headers: Headers): Headers {
  return headers.map(([name, value]): Header => [name, slab.keep(value)])
}

/** Notes who wrote the offsets from `baseOffset` to the chunk's end. */
export function appendSpan(chunk: Chunk, kind: SpanKind, baseOffset: number, producer: SpanProducer): void {
  const last = chunk.spans.at(-1)
  if (kind === 'data' && last !== undefined && continues(last, baseOffset, producer)) {
    last.nextOffset = chunk.nextOffset
    return
  }
  const { producerId, producerEpoch, baseSequence, transactional } = producer
  const { nextOffset } = chunk
  chunk.spans.push({ kind, baseOffset, nextOffset, producerId, producerEpoch, baseSequence, transactional })
}

/** Index of the first record at or beyond `offset`. */
export function indexOf(records: readonly IncomingRecord[], offset: number): number {
  const first = records[0]
  if (first === undefined || offset <= first.offset) return 0
  // Without gaps the place is known at once.
  const guess = offset - first.offset
  if (guess < records.length && (records[guess] as IncomingRecord).offset === offset) return guess
  let low = 0
  let high = records.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((records[middle] as IncomingRecord).offset < offset) low = middle + 1
    else high = middle
  }
  return low
}

/** What read-committed readers see below `lastStable`: never more than that of the answer is theirs. */
export function committedView(chunk: Chunk, lastStable: number): readonly IncomingRecord[] {
  if (chunk.aborted === null) return chunk.records
  if (chunk.committed !== null) return chunk.committed
  const view = withoutAborted(chunk.records, chunk.spans, chunk.aborted)
  if (isFull(chunk) && chunk.nextOffset <= lastStable) chunk.committed = view
  return view
}
