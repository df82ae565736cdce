import { isSimple } from '../processing/shard/entry-id.ts'
import { ABSENT, type Entry } from '../processing/shard/entry-cache.ts'
import type { Runtime } from '../processing/runtime.ts'
import type { TableDefinition } from '../processing/shard/table-definition.ts'
import { isPromise, type MaybePromise } from '../service/maybe-promise.ts'
import { type Cells, PLAIN } from './cells.ts'
import { EntryAccess, replace } from './entry-access.ts'
import { notAChange } from './not-a-change.ts'
import { scan } from './scan.ts'
import { ShardedTable } from './sharded-table.ts'
import { type Access, type LocalShard, localShards, writeAccess } from './table-access.ts'
import { boundsOf, type TableRange } from './table-range.ts'

/** What a table is made of. */
export interface TableParts<Missing> {
  readonly runtime: Runtime
  readonly definition: TableDefinition
  readonly missing: (() => Missing) | undefined
  /** How it keeps keys and values. Default: as they are. */
  readonly cells?: Cells | undefined
  /** The one partition that is read and written, where keys don't say which. */
  readonly partition?: number | undefined
}

/**
 * A dictionary that is sharded by key, kept in the app's store and replicated by a changelog topic. `Missing` is what
 * reading gives for a key that is not there: the default's type, or `undefined`.
 *
 * Inside a handler it reads and writes the shard of the value in hand, and only that; reads see the handler's own
 * writes at once. Elsewhere it can only be read: keys whose shard is live on this worker, with writes that may not be
 * committed yet. Values are shared with the table's cache: change a table by `set` or `update`, not by changing a value
 * that was read.
 */
export class Table<K, V, Missing = undefined> extends ShardedTable {
  readonly #default: (() => Missing) | undefined
  readonly #cells: Cells
  readonly #entries: EntryAccess<K>
  readonly #partition: number | undefined

  constructor({ cells = PLAIN, definition, missing, partition, runtime }: TableParts<Missing>) {
    super(runtime, definition)
    this.#default = missing
    this.#cells = cells
    this.#partition = partition
    this.#entries = new EntryAccess(runtime, definition, partition)
  }

  /** The value of a key, or the default, which is not stored by reading. */
  get(key: K): Promise<V | Missing> {
    return this.#entries.at(key, this.#cells.place, 'read', (access, entry) =>
      this.#value(this.#cells.read(access.shard, access.shard.read(entry), access)),
    )
  }

  /** Whether the key is in the table. */
  has(key: K): Promise<boolean> {
    return this.#entries.at(
      key,
      this.#cells.place,
      'read',
      (access, entry) => this.#cells.read(access.shard, access.shard.read(entry), access) !== ABSENT,
    )
  }

  /**
   * Sets the value of a key. A value that can't be encoded is `FAUST_ENCODE` and leaves the old one. Where the serializer can't say
   * so at once, it stops the worker at the next commit, which writes the value.
   */
  set(key: K, value: V): Promise<void> {
    return this.#entries.at(key, this.#cells.place, 'write', (access, entry) => this.#put(access, entry, value))
  }

  /** Deletes a key; answers whether it was there. */
  delete(key: K): Promise<boolean> {
    return this.#entries.at(key, this.#cells.place, 'write', (access, entry) => {
      const existed = this.#cells.read(access.shard, entry.value, access) !== ABSENT
      if (entry.value !== ABSENT) this.#put(access, entry, ABSENT)
      return existed
    })
  }

  /**
   * Puts `change(value)` in the place of the value, as one step: updates of one key never interleave, also those of
   * concurrent actors and asynchronous changes. Answers the new value. A change that throws leaves the value as it was;
   * one that writes the same key itself waits for itself for ever.
   */
  update(key: K, change: (value: V | Missing) => MaybePromise<V>): Promise<V> {
    if (typeof change !== 'function') return Promise.reject(notAChange(this.name, change))
    const cells = this.#cells
    // The way of nearly every update: the key is in memory and nobody is at it. The general one does the same.
    const call =
      cells === PLAIN && this.#partition === undefined && isSimple(key) ? this.runtime.calls.getStore() : undefined
    const shard = call?.shard(this.name)
    const entry = shard?.lookup(key as string)
    if (shard?.table === this.definition && entry !== undefined && entry.queue === undefined) {
      call!.wroteFor = call!.current
      try {
        const changed = change(this.#value(shard.read(entry)))
        if (!isPromise(changed)) {
          shard.put(entry, changed, call!.current?.span)
          return Promise.resolve(changed)
        }
        return this.#entries.at(key, cells.place, 'write', (access, same, owned) =>
          replace(access, same, changed, owned, (value) => this.#put(access, same, value)),
        )
      } catch (error) {
        return Promise.reject(error)
      }
    }
    return this.#entries.at(key, cells.place, 'write', (access, found, owned) => {
      const value = this.#value(cells.read(access.shard, access.shard.read(found), access))
      return replace(access, found, change(value), owned, (changed) => this.#put(access, found, changed))
    })
  }

  /**
   * Keys with their values, in the order of the keys' bytes: of the shard of the value in hand, elsewhere of every live
   * shard here, one after the other. A shard comes as it is when the iteration reaches it, whatever is written meanwhile;
   * one that goes to another worker meanwhile ends there.
   */
  async *entries(range: TableRange<K> = {}): AsyncIterable<[key: K, value: V]> {
    const bounds = await boundsOf(this.definition, this.#cells, range)
    let left = range.limit ?? Infinity
    if (left === 0) return
    const access = writeAccess(this.runtime, this.definition, 'read')
    const cells = this.#cells
    // A key that is over hides behind others, so the limit is counted here.
    const scanned = cells === PLAIN ? bounds : { ...bounds, limit: undefined }
    yield* this.eachShard<[K, V]>(async function* (shard) {
      if (left === 0) return
      for await (const { bytes, value } of scan(shard, scanned)) {
        const read = cells.read(shard, value, access)
        if (read === ABSENT) continue
        yield [(await shard.decodeKey(cells.keyOf(bytes))) as K, read as V]
        if (--left === 0) return
      }
    })
  }

  async *keys(range: TableRange<K> = {}): AsyncIterable<K> {
    for await (const [key] of this.entries(range)) yield key
  }

  async *values(range: TableRange<K> = {}): AsyncIterable<V> {
    for await (const [, value] of this.entries(range)) yield value
  }

  /** The number of keys; counts them. */
  async size(): Promise<number> {
    let count = 0
    for await (const _ of this.entries()) count++
    return count
  }

  protected override shards(): readonly LocalShard[] {
    return localShards(this.runtime, this.definition, this.#partition)
  }

  #put(access: Access, entry: Entry, value: unknown): void {
    access.shard.put(entry, this.#cells.wrap(access, entry, value), access.delivery?.span)
  }

  #value(stored: unknown): V | Missing {
    if (stored !== ABSENT) return stored as V
    return this.#default === undefined ? (undefined as Missing) : this.#default()
  }
}
