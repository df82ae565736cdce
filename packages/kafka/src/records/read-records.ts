import type { IncomingRecord } from '@faust/core'
import { readBigInt64 } from '../wire/integers.ts'
import { exactVarlong, VarintCursor } from '../wire/varint-cursor.ts'
import { BATCH, type BatchHeader } from './batch-header.ts'
import { MalformedRecord } from './malformed-record.ts'
import { HeadersReader } from './record-headers.ts'
import { unreadable, type Place } from './unreadable-record.ts'

/** A batch on its way to records. */
export interface BatchToRead {
  readonly place: Place
  readonly header: BatchHeader
  /** The batch as it came. */
  readonly bytes: Uint8Array
  /** Its records, unpacked. What is read are views into it. */
  readonly records: Uint8Array
  /** Records before this offset are left out. */
  readonly from: number
}

/** Records and the size of their keys, values and headers. */
export interface ReadRecords {
  readonly records: IncomingRecord[]
  readonly bytes: number
}

/**
 * Reads the records of a batch (https://kafka.apache.org/documentation/#record): length, attributes, timestamp delta,
 * offset delta, key, value, headers. All of them or, with a `MalformedRecord` or a `VarintError`, none: numbers that
 * have gone wrong once are not trusted before either. Only a timestamp beyond the safe integers is a matter of one record.
 */
export function readRecords(batch: BatchToRead): ReadRecords {
  const { header, records: body, from } = batch
  const { baseOffset, lastOffsetDelta, baseTimestamp, count } = header
  const buffer = body.buffer
  const shift = body.byteOffset
  const cursor = new VarintCursor(body, 0)
  const headersReader = new HeadersReader(cursor)
  const timestamps = safe(baseTimestamp)
  const records: IncomingRecord[] = []
  let size = 0
  let lastDelta = -1

  for (let i = 0; i < count; i++) {
    const length = cursor.varint()
    const end = cursor.at + length
    if (length < 0 || end > body.length) throw new MalformedRecord(`record ${i} of ${count} is cut short`)
    // The attributes of a record, of which none is defined.
    cursor.at++
    const timestampAt = cursor.at
    let timestamp = baseTimestamp + cursor.varlong()
    const offsetDelta = cursor.varint()
    if (offsetDelta <= lastDelta || offsetDelta > lastOffsetDelta) {
      throw new MalformedRecord(`record ${i} of ${count} has an offset out of order`)
    }
    lastDelta = offsetDelta
    const offset = baseOffset + offsetDelta
    if (offset < from) {
      cursor.at = end
      continue
    }

    const keyLength = cursor.varint()
    const keyAt = cursor.at
    if (keyLength > 0) cursor.at += keyLength
    const valueLength = cursor.varint()
    const valueAt = cursor.at
    if (valueLength > 0) cursor.at += valueLength
    if (cursor.at > end) throw new MalformedRecord(`record ${i} of ${count} is shorter than its key and value`)
    const key = keyLength < 0 ? null : new Uint8Array(buffer, shift + keyAt, keyLength)
    const value = valueLength < 0 ? null : new Uint8Array(buffer, shift + valueAt, valueLength)
    const headers = headersReader.read(end)
    if (cursor.at !== end) throw new MalformedRecord(`record ${i} of ${count} is not as long as it says`)

    if (header.logAppendTime) timestamp = header.maxTimestamp
    if (!timestamps || !safe(timestamp)) {
      timestamp = exactTimestamp(batch, timestampAt)
      if (!safe(timestamp)) {
        const why = new RangeError('its timestamp is beyond the safe integers')
        records.push(unreadable(batch.place, { offset, lastOffset: offset }, why))
        continue
      }
    }
    size += (keyLength > 0 ? keyLength : 0) + (valueLength > 0 ? valueLength : 0) + headersReader.size
    records.push({ offset, timestamp, key, value, headers })
  }
  if (cursor.at !== body.length) throw new MalformedRecord(`something stands behind its ${count} records`)
  return { records, bytes: size }
}

function safe(value: number): boolean {
  return Number.isSafeInteger(value)
}

/** Base and delta may each be beyond the safe integers and their sum within: it is that of int64, as Java reckons. */
function exactTimestamp({ header, bytes, records }: BatchToRead, deltaAt: number): number {
  if (header.logAppendTime) return Number(readBigInt64(bytes, BATCH.maxTimestamp))
  const base = readBigInt64(bytes, BATCH.baseTimestamp)
  return Number(BigInt.asIntN(64, base + exactVarlong(records, deltaAt)))
}
