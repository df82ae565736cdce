import { begun } from '../processing/call.ts'
import { ABSENT, type Entry } from '../processing/entry-cache.ts'
import { encodePart } from '../processing/encode.ts'
import type { Runtime } from '../processing/runtime.ts'
import type { TableDefinition } from '../processing/table-definition.ts'
import { isPromise, type MaybePromise } from '../service/maybe-promise.ts'
import { bytesId } from './key-order.ts'
import { scan } from './scan.ts'
import { type Access, locate, localShards, writeAccess } from './table-access.ts'

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
  readonly #default: (() => Missing) | undefined

  constructor(runtime: Runtime, definition: TableDefinition, missing: (() => Missing) | undefined) {
    this.#runtime = runtime
    this.definition = definition
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
    return this.#at(key, 'read', ({ shard }, entry) => this.#value(shard.read(entry)))
  }

  /** Whether the key is in the table. */
  has(key: K): Promise<boolean> {
    return this.#at(key, 'read', ({ shard }, entry) => shard.read(entry) !== ABSENT)
  }

  /** Sets the value of a key. A value that the serializer refuses stops the worker at the next commit, which writes it. */
  set(key: K, value: V): Promise<void> {
    return this.#at(key, 'write', ({ shard }, entry) => shard.put(entry, value))
  }

  /** Deletes a key; answers whether it was there. */
  delete(key: K): Promise<boolean> {
    return this.#at(key, 'write', ({ shard }, entry) => {
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
    if (shard !== undefined && entry !== undefined && entry.queue === undefined) {
      try {
        const changed = change(this.#value(shard.read(entry)))
        if (!isPromise(changed)) {
          shard.put(entry, changed)
          return Promise.resolve(changed)
        }
        return this.#at(key, 'write', (access, same, owned) => this.#change(access, same, () => changed, owned))
      } catch (error) {
        return Promise.reject(error)
      }
    }
    return this.#at(key, 'write', (access, entry, owned) => this.#change(access, entry, change, owned))
  }

  /**
   * Keys with their values, partition by partition in the order of the keys' bytes; each partition as it is when the
   * iteration reaches it, whatever is written meanwhile.
   */
  async *entries(): AsyncIterable<[key: K, value: V]> {
    for (const shard of localShards(this.#runtime, this.definition)) {
      for await (const [key, value] of scan(shard)) yield [key as K, value as V]
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

  /** Finds the key's entry and does `work` with it: at once when nothing has to be waited for. */
  #at<R>(key: K, kind: 'read' | 'write', work: Work<R>): Promise<R> {
    try {
      const given = kind === 'write' ? writeAccess(this.#runtime, this.definition, 'written') : undefined
      const found = this.#find(key, given)
      const result = isPromise(found)
        ? found.then((later) => {
            const { access, entry } = later
            access.check()
            // A small cache may have forgotten the entry meanwhile, and somebody else has loaded the key again.
            const current = access.shard.lookup(entry.id) ?? entry
            return this.#perform({ access, entry: current }, kind, work)
          })
        : this.#perform(found, kind, work)
      if (!isPromise(result)) return Promise.resolve(result)
      const delivery = given?.delivery
      if (delivery === undefined) return Promise.resolve(result)
      // The value in hand is not settled before what it began has taken effect.
      delivery.beginEffect()
      return begun(Promise.resolve(result).finally(() => delivery.endEffect()))
    } catch (error) {
      return begun(Promise.reject(error))
    }
  }

  /** Writes wait for an asynchronous update of the same key; reads see the value as it is. */
  #perform<R>({ access, entry }: Found, kind: 'read' | 'write', work: Work<R>): MaybePromise<R> {
    if (kind === 'read' || entry.queue === undefined) return work(access, entry, false)
    const proceed = (): MaybePromise<R> => {
      access.check()
      return work(access, entry, true)
    }
    return exclusive(entry, entry.queue.then(proceed, proceed))
  }

  #find(key: K, given: Access | undefined): MaybePromise<Found> {
    const simple = isSimple(key)
    const own = given ?? writeAccess(this.#runtime, this.definition, 'read')
    if (simple && own !== undefined) {
      // A key that is in memory has been through the partition check before.
      const entry = own.shard.lookup(key)
      if (entry !== undefined) return { access: own, entry }
    }
    const bytes = encodePart(this.definition.changelog, 'key', this.definition.key, key, [])
    const load = (encoded: Uint8Array | null): MaybePromise<Found> => {
      const access = locate(this.#runtime, this.definition, encoded, own)
      const id = simple ? key : bytesId(encoded!)
      const entry = access.shard.lookup(id) ?? access.shard.load(id, encoded!)
      return isPromise(entry) ? entry.then((loaded) => ({ access, entry: loaded })) : { access, entry }
    }
    return isPromise(bytes) ? bytes.then(load) : load(bytes)
  }

  #change(
    access: Access,
    entry: Entry,
    change: (value: V | Missing) => MaybePromise<V>,
    owned: boolean,
  ): MaybePromise<V> {
    const changed = change(this.#value(access.shard.read(entry)))
    if (!isPromise(changed)) {
      access.shard.put(entry, changed)
      return changed
    }
    const done = changed.then((value) => {
      access.check()
      access.shard.put(entry, value)
      return value
    })
    return owned ? done : exclusive(entry, done)
  }

  #value(stored: unknown): V | Missing {
    if (stored !== ABSENT) return stored as V
    return this.#default === undefined ? (undefined as Missing) : this.#default()
  }
}

/** Whether a key is its own id: ids of all others begin with a zero. */
function isSimple(key: unknown): key is string {
  return typeof key === 'string' && key.charCodeAt(0) !== 0
}

interface Found {
  readonly access: Access
  readonly entry: Entry
}

/** What is done with an entry; `owned` says that later writes of its key already wait for this one. */
type Work<R> = (access: Access, entry: Entry, owned: boolean) => MaybePromise<R>

/** Makes whoever writes this key next wait for `work`. */
function exclusive<R>(entry: Entry, work: PromiseLike<R>): Promise<R> {
  const done = Promise.resolve(work).finally(() => {
    if (entry.queue === done) entry.queue = undefined
  })
  done.catch(() => {})
  entry.queue = done
  return done
}
