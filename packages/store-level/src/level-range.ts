import type { StoreItem, StoreRange } from '@faust/core'
import type { ClassicLevel, Iterator as LevelIterator } from 'classic-level'
import { entryRange } from './shard-keys.ts'

/** A LevelDB with bytes as keys and values. */
export type Database = ClassicLevel<Uint8Array, Uint8Array>

/** At most so many items a chunk, and so many bytes unless one item alone has more: about 1.5 ms of reading. */
const CHUNK_ITEMS = 1000
const CHUNK_BYTES = 65_536

/**
 * The items of a range as they are now: the iterator, and with it LevelDB's snapshot, is made at the call. It is let go
 * at the end, when the reader leaves its loop, and at the latest when the database closes.
 */
export function readRange(db: Database, generation: number, range: StoreRange): AsyncIterable<readonly StoreItem[]> {
  const { reverse = false, limit = Infinity } = range
  const iterator = db.iterator({
    ...entryRange(generation, range),
    reverse,
    limit: Number.isFinite(limit) ? limit : -1,
    highWaterMarkBytes: CHUNK_BYTES,
  })
  return chunks(iterator)
}

async function* chunks(
  iterator: LevelIterator<Database, Uint8Array, Uint8Array>,
): AsyncGenerator<readonly StoreItem[]> {
  try {
    for (;;) {
      const items = await iterator.nextv(CHUNK_ITEMS)
      if (items.length === 0) return
      yield items.map(([key, value]): StoreItem => ({ key: key.subarray(1), value }))
    }
  } finally {
    await iterator.close()
  }
}
