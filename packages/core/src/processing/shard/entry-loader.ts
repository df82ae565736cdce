import { isPromise, type MaybePromise } from '../../service/maybe-promise.ts'
import type { Shard } from '../../store/store.ts'
import { ABSENT, type Entry, type EntryCache, entrySize, NOTHING } from './entry-cache.ts'
import { entryId } from './entry-id.ts'
import { ReadAheadGauge } from './read-ahead.ts'
import type { ShardCodec } from './shard-codec.ts'

/** Brings entries of one shard from the store into memory. What is in memory always wins: it may be newer. */
export class EntryLoader {
  readonly #store: Shard
  readonly #codec: ShardCodec
  readonly #cache: EntryCache
  readonly #loading = new Map<string, Promise<Entry>>()
  /** Keys that are being read ahead. */
  readonly #ahead = new Map<string, Promise<void>>()
  /** Keys that were written while they were being loaded: what the load finds may be older. */
  readonly #overtaken = new Set<string>()
  readonly #gauge = new ReadAheadGauge()

  constructor(store: Shard, codec: ShardCodec, cache: EntryCache) {
    this.#store = store
    this.#codec = codec
    this.#cache = cache
  }

  /** The entry of a key that is not in memory. Loads of one key that come together are one. */
  load(id: string, bytes: Uint8Array): MaybePromise<Entry> {
    const pending = this.#loading.get(id)
    if (pending !== undefined) return pending
    const ahead = this.#ahead.get(id)
    if (ahead !== undefined) return ahead.then(() => this.#cache.get(id) ?? this.load(id, bytes))
    const stored = this.#store.get(bytes)
    if (isPromise(stored)) this.#gauge.missed()
    const value = isPromise(stored) ? undefined : this.#decode(bytes, stored)
    if (!isPromise(stored) && !isPromise(value)) return this.#remember(id, bytes, value, stored)
    const loading = this.#loadLater(id, bytes, stored, value).finally(() => this.#loading.delete(id))
    this.#loading.set(id, loading)
    return loading
  }

  /**
   * Reads in one go what is stored under keys that handlers will ask for soon: a store that takes its time takes hardly
   * more for many keys than for one. Does nothing where that does not pay.
   */
  readAhead(keys: readonly Uint8Array[]): void {
    if (!this.#gauge.pays()) return
    const wanted: { readonly id: string; readonly bytes: Uint8Array }[] = []
    for (const bytes of keys) {
      const key = this.#codec.decodeKey(bytes)
      if (isPromise(key)) return
      const id = entryId(key, bytes)
      const known = this.#cache.get(id) !== undefined || this.#loading.has(id) || this.#ahead.has(id)
      if (!known) wanted.push({ id, bytes })
    }
    this.#gauge.reading(wanted.length)
    if (wanted.length === 0) return
    const stored = this.#store.getMany(wanted.map(({ bytes }) => bytes))
    if (!isPromise(stored)) return
    const done = Promise.resolve(stored)
      .then((values) => {
        for (const [index, { id, bytes }] of wanted.entries()) {
          // Somebody has written the key meanwhile, and what was read may be older.
          if (!this.#ahead.delete(id) || this.#cache.get(id) !== undefined) continue
          const value = this.#decode(bytes, values[index])
          if (!isPromise(value)) this.#remember(id, bytes, value, values[index])
        }
      })
      // Who asks for the key that failed meets the failure himself.
      .catch(() => wanted.forEach(({ id }) => this.#ahead.delete(id)))
    for (const { id } of wanted) this.#ahead.set(id, done)
  }

  /** The entry of a key whose value in the store is known. */
  adopt(id: string, bytes: Uint8Array, value: unknown): Entry {
    return this.#cache.get(id) ?? this.#remember(id, bytes, value, undefined)
  }

  /** The store has got a newer value of a key. */
  written(id: string): void {
    if (this.#loading.size > 0 && this.#loading.has(id)) this.#overtaken.add(id)
    if (this.#ahead.size > 0) this.#ahead.delete(id)
  }

  async #loadLater(
    id: string,
    bytes: Uint8Array,
    first: MaybePromise<Uint8Array | undefined>,
    decoding: MaybePromise<unknown>,
  ): Promise<Entry> {
    let stored = await first
    let value = decoding === undefined ? await this.#decode(bytes, stored) : await Promise.resolve(decoding)
    while (this.#overtaken.delete(id)) {
      stored = await this.#store.get(bytes)
      value = await this.#decode(bytes, stored)
    }
    return this.#cache.get(id) ?? this.#remember(id, bytes, value, stored)
  }

  #decode(key: Uint8Array, bytes: Uint8Array | undefined): MaybePromise<unknown> {
    return bytes === undefined ? ABSENT : this.#codec.decodeValue(key, bytes)
  }

  #remember(id: string, bytes: Uint8Array, value: unknown, stored: Uint8Array | undefined): Entry {
    const entry: Entry = {
      id,
      // A copy: encoded keys may be views into larger buffers, which the cache would keep alive.
      bytes: bytes.slice(),
      value,
      dirty: false,
      frozen: NOTHING,
      frozenBytes: undefined,
      size: entrySize(bytes, stored?.length ?? 0),
      queue: undefined,
    }
    this.#cache.add(entry)
    return entry
  }
}
