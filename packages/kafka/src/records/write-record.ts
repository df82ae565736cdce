import type { OutgoingRecord } from '@faust/core'
import { copyBytes } from '../wire/copy-bytes.ts'
import { varintSize, varlongSize, writeVarint, writeVarlong } from '../wire/varint.ts'
import { headersSize, NULL, writeHeaders } from './record-headers.ts'

/** Bytes that a record takes behind its length: https://kafka.apache.org/documentation/#record */
export function recordSize(record: OutgoingRecord, timestampDelta: number, offsetDelta: number): number {
  const { key, value, headers } = record
  return (
    1 +
    varlongSize(timestampDelta) +
    varintSize(offsetDelta) +
    (key === null ? 1 : varintSize(key.length) + key.length) +
    (value === null ? 1 : varintSize(value.length) + value.length) +
    (headers === undefined || headers.length === 0 ? 1 : headersSize(headers))
  )
}

/** Writes a record of `size` bytes (`recordSize`) with its length before it, and gives the place behind it. */
export function writeRecord(
  bytes: Uint8Array,
  start: number,
  record: OutgoingRecord,
  size: number,
  timestampDelta: number,
  offsetDelta: number,
): number {
  const { key, value, headers } = record
  let at = writeVarint(bytes, start, size)
  // The attributes of a record, of which none is defined.
  bytes[at++] = 0
  at = writeVarlong(bytes, at, timestampDelta)
  at = writeVarint(bytes, at, offsetDelta)
  if (key === null) bytes[at++] = NULL
  else at = copyBytes(key, bytes, writeVarint(bytes, at, key.length))
  if (value === null) bytes[at++] = NULL
  else at = copyBytes(value, bytes, writeVarint(bytes, at, value.length))
  if (headers === undefined || headers.length === 0) bytes[at++] = 0
  else at = writeHeaders(headers, bytes, at)
  return at
}
