import { NO_HEADERS } from '../../../serializer/headers.ts'
import type { Header, Headers } from '../../../serializer/headers.ts'
import type { IncomingRecord } from '../../record.ts'
import type { PartitionState } from '../log/partition-restore.ts'
import type { StoredAppend } from '../log/partition-storage.ts'
import type { Span, SpanKind } from '../log/span.ts'
import { ByteReader } from './byte-reader.ts'
import type { ByteWriter } from './byte-writer.ts'
import { beginEntry } from './frame-file.ts'

const ENTRY_SPAN = 1
const ENTRY_LOG_START = 2
const ENTRY_STATE = 3

const KINDS: readonly SpanKind[] = ['data', 'commit', 'abort']
const KIND_BITS = 3
const TRANSACTIONAL = 4
const HORIZON = 8

/** Offsets of one producer with their records, as an append or a rewriting left them. */
export interface SpanEntry {
  readonly type: 'span'
  readonly span: Span
  readonly records: readonly IncomingRecord[]
  /** Epoch ms. */
  readonly appendedAt: number
}

/** One entry of a partition's file. */
export type PartitionEntry =
  | SpanEntry
  | { readonly type: 'log-start'; readonly offset: number }
  /** It replaces everything that entries before it said of what is no record. */
  | ({ readonly type: 'state' } & PartitionState)

/** Writes an append as it comes, before any record of it has been made. */
export function writeAppend(writer: ByteWriter, entry: StoredAppend): void {
  const { baseOffset, records, producerId, producerEpoch, baseSequence, transactional, at, fallback, now } = entry
  const nextOffset = baseOffset + records.length
  const span: Span = { kind: 'data', baseOffset, nextOffset, producerId, producerEpoch, baseSequence, transactional }
  writeSpanHead(writer, span, now, records.length)
  for (let index = 0; index < records.length; index++) {
    const { key, value, headers, timestamp } = records[index] as StoredAppend['records'][number]
    const given = at ?? timestamp ?? fallback
    writeRecord(writer, now, { offset: index, timestamp: given, key, value, headers: headers ?? NO_HEADERS })
  }
}

/** Writes a span with those of its records that are still there. */
export function writeSpan(writer: ByteWriter, { span, records, appendedAt }: Omit<SpanEntry, 'type'>): void {
  writeSpanHead(writer, span, appendedAt, records.length)
  for (const record of records) writeRecord(writer, appendedAt, { ...record, offset: record.offset - span.baseOffset })
}

export function writeLogStart(writer: ByteWriter, offset: number): void {
  beginEntry(writer)
  writer.byte(ENTRY_LOG_START)
  writer.number(offset)
}

export function writeState(writer: ByteWriter, state: PartitionState): void {
  beginEntry(writer)
  writer.byte(ENTRY_STATE)
  writer.text(JSON.stringify(state))
}

/** Reads an entry; its bytes are views into `entry`. Throws a `RangeError` for one that makes no sense. */
export function readEntry(entry: Buffer): PartitionEntry {
  const reader = new ByteReader(entry)
  const type = reader.byte()
  switch (type) {
    case ENTRY_SPAN:
      return readSpan(reader)
    case ENTRY_LOG_START:
      return { type: 'log-start', offset: reader.number() }
    case ENTRY_STATE:
      return { type: 'state', ...(JSON.parse(reader.text()) as PartitionState) }
    default:
      throw new RangeError(`it holds an entry of the unknown type ${type}`)
  }
}

function writeSpanHead(writer: ByteWriter, span: Span, appendedAt: number, records: number): void {
  const { kind, transactional, deleteHorizon } = span
  beginEntry(writer)
  writer.byte(ENTRY_SPAN)
  writer.byte(KINDS.indexOf(kind) | (transactional ? TRANSACTIONAL : 0) | (deleteHorizon === undefined ? 0 : HORIZON))
  writer.number(span.baseOffset)
  writer.number(span.nextOffset - span.baseOffset)
  writer.number(span.producerId + 1)
  writer.number(span.producerEpoch + 1)
  writer.number(span.baseSequence + 1)
  if (deleteHorizon !== undefined) writer.number(deleteHorizon)
  writer.number(appendedAt)
  writer.number(records)
}

function readSpan(reader: ByteReader): SpanEntry {
  const flags = reader.byte()
  const baseOffset = reader.number()
  const nextOffset = baseOffset + reader.number()
  const producerId = reader.number() - 1
  const producerEpoch = reader.number() - 1
  const baseSequence = reader.number() - 1
  const deleteHorizon = (flags & HORIZON) === 0 ? undefined : reader.number()
  const appendedAt = reader.number()
  const records = Array.from({ length: reader.number() }, () => readRecord(reader, baseOffset, appendedAt))
  const kind = KINDS[flags & KIND_BITS] as SpanKind
  const transactional = (flags & TRANSACTIONAL) !== 0
  const producer = { producerId, producerEpoch, baseSequence, transactional }
  return { type: 'span', span: { kind, baseOffset, nextOffset, ...producer, deleteHorizon }, records, appendedAt }
}

/** The timestamp is written as its distance to `near`, as most are close to the time of their append. */
function writeRecord(
  writer: ByteWriter,
  near: number,
  { offset, timestamp, key, value, headers }: IncomingRecord,
): void {
  writer.number(offset)
  // A timestamp near the largest safe integer has a distance that is none any more.
  const far = timestamp > near * 2
  writer.byte(far ? 1 : 0)
  if (far) writer.number(timestamp)
  else writer.signed(timestamp - near)
  writer.bytes(key)
  writer.bytes(value)
  writer.number(headers.length)
  for (const [name, bytes] of headers) {
    writer.text(name)
    writer.bytes(bytes)
  }
}

function readRecord(reader: ByteReader, baseOffset: number, near: number): IncomingRecord {
  const offset = baseOffset + reader.number()
  const timestamp = reader.byte() === 1 ? reader.number() : near + reader.signed()
  const key = reader.bytes()
  const value = reader.bytes()
  return { offset, timestamp, key, value, headers: readHeaders(reader) }
}

function readHeaders(reader: ByteReader): Headers {
  const count = reader.number()
  if (count === 0) return NO_HEADERS
  return Array.from({ length: count }, (): Header => [reader.text(), reader.bytes()])
}
