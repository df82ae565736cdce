import type { ProcessSpan } from '../../sensor/tracer.ts'
import { NO_HEADERS } from '../../serializer/headers.ts'
import { isPromise, type MaybePromise } from '../../service/maybe-promise.ts'
import type { Shard, ShardPosition, StoreEntry } from '../../store/store.ts'
import type { ChangelogEntry } from './changelog-entry.ts'
import { ABSENT, type Entry, EntryCache, entrySize, NOTHING } from './entry-cache.ts'
import { EntryLoader } from './entry-loader.ts'
import { ShardCodec } from './shard-codec.ts'
import type { TableDefinition } from './table-definition.ts'
import type { KeeperContext, OverlayEntry, ShardEntries, ShardKeeper } from './table-layout.ts'
import type { TableMemory } from './table-memory.ts'

/** What one cycle writes of one shard. */
export interface FrozenShard {
  readonly shard: TableShard
  readonly entries: readonly Entry[]
  /** On whose behalf they were written last, where the app is traced. */
  readonly spans: Spans | undefined
}

type Spans = ReadonlyMap<Entry, ProcessSpan>

const NO_COUNTS = { gets: 0, sets: 0, deletes: 0, late: 0 }

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
  readonly #codec: ShardCodec
  readonly #loader: EntryLoader
  readonly #memory: TableMemory
  /** What `#dirty` takes, about. */
  #dirtyBytes = 0
  /** Of the values that became bytes lately, on average. */
  #valueSize = FIRST_GUESS
  #counts = { ...NO_COUNTS }
  #dirty: Entry[] = []
  /** Of dirty entries. */
  #spans: Map<Entry, ProcessSpan> | undefined
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
    this.#codec = new ShardCodec(table, partition)
    this.#loader = new EntryLoader(store, this.#codec, this.#cache)
    this.#memory = memory
    this.keeper = table.layout?.keeper({ ...context, shard: this })
  }

  get whole(): TableShard {
    return this
  }

  /** Something was written to it, or the running cycle is about to. */
  get filled(): boolean {
    return this.store.position !== null || this.#frozen.length > 0
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
    return this.#loader.load(id, bytes)
  }

  /** See `EntryLoader.readAhead`. */
  readAhead(keys: readonly Uint8Array[]): void {
    this.#loader.readAhead(keys)
  }

  /** The entry of a key whose value in the store is known; one that is in memory wins. */
  adopt(id: string, bytes: Uint8Array, value: unknown): Entry {
    return this.#loader.adopt(id, bytes, value)
  }

  /** The value of an entry for a reader, who may change the object it gets: a frozen one is made bytes first. */
  read(entry: Entry): unknown {
    this.#counts.gets++
    if (entry.frozen !== NOTHING) this.#settleBytes(entry)
    return entry.value
  }

  /**
   * Sets a value, or deletes the key with `ABSENT`. `span` is that of the value on whose behalf, where there is one. Throws,
   * and sets nothing, where the format says that it can't be written.
   */
  put(entry: Entry, value: unknown, span?: ProcessSpan): void {
    if (value !== ABSENT) this.#codec.check(entry.bytes, value)
    this.#note(entry, span)
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
    const spans = this.#spans
    this.#dirty = []
    this.#spans = undefined
    this.#memory.taken(this.#dirtyBytes)
    this.#dirtyBytes = 0
    for (const entry of entries) {
      entry.dirty = false
      entry.frozen = entry.value
      entry.frozenBytes = undefined
    }
    this.#frozen = entries
    return { shard: this, entries, spans }
  }

  /** The frozen entries as the changelog and the store get them: puts, deletes, and what has to be the last. */
  async encodeFrozen(frozen: FrozenShard): Promise<readonly ChangelogEntry[]> {
    const puts: ChangelogEntry[] = []
    const deletes: ChangelogEntry[] = []
    const last: ChangelogEntry[] = []
    const { changelog, layout } = this.table
    let size = 0
    for (const entry of frozen.entries) {
      this.#settleBytes(entry)
      const bytes = entry.frozenBytes!
      const value = isPromise(bytes) ? await bytes : bytes
      size += value?.length ?? 0
      const list = layout?.isLast(entry.bytes) ? last : value === null ? deletes : puts
      const span = frozen.spans?.get(entry)
      const headers = span?.inject({ kind: 'changelog', topic: changelog, headers: NO_HEADERS })
      list.push(headers === undefined ? { key: entry.bytes, value } : { key: entry.bytes, value, headers })
      this.#cache.resize(entry, entrySize(entry.bytes, value?.length ?? 0))
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
      this.#loader.written(entry.id)
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
      this.#note(entry, frozen.spans?.get(entry))
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

  decodeKey(bytes: Uint8Array): MaybePromise<unknown> {
    return this.#codec.decodeKey(bytes)
  }

  /** `key` is what the value is kept under. */
  decodeValue(key: Uint8Array, bytes: Uint8Array): MaybePromise<unknown> {
    return this.#codec.decodeValue(key, bytes)
  }

  /** Notes on whose behalf an entry was written. */
  #note(entry: Entry, span: ProcessSpan | undefined): void {
    if (span !== undefined) (this.#spans ??= new Map()).set(entry, span)
  }

  /** Notes that the next cycle writes an entry. */
  #mark(entry: Entry): void {
    this.#dirty.push(entry)
    // A value becomes bytes only in its cycle: until then it counts as others of its shard did.
    const size = Math.max(entry.size, entrySize(entry.bytes, this.#valueSize))
    this.#dirtyBytes += size
    this.#memory.written(size)
  }

  #settleBytes(entry: Entry): void {
    if (entry.frozenBytes !== undefined) return
    entry.frozenBytes = entry.frozen === ABSENT ? null : this.#codec.encodeValue(entry.bytes, entry.frozen)
  }
}
