import type { TableMemory } from './table-memory.ts'

/** The value of a key that is not in the table. */
export const ABSENT: unique symbol = Symbol('absent')
/** No value is frozen. */
export const NOTHING: unique symbol = Symbol('nothing')

/** A key of one shard in memory, with its value as the worker's own writes have left it. */
export interface Entry {
  /** Identifies the key within the shard. */
  readonly id: string
  /** The key's bytes. */
  readonly bytes: Uint8Array
  /** Decoded, or `ABSENT`. */
  value: unknown
  /** Written since the last cycle took its entries. */
  dirty: boolean
  /** The value that the running cycle writes, or `NOTHING`. */
  frozen: unknown
  /** `frozen` as bytes, once it was needed; `null` for a deletion. */
  frozenBytes: Uint8Array | null | PromiseLike<Uint8Array> | undefined
  /** Roughly how much memory it takes, in bytes. */
  size: number
  /** Updates of this key that wait for an asynchronous one. */
  queue: Promise<unknown> | undefined
}

/** Rough cost of an entry beside its bytes: the object, its places in two maps, the id string. */
const ENTRY_OVERHEAD = 200

/** What an entry takes in memory, in bytes, about: the size of its value as bytes stands for the decoded one. */
export function entrySize(key: Uint8Array, value: number): number {
  return key.length + value + ENTRY_OVERHEAD
}

/**
 * Entries of one shard by id, in two generations: when the young ones of all shards together take too much they become
 * the old ones, and what is still read moves back. Cheap, close to least-recently-used, and bounded by bytes. Entries that
 * hold a write not in the store yet are never forgotten.
 */
export class EntryCache {
  readonly #memory: TableMemory
  readonly #leave: () => void
  #young = new Map<string, Entry>()
  #old = new Map<string, Entry>()

  constructor(memory: TableMemory) {
    this.#memory = memory
    this.#leave = memory.join(() => this.#turn())
  }

  get(id: string): Entry | undefined {
    const entry = this.#young.get(id)
    if (entry !== undefined) return entry
    const older = this.#old.get(id)
    if (older !== undefined) this.add(older)
    return older
  }

  add(entry: Entry): void {
    this.#young.set(entry.id, entry)
    this.#memory.cached(entry.size)
  }

  /** The entry has become larger or smaller. */
  resize(entry: Entry, size: number): void {
    const more = size - entry.size
    entry.size = size
    this.#memory.cached(more)
  }

  /** Takes no part any more. */
  close(): void {
    this.#leave()
  }

  #turn(): void {
    const leaving = this.#old
    this.#old = this.#young
    this.#young = new Map()
    for (const [id, entry] of leaving) {
      const needed = entry.dirty || entry.frozen !== NOTHING || entry.queue !== undefined
      if (needed && !this.#old.has(id)) this.#young.set(id, entry)
    }
  }
}
