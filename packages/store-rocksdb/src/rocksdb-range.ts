import type { StoreItem, StoreRange } from '@faust/core'
import type { RocksDB } from './rocksdb-native.ts'
import type { EntryBounds } from './shard-keys.ts'
import { entryBounds } from './shard-keys.ts'

/**
 * At most so many items a chunk, and about so many bytes: the size of the items before says how many that are. RocksDB's
 * binding counts items alone, so the first number also bounds what large values behind small ones can take.
 */
const CHUNK_ITEMS = 256
const CHUNK_BYTES = 65_536
const FIRST_CHUNK_ITEMS = 16

/**
 * The items of a range as they are now: the snapshot is taken at the call. Each chunk has an iterator of its own, so what is
 * left open between two chunks is the snapshot alone: it is let go at the end, when the reader leaves its loop, and at the
 * latest when the database closes.
 */
export function readRange(db: RocksDB, range: StoreRange): AsyncIterable<readonly StoreItem[]> {
  return chunks(db.snapshot(), entryBounds(range), range.reverse === true, range.limit ?? Infinity)
}

async function* chunks(
  snapshot: RocksDB,
  bounds: EntryBounds,
  reverse: boolean,
  limit: number,
): AsyncGenerator<readonly StoreItem[]> {
  try {
    let rest = bounds
    let left = limit
    let size = FIRST_CHUNK_ITEMS
    while (left > 0) {
      const count = Math.min(size, left)
      const items = await readItems(snapshot, rest, reverse, count)
      const last = items.at(-1)
      if (last === undefined) return
      rest = reverse ? { ...lowerOf(bounds), lt: last.key } : { ...upperOf(bounds), gt: last.key }
      left -= items.length
      size = nextSize(items)
      yield items.map(({ key, value }): StoreItem => ({ key: key.subarray(1), value }))
      if (items.length < count) return
    }
  } finally {
    await snapshot.close()
  }
}

/** The next items in one trip to RocksDB's threads: a capacity beyond the limit saves the trip that would find the end. */
function readItems(db: RocksDB, bounds: EntryBounds, reverse: boolean, limit: number): Promise<StoreItem[]> {
  return new Promise((resolve, reject) => {
    const items: StoreItem[] = []
    db.iterator({ ...bounds, reverse, limit, capacity: limit + 1 })
      .on('data', (item) => items.push(item))
      .on('error', reject)
      .on('close', () => resolve(items))
  })
}

function nextSize(items: readonly StoreItem[]): number {
  let bytes = 0
  for (const { key, value } of items) bytes += key.length + value.length
  return Math.min(Math.max(Math.floor((CHUNK_BYTES * items.length) / bytes), 1), CHUNK_ITEMS)
}

function lowerOf({ gt, gte }: EntryBounds): EntryBounds {
  return { ...(gt && { gt }), ...(gte && { gte }) }
}

function upperOf({ lt, lte }: EntryBounds): EntryBounds {
  return { ...(lt && { lt }), ...(lte && { lte }) }
}
