import { isDeepStrictEqual } from 'node:util'
import type { MaybePromise, ShardPosition, ShardUse, StoreBatch, StoreItem, StoreRange } from '@faust/core'
import type { EngineDatabase } from '@faust/core/directory-store'
import { ClassicLevel } from 'classic-level'
import type { Database } from './level-range.ts'
import { readRange } from './level-range.ts'
import type { LevelSettings } from './options.ts'
import {
  decodePosition,
  encodePosition,
  EntryKeys,
  entryKey,
  FIRST_GENERATION,
  GENERATION,
  nextGeneration,
  otherGenerations,
  POSITION,
} from './shard-keys.ts'

/**
 * A read on the spot costs a quarter of one by way of LevelDB's threads while the data are in memory, and no more when
 * they are not. Beyond so many keys the threads cost the same and leave the event loop free.
 */
const MAX_SYNC_KEYS = 16

/** Opens the database of a shard, and frees what a crash while it was emptied has left behind. */
export async function openDatabase(path: string, settings: LevelSettings): Promise<EngineDatabase> {
  const db = databaseAt(path, settings, 'serve')
  try {
    await db.open()
    const generation = db.getSync(GENERATION)?.[0] ?? FIRST_GENERATION
    const position = db.getSync(POSITION)
    await dropOtherGenerations(db, generation)
    const known = position === undefined ? null : decodePosition(position)
    return new LevelDatabase(db, path, settings, generation, known)
  } catch (error) {
    await db.close().catch(() => undefined)
    throw error
  }
}

function databaseAt(path: string, settings: LevelSettings, use: ShardUse): Database {
  const { cacheSize, compression, restoreBufferSize, writeBufferSize } = settings
  return new ClassicLevel(path, {
    keyEncoding: 'view',
    valueEncoding: 'view',
    cacheSize,
    compression,
    writeBufferSize: use === 'restore' ? restoreBufferSize : writeBufferSize,
  })
}

class LevelDatabase implements EngineDatabase {
  readonly position: ShardPosition | null
  readonly #path: string
  readonly #settings: LevelSettings
  #db: Database
  #use: ShardUse = 'serve'
  #generation: number

  constructor(db: Database, path: string, settings: LevelSettings, generation: number, position: ShardPosition | null) {
    this.#db = db
    this.#path = path
    this.#settings = settings
    this.#generation = generation
    this.position = position
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#db.getSync(entryKey(this.#generation, key))
  }

  getMany(keys: readonly Uint8Array[], isWriting: boolean): MaybePromise<readonly (Uint8Array | undefined)[]> {
    // Between two reads on the spot a write may land, which runs in another thread; the threads read a snapshot.
    if (keys.length <= MAX_SYNC_KEYS && !isWriting) return keys.map((key) => this.get(key))
    return this.#db.getMany(keys.map((key) => entryKey(this.#generation, key)))
  }

  range(range: StoreRange): AsyncIterable<readonly StoreItem[]> {
    return readRange(this.#db, this.#generation, range)
  }

  write({ entries, position }: StoreBatch): Promise<void> {
    // One after the other straight into LevelDB's memory, which copies them at once: half the time of an array of operations.
    const changes = this.#db.batch()
    const keys = new EntryKeys(this.#generation)
    try {
      for (const { key, value } of entries) {
        if (value === null) changes.del(keys.of(key))
        else changes.put(keys.of(key), value)
      }
    } catch (error) {
      void changes.close()
      throw error
    }
    return changes.put(POSITION, encodePosition(position)).write({ sync: this.#settings.sync })
  }

  async clear(): Promise<void> {
    const generation = nextGeneration(this.#generation)
    const changes = this.#db.batch().put(GENERATION, Uint8Array.of(generation)).del(POSITION)
    await changes.write({ sync: this.#settings.sync })
    this.#generation = generation
    await dropOtherGenerations(this.#db, generation)
  }

  /**
   * LevelDB takes the size of its buffers at its opening only. That would pass over a torn end of its log, and make a database
   * that is gone anew: what follows would be written on top of entries that are missing.
   */
  async tune(use: ShardUse): Promise<void> {
    const { restoreBufferSize, writeBufferSize } = this.#settings
    if (use === this.#use || restoreBufferSize === writeBufferSize) return
    const notes = notesOf(this.#db)
    await this.#db.close()
    this.#db = databaseAt(this.#path, this.#settings, use)
    await this.#db.open({ createIfMissing: false })
    if (!isDeepStrictEqual(notesOf(this.#db), notes)) throw new Error('its log has lost what was written last')
    this.#use = use
  }

  close(): Promise<void> {
    return this.#db.close()
  }
}

/** What the store has noted for itself: every write and every clear changes it. */
function notesOf(db: Database): readonly (Uint8Array | undefined)[] {
  return [db.getSync(GENERATION), db.getSync(POSITION)]
}

/** Frees the space of generations that don't count any more: of earlier ones, and of those that a crash left behind. */
async function dropOtherGenerations(db: Database, generation: number): Promise<void> {
  for (const range of otherGenerations(generation)) await db.clear(range)
}
