import type { IncomingRecord } from '@faust/core'
import { readBigInt64 } from '../wire/integers.ts'
import { exactVarlong, VarintCursor } from '../wire/varint-cursor.ts'
import { BATCH, type BatchHeader } from './batch-header.ts'
import {
  BatchRecords,
  KEY_AT,
  KEY_LENGTH,
  OFFSET_DELTA,
  STRIDE,
  TIMESTAMP_DELTA,
  VALUE_AT,
  VALUE_LENGTH,
} from './batch-records.ts'
import { MalformedRecord } from './malformed-record.ts'
import { skipHeaders } from './record-headers.ts'
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
  readonly records: BatchRecords
  readonly bytes: number
}

/** Bytes of a record without key, value and headers: one for each thing that it says. */
const SMALLEST_RECORD = 7

/**
 * Reads through the records of a batch (https://kafka.apache.org/documentation/#record): length, attributes, timestamp
 * delta, offset delta, key, value, headers; and notes where each one is, from which it is made when it is asked for. All of
 * them or, with a `MalformedRecord` or a `VarintError`, none: numbers that have gone wrong once are not trusted before
 * either. Only a timestamp beyond the safe integers is a matter of one record.
 */
export function readRecords(batch: BatchToRead): ReadRecords {
  const { header, records: body, from } = batch
  const { baseOffset, lastOffsetDelta, count } = header
  const cursor = new VarintCursor(body, 0)
  // So a count that is a lie allocates no more than that of a sound batch of this size could.
  const most = Math.floor(body.length / SMALLEST_RECORD)
  const places = new Int32Array(Math.max(0, Math.min(count, most)) * STRIDE)
  const baseTimestamp = header.logAppendTime ? header.maxTimestamp : header.baseTimestamp
  const stamped = Number.isSafeInteger(baseTimestamp)
  let odd: Map<number, number | IncomingRecord> | null = null
  let length = 0
  let size = 0
  let lastDelta = -1

  for (let i = 0; i < count; i++) {
    const recordLength = cursor.varint()
    const end = cursor.at + recordLength
    if (recordLength < 0 || end > body.length) throw new MalformedRecord(`record ${i} of ${count} is cut short`)
    // The attributes of a record, of which none is defined.
    cursor.at++
    const timestampAt = cursor.at
    const sentDelta = cursor.varlong()
    const timestampDelta = header.logAppendTime ? 0 : sentDelta
    const offsetDelta = cursor.varint()
    if (offsetDelta <= lastDelta || offsetDelta > lastOffsetDelta) {
      throw new MalformedRecord(`record ${i} of ${count} has an offset out of order`)
    }
    lastDelta = offsetDelta
    if (baseOffset + offsetDelta < from) {
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
    const headers = skipHeaders(cursor, end)
    if (cursor.at !== end) throw new MalformedRecord(`record ${i} of ${count} is not as long as it says`)

    const at = length * STRIDE
    places[at + OFFSET_DELTA] = offsetDelta
    places[at + TIMESTAMP_DELTA] = timestampDelta
    places[at + KEY_AT] = keyAt
    places[at + KEY_LENGTH] = keyLength
    places[at + VALUE_AT] = valueAt
    places[at + VALUE_LENGTH] = valueLength
    length++
    if (!stamped || (timestampDelta | 0) !== timestampDelta || !Number.isSafeInteger(baseTimestamp + timestampDelta)) {
      const found = exact(batch, baseOffset + offsetDelta, timestampAt)
      ;(odd ??= new Map()).set(length - 1, found)
      if (typeof found === 'object') continue
    }
    size += (keyLength > 0 ? keyLength : 0) + (valueLength > 0 ? valueLength : 0) + headers
  }
  if (cursor.at !== body.length) throw new MalformedRecord(`something stands behind its ${count} records`)
  return { records: new BatchRecords(body, { baseOffset, baseTimestamp, places, length, odd }), bytes: size }
}

/**
 * A timestamp that the places have no room for, or the record without one that can be represented. Base and delta may each be
 * beyond the safe integers and their sum within: it is that of int64, as Java reckons.
 */
function exact(
  { header, bytes, records, place }: BatchToRead,
  offset: number,
  deltaAt: number,
): number | IncomingRecord {
  const base = readBigInt64(bytes, header.logAppendTime ? BATCH.maxTimestamp : BATCH.baseTimestamp)
  const delta = header.logAppendTime ? 0n : exactVarlong(records, deltaAt)
  const timestamp = Number(BigInt.asIntN(64, base + delta))
  if (Number.isSafeInteger(timestamp)) return timestamp
  return unreadable(place, { offset, lastOffset: offset }, new RangeError('its timestamp is beyond the safe integers'))
}
