import type { MaybePromise, Shard, ShardPosition, StoreEntry, StoreItem, StoreRange } from '@faust/core'
import { FaustError } from '@faust/core'
import { storeClosed, storeFailed } from './errors.ts'
import { readRange } from './level-range.ts'
import { dropOtherGenerations } from './shard-database.ts'
import type { Database, ShardDatabase } from './shard-database.ts'
import { encodePosition, entryKey, GENERATION, nextGeneration, POSITION } from './shard-keys.ts'

/**
 * A read on the spot costs a quarter of one by way of LevelDB's threads while the data are in memory, and no more when
 * they are not. Beyond so many keys the threads cost the same and leave the event loop free.
 */
const MAX_SYNC_KEYS = 16

/** What a shard is made from. */
export interface LevelShardOptions {
  /** The table with the partition, for messages. */
  readonly name: string
  readonly path: string
  readonly database: ShardDatabase
  readonly sync: boolean
  /** Called once when the database is closed; `undefined` when the position on disk isn't sure. */
  readonly onClosed: (position: ShardPosition | null | undefined) => void
}

/** One shard in a LevelDB of its own. */
export class LevelShard implements Shard {
  readonly #options: LevelShardOptions
  readonly #db: Database
  #generation: number
  #position: ShardPosition | null
  #writing: Promise<void> = Promise.resolve()
  #isWriting = false
  #broken = false
  #closing: Promise<void> | undefined

  constructor(options: LevelShardOptions) {
    const { db, generation, position } = options.database
    this.#options = options
    this.#db = db
    this.#generation = generation
    this.#position = position
  }

  get position(): ShardPosition | null {
    return this.#position
  }

  get(key: Uint8Array): Uint8Array | undefined {
    this.#checkOpen()
    try {
      return this.#db.getSync(entryKey(this.#generation, key))
    } catch (error) {
      throw this.#failed('read', error)
    }
  }

  getMany(keys: readonly Uint8Array[]): MaybePromise<readonly (Uint8Array | undefined)[]> {
    this.#checkOpen()
    // Between two reads on the spot a write may land, which runs in another thread; the threads read a snapshot.
    if (keys.length <= MAX_SYNC_KEYS && !this.#isWriting) return keys.map((key) => this.get(key))
    return this.#db
      .getMany(keys.map((key) => entryKey(this.#generation, key)))
      .catch((error: unknown) => Promise.reject(this.#failed('read', error)))
  }

  range(range: StoreRange = {}): AsyncIterable<readonly StoreItem[]> {
    this.#checkOpen()
    return readRange(this.#db, this.#generation, range, (error) => this.#failed('read', error))
  }

  write(batch: { readonly entries: readonly StoreEntry[]; readonly position: ShardPosition }): Promise<void> {
    const { log, offset, time, note } = batch.position
    return this.#change(async () => {
      const position = { log, offset, time, note }
      // One after the other straight into LevelDB's memory: half the time of an array of operations.
      const changes = this.#db.batch()
      for (const { key, value } of batch.entries) {
        if (value === null) changes.del(entryKey(this.#generation, key))
        else changes.put(entryKey(this.#generation, key), value)
      }
      await changes.put(POSITION, encodePosition(position)).write({ sync: this.#options.sync })
      this.#position = position
    })
  }

  clear(): Promise<void> {
    return this.#change(async () => {
      const generation = nextGeneration(this.#generation)
      const changes = this.#db.batch().put(GENERATION, Uint8Array.of(generation)).del(POSITION)
      await changes.write({ sync: this.#options.sync })
      this.#generation = generation
      this.#position = null
      await dropOtherGenerations({ db: this.#db, generation })
    })
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await this.#writing
    try {
      await this.#db.close()
    } catch (error) {
      throw this.#failed('close', error)
    } finally {
      this.#options.onClosed(this.#broken ? undefined : this.#position)
    }
  }

  #change(run: () => Promise<void>): Promise<void> {
    const change = this.#guarded(run)
    this.#writing = change.catch(() => undefined)
    return change
  }

  async #guarded(run: () => Promise<void>): Promise<void> {
    this.#checkOpen()
    const { name, path } = this.#options
    if (this.#broken) {
      throw new FaustError(
        'FAUST_STORE_FAILED',
        `Shard ${name} of store-level takes no writes since one of them failed, which may have torn its log in ${path}: ` +
          'close it and open it again, which puts the log right.',
        { details: { path } },
      )
    }
    this.#isWriting = true
    try {
      await run()
    } catch (error) {
      // What is appended to LevelDB's log behind a torn record may be lost at the next open, though it was confirmed.
      this.#broken = true
      throw this.#failed('write', error)
    } finally {
      this.#isWriting = false
    }
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw storeClosed(`shard ${this.#options.name}`, 'open it again to use it')
  }

  #failed(what: string, error: unknown): Error {
    const { name, path } = this.#options
    if (this.#closing !== undefined && what !== 'close') return storeClosed(`shard ${name}`, 'open it again to use it')
    return storeFailed(`${what} shard ${name}`, path, error)
  }
}
