import type { Serializer } from '../serializer/serializer.ts'
import { FaustError, isFaustError, clauseOf } from '../service/errors.ts'
import { isPromise, type MaybePromise } from '../service/maybe-promise.ts'
import type { Shard, ShardPosition, StoreEntry } from '../store/store.ts'
import { ABSENT, type Entry, EntryCache, NOTHING } from './entry-cache.ts'
import type { TableDefinition } from './table-definition.ts'
import type { KeeperContext, OverlayEntry, ShardEntries, ShardKeeper } from './table-layout.ts'
import type { TableMemory } from './table-memory.ts'

/** What one cycle writes of one shard. */
export interface FrozenShard {
  readonly shard: TableShard
  readonly entries: readonly Entry[]
}

const NO_COUNTS = { gets: 0, sets: 0, deletes: 0, late: 0 }

/** Rough cost of an entry beside its bytes: the object, its places in two maps, the id string. */
const ENTRY_OVERHEAD = 200

/** What a value is taken for before any of its shard has become bytes. */
const FIRST_GUESS = 64

/**
 * The active copy of one partition of one table: a task's writes since the last cycle (dirty), those of the running
 * cycle (frozen), and decoded values of what the store holds. One entry a key holds all three, newest first.
 */
export class TableShard implements ShardEntries {
  readonly table: TableDefinition
  readonly partition: number
  readonly store: Shard
  /** Topic id of the changelog, for positions. */
  readonly log: string
  /** What works on it beside its users, where the table's layout has that. */
  readonly keeper: ShardKeeper | undefined
  readonly #cache: EntryCache
  readonly #memory: TableMemory
  /** What `#dirty` takes, about. */
  #dirtyBytes = 0
  /** Of the values that became bytes lately, on average. */
  #valueSize = FIRST_GUESS
  readonly #loading = new Map<string, Promise<Entry>>()
  /** Keys that were written while they were being loaded: what the load finds may be older. */
  readonly #overtaken = new Set<string>()
  #counts = { ...NO_COUNTS }
  #dirty: Entry[] = []
  #frozen: readonly Entry[] = []

  constructor(
    table: TableDefinition,
    partition: number,
    store: Shard,
    log: string,
    memory: TableMemory,
    context: Omit<KeeperContext, 'shard'>,
  ) {
    this.table = table
    this.partition = partition
    this.store = store
    this.log = log
    this.#cache = new EntryCache(memory)
    this.#memory = memory
    this.keeper = table.layout?.keeper({ ...context, shard: this })
  }

  get whole(): TableShard {
    return this
  }

  /** Operations since the last report; `undefined` for none. */
  report(): Readonly<typeof NO_COUNTS> | undefined {
    const counts = this.#counts
    if (counts.gets + counts.sets + counts.deletes + counts.late === 0) return undefined
    this.#counts = { ...NO_COUNTS }
    return counts
  }

  /** A value came too late for every window of it. */
  countLate(): void {
    this.#counts.late++
  }

  /** The entry of a key that is in memory. */
  lookup(id: string): Entry | undefined {
    return this.#cache.get(id)
  }

  /** The entry of a key that `lookup` did not find, from the store. Loads of one key that come together are one. */
  load(id: string, bytes: Uint8Array): MaybePromise<Entry> {
    const pending = this.#loading.get(id)
    if (pending !== undefined) return pending
    const stored = this.store.get(bytes)
    const value = isPromise(stored) ? undefined : this.#decode(bytes, stored)
    if (!isPromise(stored) && !isPromise(value)) return this.#remember(id, bytes, value, stored)
    const loading = this.#loadLater(id, bytes, stored, value).finally(() => this.#loading.delete(id))
    this.#loading.set(id, loading)
    return loading
  }

  /** The entry of a key whose value in the store is known; one that is in memory wins. */
  adopt(id: string, bytes: Uint8Array, value: unknown): Entry {
    return this.lookup(id) ?? this.#remember(id, bytes, value, undefined)
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
      stored = await this.store.get(bytes)
      value = await this.#decode(bytes, stored)
    }
    return this.#cache.get(id) ?? this.#remember(id, bytes, value, stored)
  }

  /** The value of an entry for a reader, who may change the object it gets: a frozen one is made bytes first. */
  read(entry: Entry): unknown {
    this.#counts.gets++
    if (entry.frozen !== NOTHING) this.#settleBytes(entry)
    return entry.value
  }

  /** Sets a value, or deletes the key with `ABSENT`. */
  put(entry: Entry, value: unknown): void {
    if (value === ABSENT) this.#counts.deletes++
    else this.#counts.sets++
    entry.value = value
    if (entry.dirty) return
    entry.dirty = true
    this.#mark(entry)
    // The cache may have forgotten a clean entry that an asynchronous update still held.
    if (this.#cache.get(entry.id) !== entry) this.#cache.add(entry)
  }

  /** Takes what was written since the last time; `undefined` when nothing was. */
  freeze(): FrozenShard | undefined {
    if (this.#dirty.length === 0) return undefined
    const entries = this.#dirty
    this.#dirty = []
    this.#memory.taken(this.#dirtyBytes)
    this.#dirtyBytes = 0
    for (const entry of entries) {
      entry.dirty = false
      entry.frozen = entry.value
      entry.frozenBytes = undefined
    }
    this.#frozen = entries
    return { shard: this, entries }
  }

  /** The frozen entries as the changelog and the store get them: puts, deletes, and what has to be the last. */
  async encodeFrozen(frozen: FrozenShard): Promise<readonly StoreEntry[]> {
    const puts: StoreEntry[] = []
    const deletes: StoreEntry[] = []
    const last: StoreEntry[] = []
    const { layout } = this.table
    let size = 0
    for (const entry of frozen.entries) {
      this.#settleBytes(entry)
      const bytes = entry.frozenBytes!
      const value = isPromise(bytes) ? await bytes : bytes
      size += value?.length ?? 0
      const list = layout?.isLast(entry.bytes) ? last : value === null ? deletes : puts
      list.push({ key: entry.bytes, value })
      this.#cache.resize(entry, sizeOf(entry.bytes, value))
    }
    this.#valueSize = Math.ceil(size / frozen.entries.length)
    for (const one of deletes) puts.push(one)
    for (const one of last) puts.push(one)
    return puts
  }

  /** Writes what the changelog has acknowledged, and forgets that it was frozen. */
  async write(frozen: FrozenShard, entries: readonly StoreEntry[], position: ShardPosition): Promise<void> {
    const written = this.store.write({ entries, position })
    if (isPromise(written)) await written
    for (const entry of frozen.entries) {
      entry.frozen = NOTHING
      entry.frozenBytes = undefined
      if (this.#loading.size > 0 && this.#loading.has(entry.id)) this.#overtaken.add(entry.id)
    }
    this.#frozen = []
  }

  /** After a failed cycle: frozen values go back beneath newer ones, so that the next cycle repeats them. */
  putBack(frozen: FrozenShard): void {
    for (const entry of frozen.entries) {
      entry.frozen = NOTHING
      entry.frozenBytes = undefined
      if (entry.dirty) continue
      entry.dirty = true
      this.#mark(entry)
    }
    this.#frozen = []
  }

  /** Resolves when nothing of it is in use any more. */
  async close(): Promise<void> {
    this.#cache.close()
    this.#memory.taken(this.#dirtyBytes)
    this.#dirtyBytes = 0
    await this.store.close()
  }

  /** Keys whose newest value may not be in the store, with that value; an instant's picture. */
  overlay(): readonly OverlayEntry[] {
    const seen = new Map<string, OverlayEntry>()
    for (const entry of [...this.#dirty, ...this.#frozen])
      seen.set(entry.id, { bytes: entry.bytes, value: entry.value })
    return [...seen.values()]
  }

  /** A stored value, decoded. */
  #decode(key: Uint8Array, bytes: Uint8Array | undefined): MaybePromise<unknown> {
    return bytes === undefined ? ABSENT : this.decodeValue(key, bytes)
  }

  decodeValue(key: Uint8Array, bytes: Uint8Array): MaybePromise<unknown> {
    return this.#guard('read', 'value', () =>
      this.#formatOf(key).decode(bytes, { topic: this.table.changelog, part: 'value', headers: [] }),
    )
  }

  decodeKey(bytes: Uint8Array): MaybePromise<unknown> {
    return this.#guard('read', 'key', () =>
      this.table.key.decode(bytes, { topic: this.table.changelog, part: 'key', headers: [] }),
    )
  }

  /** Notes that the next cycle writes an entry. */
  #mark(entry: Entry): void {
    this.#dirty.push(entry)
    // A value becomes bytes only in its cycle: until then it counts as others of its shard did.
    const size = Math.max(entry.size, entry.bytes.length + this.#valueSize + ENTRY_OVERHEAD)
    this.#dirtyBytes += size
    this.#memory.written(size)
  }

  #formatOf(key: Uint8Array): Serializer<unknown> {
    return this.table.layout?.serializerOf(key) ?? this.table.value
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
      size: sizeOf(bytes, stored),
      queue: undefined,
    }
    this.#cache.add(entry)
    return entry
  }

  #settleBytes(entry: Entry): void {
    if (entry.frozenBytes !== undefined) return
    entry.frozenBytes =
      entry.frozen === ABSENT
        ? null
        : this.#guard('write', 'value', () =>
            this.#formatOf(entry.bytes).encode(entry.frozen, {
              topic: this.table.changelog,
              part: 'value',
              headers: [],
            }),
          )
  }

  #guard<T>(doing: 'read' | 'write', part: 'key' | 'value', work: () => MaybePromise<T>): MaybePromise<T> {
    const fail = (error: unknown): never => {
      throw new FaustError(
        isFaustError(error) ? error.code : doing === 'read' ? 'FAUST_DECODE' : 'FAUST_ENCODE',
        `Table ${this.table.name}, partition ${this.partition}: ${this.table[part].name} could not ${doing} a ${part}: ` +
          `${clauseOf(error)}. Check that the table's serializers fit what is stored in it.`,
        { cause: error, details: { table: this.table.name, partition: this.partition, part } },
      )
    }
    try {
      const result = work()
      return isPromise(result) ? result.then(undefined, fail) : result
    } catch (error) {
      return fail(error)
    }
  }
}

/** What an entry takes in the cache, in bytes: its value as bytes stands for the decoded one. */
function sizeOf(key: Uint8Array, value: Uint8Array | null | undefined): number {
  return key.length + (value?.length ?? 0) + ENTRY_OVERHEAD
}
