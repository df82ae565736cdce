import { NO_HEADERS } from '../../../serializer/headers.ts'
import type { Header, Headers } from '../../../serializer/headers.ts'
import type { IncomingRecord, OutgoingRecord } from '../../record.ts'
import { withoutAborted } from './abort-filter.ts'
import type { AbortedTransaction } from './abort-filter.ts'
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

/** The sender may use its bytes again, so the log keeps its own; one array each, so that none keeps others alive. */
function own(bytes: Uint8Array | null): Uint8Array | null {
  return bytes === null ? null : new Uint8Array(bytes)
}

function ownHeaders(headers: Headers): Headers {
  return headers.map(([name, value]): Header => [name, own(value)])
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
  let offset = chunk.nextOffset
  let index = from
  for (; index < records.length && !isFull(chunk); index++) {
    const record = records[index] as OutgoingRecord
    const timestamp = time.at ?? record.timestamp ?? time.fallback
    const headers = record.headers === undefined || record.headers.length === 0 ? NO_HEADERS : ownHeaders(record.headers)
    chunk.records.push({ offset: offset++, timestamp, key: own(record.key), value: own(record.value), headers })
    chunk.bytes += sizeOf(record)
    if (timestamp > chunk.maxTimestamp) chunk.maxTimestamp = timestamp
  }
  chunk.nextOffset = offset
  return index
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
