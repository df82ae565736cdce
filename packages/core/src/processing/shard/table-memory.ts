/** Bounds of what the tables of a worker keep in memory together, in bytes. Sizes are estimated. */
export interface TableMemoryLimits {
  /** Decoded values that were read or written lately. */
  readonly cache: number
  /** Writes that no cycle has taken yet, before one begins early. */
  readonly writes: number
}

/**
 * What all shards of a worker keep in memory, whatever their number: the cache is theirs together, in two generations
 * that change over everywhere at once, and so are the writes that wait for a cycle.
 */
export class TableMemory {
  readonly #limits: TableMemoryLimits
  readonly #onFull: () => void
  readonly #turns = new Set<() => void>()
  /** In the young generation. */
  #young = 0
  #written = 0
  #full = false

  /** `onFull` is called when more is written than may wait for a cycle, once until one has taken some. */
  constructor(limits: TableMemoryLimits, onFull: () => void) {
    this.#limits = limits
    this.#onFull = onFull
  }

  /** A cache takes part: `turn` makes its young generation the old one. Answers how it leaves. */
  join(turn: () => void): () => void {
    this.#turns.add(turn)
    return () => void this.#turns.delete(turn)
  }

  /** A young generation has grown, or shrunk. */
  cached(bytes: number): void {
    this.#young += bytes
    if (this.#young <= this.#limits.cache / 2) return
    this.#young = 0
    for (const turn of this.#turns) turn()
  }

  /** So much was written that waits for a cycle. */
  written(bytes: number): void {
    this.#written += bytes
    if (this.#written <= this.#limits.writes || this.#full) return
    this.#full = true
    this.#onFull()
  }

  /** A cycle has taken so much, or it was given up. */
  taken(bytes: number): void {
    this.#written -= bytes
    this.#full &&= this.#written > this.#limits.writes
  }
}
