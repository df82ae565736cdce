import type { Header } from '../../../serializer/headers.ts'
import type { IncomingRecord } from '../../record.ts'
import { isAborted } from './abort-filter.ts'
import { CHUNK_BYTES, CHUNK_RECORDS, newChunk, sizeOf } from './chunk.ts'
import type { Chunk } from './chunk.ts'

/** The offset of the last record of each key. */
export type LastOffsets = Map<string, number>

/** A key's bytes as a string, one character a byte. */
export function keyName(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1')
}

/** Notes the keys of the records of `chunk` from `from` on; records of aborted transactions supersede nothing. */
export function noteKeys(last: LastOffsets, chunk: Chunk, from: number): void {
  eachRecord(chunk, (record, aborted) => {
    if (!aborted && record.key !== null && record.offset >= from) last.set(keyName(record.key), record.offset)
  })
}

/** When tombstones go. */
export interface TombstoneRule {
  /** Epoch ms. */
  readonly now: number
  /** Ms for which they stay after the first cleaning that meets them. */
  readonly deleteRetentionMs: number
}

/**
 * What is left of `chunk`, which lies below the last stable offset: the last record of each key, tombstones until their
 * time is up, no record of an aborted transaction and no marker. Offsets stay as they are.
 */
export function compactChunk(chunk: Chunk, last: LastOffsets, rule: TombstoneRule): Chunk {
  const compacted = newChunk(chunk.baseOffset)
  compacted.nextOffset = chunk.nextOffset
  compacted.appendedAt = chunk.appendedAt
  let at = 0
  for (const span of chunk.spans) {
    const aborted = chunk.aborted !== null && isAborted(span, chunk.aborted)
    const horizon = span.deleteHorizon ?? rule.now + rule.deleteRetentionMs
    const before = compacted.records.length
    let tombstones = false
    for (; at < chunk.records.length && (chunk.records[at] as IncomingRecord).offset < span.nextOffset; at++) {
      const record = chunk.records[at] as IncomingRecord
      if (aborted || isSuperseded(record, last)) continue
      if (record.value === null && rule.now >= horizon) continue
      tombstones ||= record.value === null
      keep(compacted, record)
    }
    if (span.kind !== 'data' || compacted.records.length === before) continue
    compacted.spans.push(tombstones ? { ...span, deleteHorizon: horizon } : { ...span })
  }
  return compacted
}

/** Joins neighbours that have become small, so that a log of few keys does not stay a log of many chunks. */
export function mergeChunks(chunks: readonly Chunk[]): Chunk[] {
  const merged: Chunk[] = []
  for (const chunk of chunks) {
    const into = merged.at(-1)
    const fits =
      into !== undefined &&
      into.records.length + chunk.records.length <= CHUNK_RECORDS &&
      into.bytes + chunk.bytes <= CHUNK_BYTES
    if (!fits) {
      merged.push(chunk)
      continue
    }
    for (const record of chunk.records) into.records.push(record)
    for (const span of chunk.spans) into.spans.push(span)
    into.nextOffset = chunk.nextOffset
    into.bytes += chunk.bytes
    into.maxTimestamp = Math.max(into.maxTimestamp, chunk.maxTimestamp)
    into.appendedAt = chunk.appendedAt
  }
  return merged
}

/** Cuts a chunk in two at `offset`, which lies inside of it. */
export function splitChunk(chunk: Chunk, offset: number): [Chunk, Chunk] {
  const halves: [Chunk, Chunk] = [newChunk(chunk.baseOffset), newChunk(offset)]
  halves[0].nextOffset = offset
  halves[1].nextOffset = chunk.nextOffset
  for (const half of halves) {
    half.appendedAt = chunk.appendedAt
    half.aborted = chunk.aborted
  }
  for (const record of chunk.records) addRecord(halves[record.offset < offset ? 0 : 1], record)
  for (const span of chunk.spans) {
    if (span.nextOffset <= offset) halves[0].spans.push(span)
    else if (span.baseOffset >= offset) halves[1].spans.push(span)
    else {
      halves[0].spans.push({ ...span, nextOffset: offset })
      const past = offset - span.baseOffset
      const baseSequence = span.baseSequence < 0 ? -1 : (span.baseSequence + past) % 2 ** 31
      halves[1].spans.push({ ...span, baseOffset: offset, baseSequence })
    }
  }
  return halves
}

/** Adds a record as it is. */
export function addRecord(chunk: Chunk, record: IncomingRecord): void {
  chunk.records.push(record)
  chunk.bytes += sizeOf(record)
  if (record.timestamp > chunk.maxTimestamp) chunk.maxTimestamp = record.timestamp
}

function isSuperseded({ key, offset }: IncomingRecord, last: LastOffsets): boolean {
  // Without a key nothing can supersede it; a topic that was not always compacted may have such records.
  if (key === null) return false
  const latest = last.get(keyName(key))
  return latest !== undefined && latest > offset
}

/** Keeps a record with bytes of its own: those it shared would keep everything alive that went. */
function keep(chunk: Chunk, record: IncomingRecord): void {
  const { offset, timestamp, key, value, headers } = record
  addRecord(chunk, {
    offset,
    timestamp,
    key: ownBytes(key),
    value: ownBytes(value),
    headers: headers.length === 0 ? headers : headers.map(([name, bytes]): Header => [name, ownBytes(bytes)]),
  })
}

function ownBytes(bytes: Uint8Array | null): Uint8Array | null {
  return bytes === null ? null : new Uint8Array(bytes)
}

function eachRecord(chunk: Chunk, visit: (record: IncomingRecord, aborted: boolean) => void): void {
  let at = 0
  for (const span of chunk.spans) {
    const aborted = chunk.aborted !== null && isAborted(span, chunk.aborted)
    for (; at < chunk.records.length && (chunk.records[at] as IncomingRecord).offset < span.nextOffset; at++) {
      visit(chunk.records[at] as IncomingRecord, aborted)
    }
  }
}
