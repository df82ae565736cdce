import { isPromise, type MaybePromise } from '../../service/maybe-promise.ts'
import type { Shard } from '../../store/store.ts'
import { ABSENT, type Entry, NOTHING } from './entry-cache.ts'
import type { OverlayEntry, ReadableEntries } from './table-layout.ts'
import type { TableShard } from './table-shard.ts'

/**
 * A shard as others than handlers see it under exactly-once: only what is committed and in the store. What the worker has
 * written since may still be undone.
 */
export class CommittedView implements ReadableEntries {
  readonly whole: TableShard

  constructor(shard: TableShard) {
    this.whole = shard
  }

  get partition(): number {
    return this.whole.partition
  }

  get store(): Shard {
    return this.whole.store
  }

  /** Entries are copies: what is written to the key from now on does not change them. */
  lookup(id: string): Entry | undefined {
    const entry = this.whole.lookup(id)
    return entry !== undefined && isCommitted(entry) ? { ...entry } : undefined
  }

  load(id: string, bytes: Uint8Array): MaybePromise<Entry> {
    const entry = this.whole.lookup(id) ?? this.whole.load(id, bytes)
    return isPromise(entry) ? entry.then((loaded) => this.#settled(loaded)) : this.#settled(entry)
  }

  read(entry: Entry): unknown {
    return this.whole.read(entry)
  }

  overlay(): readonly OverlayEntry[] {
    return []
  }

  decodeKey(bytes: Uint8Array): MaybePromise<unknown> {
    return this.whole.decodeKey(bytes)
  }

  decodeValue(key: Uint8Array, bytes: Uint8Array): MaybePromise<unknown> {
    return this.whole.decodeValue(key, bytes)
  }

  #settled(entry: Entry): MaybePromise<Entry> {
    if (isCommitted(entry)) return { ...entry }
    const stored = this.store.get(entry.bytes)
    return isPromise(stored) ? stored.then((bytes) => this.#fromStore(entry, bytes)) : this.#fromStore(entry, stored)
  }

  #fromStore(entry: Entry, stored: Uint8Array | undefined): MaybePromise<Entry> {
    const entryOf = (value: unknown): Entry => ({
      ...entry,
      value,
      dirty: false,
      frozen: NOTHING,
      frozenBytes: undefined,
      queue: undefined,
    })
    const value = stored === undefined ? ABSENT : this.decodeValue(entry.bytes, stored)
    return isPromise(value) ? value.then(entryOf) : entryOf(value)
  }
}

/** Whether the store holds an entry's value. */
function isCommitted({ dirty, frozen }: Entry): boolean {
  return !dirty && frozen === NOTHING
}
