import { ABSENT } from '../processing/entry-cache.ts'
import type { Runtime } from '../processing/runtime.ts'
import type { TableDefinition } from '../processing/table-definition.ts'
import { type ShardSnapshot, takeSnapshot } from '../processing/shard-snapshots.ts'
import { FaustError } from '../service/errors.ts'
import { isPromise, type MaybePromise } from '../service/maybe-promise.ts'
import type { SnapshotTarget } from '../store/snapshot/snapshot-target.ts'
import { EntryAccess, isSimple, OWN, replace } from './entry-access.ts'
import { scan } from './scan.ts'
import { localShards } from './table-access.ts'

/**
 * A dictionary that is sharded by key, kept in the app's store and replicated by a changelog topic. `Missing` is what
 * reading gives for a key that is not there: the default's type, or `undefined`.
 *
 * Inside a handler it reads and writes the shard of the value in hand, and only that; reads see the handler's own
 * writes at once. Elsewhere it can only be read: keys whose shard is live on this worker, with writes that may not be
 * committed yet. Values are shared with the table's cache: change a table by `set` or `update`, not by changing a value
 * that was read.
 */
export class Table<K, V, Missing = undefined> {
  readonly definition: TableDefinition
  readonly #runtime: Runtime
  readonly #entries: EntryAccess<K>
  readonly #default: (() => Missing) | undefined

  constructor(runtime: Runtime, definition: TableDefinition, missing: (() => Missing) | undefined) {
    this.#runtime = runtime
    this.definition = definition
    this.#entries = new EntryAccess(runtime, definition)
    this.#default = missing
  }

  get name(): string {
    return this.definition.name
  }

  /** @internal The app it was declared with. */
  get owner(): object {
    return this.#runtime
  }

  /** The value of a key, or the default, which is not stored by reading. */
  get(key: K): Promise<V | Missing> {
    return this.#entries.at(key, OWN, 'read', ({ shard }, entry) => this.#value(shard.read(entry)))
  }

  /** Whether the key is in the table. */
  has(key: K): Promise<boolean> {
    return this.#entries.at(key, OWN, 'read', ({ shard }, entry) => shard.read(entry) !== ABSENT)
  }

  /** Sets the value of a key. A value that the serializer refuses stops the worker at the next commit, which writes it. */
  set(key: K, value: V): Promise<void> {
    return this.#entries.at(key, OWN, 'write', ({ shard }, entry) => shard.put(entry, value))
  }

  /** Deletes a key; answers whether it was there. */
  delete(key: K): Promise<boolean> {
    return this.#entries.at(key, OWN, 'write', ({ shard }, entry) => {
      const existed = entry.value !== ABSENT
      if (existed) shard.put(entry, ABSENT)
      return existed
    })
  }

  /**
   * Puts `change(value)` in the place of the value, as one step: updates of one key never interleave, also those of
   * concurrent actors and asynchronous changes. Answers the new value. A change that throws leaves the value as it was;
   * one that writes the same key itself waits for itself for ever.
   */
  update(key: K, change: (value: V | Missing) => MaybePromise<V>): Promise<V> {
    // The way of nearly every update: the key is in memory and nobody is at it. The general one does the same.
    const shard = isSimple(key) ? this.#runtime.calls.getStore()?.shard(this.name) : undefined
    const entry = shard?.lookup(key as string)
    if (shard?.table === this.definition && entry !== undefined && entry.queue === undefined) {
      try {
        const changed = change(this.#value(shard.read(entry)))
        if (!isPromise(changed)) {
          shard.put(entry, changed)
          return Promise.resolve(changed)
        }
        return this.#entries.at(key, OWN, 'write', (access, same, owned) => replace(access, same, changed, owned))
      } catch (error) {
        return Promise.reject(error)
      }
    }
    return this.#entries.at(key, OWN, 'write', (access, entry, owned) =>
      replace(access, entry, change(this.#value(access.shard.read(entry))), owned),
    )
  }

  /**
   * Keys with their values, partition by partition in the order of the keys' bytes; each partition as it is when the
   * iteration reaches it, whatever is written meanwhile.
   */
  async *entries(): AsyncIterable<[key: K, value: V]> {
    for (const shard of localShards(this.#runtime, this.definition)) {
      for await (const { bytes, value } of scan(shard)) yield [(await shard.decodeKey(bytes)) as K, value as V]
    }
  }

  async *keys(): AsyncIterable<K> {
    for await (const [key] of this.entries()) yield key
  }

  async *values(): AsyncIterable<V> {
    for await (const [, value] of this.entries()) yield value
  }

  /** The number of keys; counts them. */
  async size(): Promise<number> {
    let count = 0
    for await (const _ of this.entries()) count++
    return count
  }

  /**
   * Writes what is committed of every partition that is live here to the target (default: the table's `snapshots`), one
   * object a partition and one partition after another, while handlers go on. A shard that begins with nothing is filled
   * from there and reads only the rest of its changelog. Answers what was written; empty partitions are left out.
   */
  async snapshot(target: SnapshotTarget | undefined = this.definition.snapshots): Promise<readonly ShardSnapshot[]> {
    if (target === undefined) {
      throw new FaustError(
        'FAUST_SETTING_INVALID',
        `Table ${this.name} has no \`snapshots\` to write to: declare it with some, or give a target to snapshot(…).`,
      )
    }
    const written: ShardSnapshot[] = []
    for (const { whole } of localShards(this.#runtime, this.definition)) {
      const one = await takeSnapshot(whole, target)
      if (one !== undefined) written.push(one)
    }
    return written
  }

  #value(stored: unknown): V | Missing {
    if (stored !== ABSENT) return stored as V
    return this.#default === undefined ? (undefined as Missing) : this.#default()
  }
}
