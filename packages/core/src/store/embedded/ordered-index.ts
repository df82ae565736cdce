/** A run of neighbouring keys with their values. Only the index of its own `stamp` may change it. */
interface Chunk {
  readonly stamp: number
  readonly keys: string[]
  readonly values: string[]
}

/** Where a key is, or would be: the number of its chunk and its place in it. */
interface Place {
  readonly chunk: number
  readonly at: number
}

/** Bounds of a view, in texts. */
export interface TextBounds {
  readonly gte?: string | undefined
  readonly gt?: string | undefined
  readonly lte?: string | undefined
  readonly lt?: string | undefined
}

/** Keys of one chunk that lie in a view, with their values; from `from` up to but without `to`. */
export interface Run {
  readonly keys: readonly string[]
  readonly values: readonly string[]
  readonly from: number
  readonly to: number
}

/** A chunk is split in two when it grows beyond this. */
const MAX_CHUNK = 256
/** How many keys a chunk gets when all are laid out anew: room for some to come. */
const NEW_CHUNK = 192

/**
 * Keys in order, in chunks that are copied before they change once a view was given out. So a view stays as it was
 * and costs nothing but references to its chunks, and one that is dropped half read needs no goodbye.
 */
export class OrderedIndex {
  #chunks: Chunk[] = []
  #stamp = 0
  #size = 0

  constructor(items: ReadonlyMap<string, string>) {
    // A plain sort compares strings natively, several times as fast as with a function.
    this.#lay([...items.keys()].sort(), (key) => items.get(key)!)
  }

  /** Sets the value of a key; `undefined` removes it. */
  set(key: string, value: string | undefined): void {
    let { chunk, at } = this.#find(key, false)
    if (chunk === this.#chunks.length) {
      if (value === undefined) return
      // Behind the last key: it goes to the end of the last chunk.
      if (chunk > 0) at = this.#chunks[--chunk]!.keys.length
      else this.#chunks.push({ stamp: this.#stamp, keys: [], values: [] })
    }
    const found = this.#chunks[chunk]!.keys[at] === key
    if (value === undefined && !found) return
    const { keys, values } = this.#owned(chunk)
    if (value === undefined) {
      keys.splice(at, 1)
      values.splice(at, 1)
      this.#size--
      if (keys.length === 0) this.#chunks.splice(chunk, 1)
      else this.#gather()
    } else if (found) {
      values[at] = value
    } else {
      keys.splice(at, 0, key)
      values.splice(at, 0, value)
      this.#size++
      if (keys.length > MAX_CHUNK) this.#split(chunk)
    }
  }

  /**
   * What lies within the bounds now, unharmed by any later `set`: the runs in the order in which they are read, from the
   * last on when `reverse`, and no more of them than `limit` keys need.
   */
  view(bounds: TextBounds, reverse: boolean = false, limit: number = Infinity): readonly Run[] {
    const first = later(this.#lower(bounds.gte, false), this.#lower(bounds.gt, true))
    const last = earlier(this.#upper(bounds.lt, false), this.#upper(bounds.lte, true))
    this.#stamp++
    const runs: Run[] = []
    const end = Math.min(last.chunk, this.#chunks.length - 1)
    let left = limit
    for (let step = 0; step <= end - first.chunk && left > 0; step++) {
      const number = reverse ? end - step : first.chunk + step
      const { keys, values } = this.#chunks[number]!
      const from = number === first.chunk ? first.at : 0
      const to = number === last.chunk ? last.at : keys.length
      if (from >= to) continue
      runs.push({ keys, values, from, to })
      left -= to - from
    }
    return runs
  }

  #lower(key: string | undefined, after: boolean): Place {
    return key === undefined ? { chunk: 0, at: 0 } : this.#find(key, after)
  }

  #upper(key: string | undefined, after: boolean): Place {
    return key === undefined ? { chunk: this.#chunks.length, at: 0 } : this.#find(key, after)
  }

  /** The place of the first key that is not below `key`; with `after`, of the first that is above. */
  #find(key: string, after: boolean): Place {
    let low = 0
    let high = this.#chunks.length
    while (low < high) {
      const middle = (low + high) >> 1
      const { keys } = this.#chunks[middle]!
      if (isBefore(keys[keys.length - 1]!, key, after)) low = middle + 1
      else high = middle
    }
    if (low === this.#chunks.length) return { chunk: low, at: 0 }
    const { keys } = this.#chunks[low]!
    let at = 0
    let end = keys.length
    while (at < end) {
      const middle = (at + end) >> 1
      if (isBefore(keys[middle]!, key, after)) at = middle + 1
      else end = middle
    }
    return { chunk: low, at }
  }

  /** The chunk, copied first when a view may hold it. */
  #owned(number: number): Chunk {
    const chunk = this.#chunks[number]!
    if (chunk.stamp === this.#stamp) return chunk
    return (this.#chunks[number] = { stamp: this.#stamp, keys: chunk.keys.slice(), values: chunk.values.slice() })
  }

  #split(number: number): void {
    const { keys, values } = this.#chunks[number]!
    const half = keys.length >> 1
    const upper = { stamp: this.#stamp, keys: keys.splice(half), values: values.splice(half) }
    this.#chunks.splice(number + 1, 0, upper)
  }

  /** Many removals may leave many chunks with little in them. */
  #gather(): void {
    if (this.#chunks.length < 64 || this.#size > (this.#chunks.length * NEW_CHUNK) / 8) return
    const values = this.#chunks.flatMap((chunk) => chunk.values)
    this.#lay(
      this.#chunks.flatMap((chunk) => chunk.keys),
      (_key, at) => values[at]!,
    )
  }

  #lay(keys: string[], valueOf: (key: string, at: number) => string): void {
    const values = keys.map(valueOf)
    this.#chunks = []
    for (let at = 0; at < keys.length; at += NEW_CHUNK) {
      const end = at + NEW_CHUNK
      this.#chunks.push({ stamp: this.#stamp, keys: keys.slice(at, end), values: values.slice(at, end) })
    }
    this.#size = keys.length
  }
}

function isBefore(key: string, bound: string, after: boolean): boolean {
  return after ? key <= bound : key < bound
}

function later(one: Place, other: Place): Place {
  return one.chunk > other.chunk || (one.chunk === other.chunk && one.at > other.at) ? one : other
}

function earlier(one: Place, other: Place): Place {
  return later(one, other) === one ? other : one
}
