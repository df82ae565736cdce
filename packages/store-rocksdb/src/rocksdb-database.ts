import { gatherReads } from '@faust/core'
import type { ShardPosition, StoreBatch, StoreItem, StoreRange } from '@faust/core'
import type { EngineDatabase } from '@faust/core/directory-store'
import type { RocksdbSettings } from './options.ts'
import type { RocksDB, RocksDBModule } from './rocksdb-native.ts'
import { readRange } from './rocksdb-range.ts'
import { BEHIND_ENTRIES, decodePosition, encodePosition, entryKey, FIRST_ENTRY, POSITION } from './shard-keys.ts'

/** Opens the database of a shard. */
export async function openDatabase(
  Module: RocksDBModule,
  path: string,
  settings: RocksdbSettings,
): Promise<EngineDatabase> {
  const { writeBufferSize, blockSize, bloomBits, maxOpenFiles } = settings
  const db = new Module(path, {
    writeBufferSize,
    tableBlockSize: blockSize,
    filterPolicy: bloomBits === 0 ? null : new Module.BloomFilterPolicy(bloomBits),
    maxOpenFiles,
  })
  await db.ready()
  try {
    const position = await db.get(POSITION)
    return new RocksdbDatabase(db, position === null ? null : decodePosition(position))
  } catch (error) {
    await db.close()
    throw error
  }
}

class RocksdbDatabase implements EngineDatabase {
  readonly position: ShardPosition | null
  readonly #db: RocksDB
  /** Every read goes by way of RocksDB's threads, which costs far more than the read itself. */
  readonly #gather: (key: Uint8Array) => Promise<Uint8Array | undefined>

  constructor(db: RocksDB, position: ShardPosition | null) {
    this.#db = db
    this.position = position
    this.#gather = gatherReads((keys) => readKeys(db, keys))
  }

  get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#gather(entryKey(key))
  }

  async getMany(keys: readonly Uint8Array[], isWriting: boolean): Promise<readonly (Uint8Array | undefined)[]> {
    const entries = keys.map(entryKey)
    if (!isWriting) return readKeys(this.#db, entries)
    const snapshot = this.#db.snapshot()
    try {
      return await readKeys(snapshot, entries)
    } finally {
      await snapshot.close()
    }
  }

  range(range: StoreRange): AsyncIterable<readonly StoreItem[]> {
    return readRange(this.#db, range)
  }

  write({ entries, position }: StoreBatch): Promise<void> {
    // First, as it may throw: a batch that was opened has to be flushed.
    const all = [...entries]
    const changes = this.#db.write({ capacity: all.length + 1, autoDestroy: true })
    for (const { key, value } of all) {
      if (value === null) changes.tryDelete(entryKey(key))
      else changes.tryPut(entryKey(key), value)
    }
    changes.tryPut(POSITION, encodePosition(position))
    return changes.flush()
  }

  async clear(): Promise<void> {
    const changes = this.#db.write({ capacity: 2, autoDestroy: true })
    changes.tryDeleteRange(FIRST_ENTRY, BEHIND_ENTRIES)
    changes.tryDelete(POSITION)
    await changes.flush()
  }

  close(): Promise<void> {
    return this.#db.close()
  }
}

async function readKeys(db: RocksDB, keys: readonly Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]> {
  if (keys.length === 0) return []
  const batch = db.read({ capacity: keys.length, autoDestroy: true })
  const values = keys.map((key) => batch.get(key))
  batch.tryFlush()
  return (await Promise.all(values)).map((value) => value ?? undefined)
}
