import type { IncomingRecord } from '../../record.ts'
import type { Isolation } from './broker-records.ts'
import { committedView, indexOf, isFull, sizeOf } from './chunk.ts'
import type { Chunk } from './chunk.ts'
import type { PartitionLog } from './partition-log.ts'

/** What a read found. */
export interface PartitionRead {
  readonly records: readonly IncomingRecord[]
  readonly nextOffset: number
  readonly bytes: number
}

/** What an answer may still hold; the first record of a partition is given whatever its size. */
export interface ReadBounds {
  readonly records: number
  readonly bytes: number
}

/**
 * Reads from `offset`, which lies between log start and log end: the records of one chunk at most, or a move over
 * offsets that have none; null where there is nothing to tell yet.
 */
export function readPartition(
  log: PartitionLog,
  offset: number,
  isolation: Isolation,
  bounds: ReadBounds,
): PartitionRead | null {
  const end = isolation === 'read-committed' ? log.lastStable : log.logEnd
  if (offset >= end) return null
  const { chunks } = log
  for (let index = log.chunkIndex(offset); index < chunks.length; index++) {
    const chunk = chunks[index] as Chunk
    if (chunk.baseOffset >= end) break
    const limit = Math.min(chunk.nextOffset, end)
    const records = isolation === 'read-committed' ? committedView(chunk, end) : chunk.records
    const from = indexOf(records, offset)
    const to = limit === chunk.nextOffset ? records.length : indexOf(records, limit)
    if (from < to) return cut({ chunk, records, from, to, limit }, bounds)
  }
  return { records: [], nextOffset: end, bytes: 0 }
}

/** A stretch of a chunk's records, reaching up to the offset `limit`. */
interface Stretch {
  readonly chunk: Chunk
  readonly records: readonly IncomingRecord[]
  readonly from: number
  readonly to: number
  readonly limit: number
}

function cut({ chunk, records, from, to, limit }: Stretch, bounds: ReadBounds): PartitionRead {
  const fits = chunk.bytes <= bounds.bytes
  // A whole chunk that will not grow any more is handed out as it is: nothing is copied or counted.
  if (fits && from === 0 && to === records.length && to <= bounds.records && isFull(chunk)) {
    return { records, nextOffset: limit, bytes: chunk.bytes }
  }
  const most = Math.min(to, from + Math.max(1, bounds.records))
  const end = fits ? most : endWithin(records, from, most, bounds.bytes)
  const nextOffset = end === to ? limit : (records[end - 1] as IncomingRecord).offset + 1
  // Looking at every record costs more than handing it out: its share of the chunk will do.
  const bytes = Math.ceil((chunk.bytes * (end - from)) / Math.max(1, chunk.records.length))
  return { records: records.slice(from, end), nextOffset, bytes }
}

/** How far records reach within `most` bytes; one is always given. */
function endWithin(records: readonly IncomingRecord[], from: number, to: number, most: number): number {
  let bytes = 0
  for (let index = from; index < to; index++) {
    bytes += sizeOf(records[index] as IncomingRecord)
    if (index > from && bytes > most) return index
  }
  return to
}
