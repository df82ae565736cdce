import { BATCH, BATCH_PREFIX, MAGIC } from '../records/batch-header.ts'
import { readInt32, readInt64 } from '../wire/integers.ts'

/** How far whole batches reach. */
export interface Scanned {
  /** The offset to ask for next. */
  readonly next: number
  /** Epoch of the leader that wrote the last of them; that of the place before, where there is none. */
  readonly leaderEpoch: number
}

/**
 * Looks at headers alone, so that the next fetch can leave before this one is decoded. What it can't make sense of ends
 * it: `RecordsReader` says what is wrong when it comes there.
 */
export function scanBatches(bytes: Uint8Array, from: Scanned): Scanned {
  let { next, leaderEpoch } = from
  for (let at = 0; at + BATCH.records <= bytes.length;) {
    const length = BATCH_PREFIX + readInt32(bytes, at + BATCH.length)
    if (bytes[at + BATCH.magic] !== MAGIC || length < BATCH.records || at + length > bytes.length) break
    // Never base + count: compaction leaves batches that have fewer records than offsets, or none at all.
    const end = readInt64(bytes, at) + readInt32(bytes, at + BATCH.lastOffsetDelta) + 1
    if (!Number.isSafeInteger(end)) break
    if (end > next) next = end
    leaderEpoch = readInt32(bytes, at + BATCH.leaderEpoch)
    at += length
  }
  return { next, leaderEpoch }
}
