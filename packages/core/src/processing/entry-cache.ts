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

/**
 * Entries of one shard by id, in two generations: when the young one is full it becomes the old one, and what is still
 * read moves back. Cheap, close to least-recently-used, and bounded by bytes. Entries that hold a write not in the
 * store yet are never forgotten.
 */
export class EntryCache {
  readonly #limit: number
  #young = new Map<string, Entry>()
  #old = new Map<string, Entry>()
  #bytes = 0

  /** `limit` bounds both generations together, in bytes. */
  constructor(limit: number) {
    this.#limit = limit / 2
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
    this.#bytes += entry.size
    if (this.#bytes > this.#limit) this.#turn()
  }

  /** The entry has become larger or smaller. */
  resize(entry: Entry, size: number): void {
    this.#bytes += size - entry.size
    entry.size = size
    if (this.#bytes > this.#limit) this.#turn()
  }

  #turn(): void {
    const leaving = this.#old
    this.#old = this.#young
    this.#young = new Map()
    this.#bytes = 0
    for (const [id, entry] of leaving) {
      const needed = entry.dirty || entry.frozen !== NOTHING || entry.queue !== undefined
      if (needed && !this.#old.has(id)) this.#young.set(id, entry)
    }
  }
}
