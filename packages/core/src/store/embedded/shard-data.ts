import { FaustError } from '../../service/errors.ts'
import type { ShardPosition, StoreBatch, StoreItem, StoreRange } from '../store.ts'
import { bytesMaker, toText } from './latin1.ts'
import { OrderedIndex } from './ordered-index.ts'
import type { Run } from './ordered-index.ts'

/** The most entries that a Map of V8 can hold. */
const MAX_KEYS = 2 ** 24

/** What is in one shard. It outlives the handle that an opener gets, so the next opener finds it. */
export class ShardData {
  position: ShardPosition | null = null

  readonly #name: string
  readonly #toBytes: (text: string) => Uint8Array = bytesMaker()
  #items = new Map<string, string>()
  /** The keys in order, as they were when the last range was read; made by the first range, so most shards have none. */
  #index: OrderedIndex | undefined
  /** Keys written since `#index` was brought up to date. */
  #touched: string[] = []

  /** `name` is for messages: the table with the partition. */
  constructor(name: string) {
    this.#name = name
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const value = this.#items.get(toText(key))
    return value === undefined ? undefined : this.#toBytes(value)
  }

  /** Either all of it or, when it throws, nothing. */
  write({ entries, position }: StoreBatch): void {
    // All that can fail comes before the first change.
    const { log, offset, time, note } = position
    const keys: string[] = []
    const values: (string | undefined)[] = []
    for (const { key, value } of entries) {
      keys.push(toText(key))
      values.push(value === null ? undefined : toText(value))
    }
    if (this.#items.size + keys.length > MAX_KEYS) this.#refuse(keys.length)

    for (let at = 0; at < keys.length; at++) {
      const value = values[at]
      if (value === undefined) this.#items.delete(keys[at]!)
      else this.#items.set(keys[at]!, value)
    }
    this.position = { log, offset, time, note }
    if (this.#index !== undefined) this.#touch(keys)
  }

  clear(): void {
    this.#items = new Map()
    this.#index = undefined
    this.#touched = []
    this.position = null
  }

  /** Arrays of items as they are now, whatever is written before they are taken. */
  range(range: StoreRange): Iterable<readonly StoreItem[]> {
    const { gte, gt, lte, lt, reverse = false, limit = Infinity } = range
    const bounds = { gte: gte && toText(gte), gt: gt && toText(gt), lte: lte && toText(lte), lt: lt && toText(lt) }
    return this.#take(this.#upToDate().view(bounds, reverse, limit), reverse, limit)
  }

  *#take(runs: readonly Run[], reverse: boolean, limit: number): Generator<readonly StoreItem[]> {
    let left = limit
    for (const { keys, values, from, to } of runs) {
      const count = Math.min(to - from, left)
      const items: StoreItem[] = []
      for (let step = 0; step < count; step++) {
        const at = reverse ? to - 1 - step : from + step
        items.push({ key: this.#toBytes(keys[at]!), value: this.#toBytes(values[at]!) })
      }
      left -= count
      yield items
    }
  }

  #upToDate(): OrderedIndex {
    if (this.#index === undefined) this.#index = new OrderedIndex(this.#items)
    else for (const key of this.#touched) this.#index.set(key, this.#items.get(key))
    this.#touched = []
    return this.#index
  }

  /** Sorting anew costs about as much as bringing half of the keys up to date: beyond that the index is dropped. */
  #touch(keys: readonly string[]): void {
    if (this.#touched.length + keys.length > Math.max(1024, this.#items.size >> 1)) {
      this.#index = undefined
      this.#touched = []
    } else {
      for (const key of keys) this.#touched.push(key)
    }
  }

  #refuse(more: number): never {
    throw new FaustError(
      'FAUST_STORE_FAILED',
      `Shard ${this.#name} of the embedded store has ${this.#items.size} keys and can't be sure to take ${more} more: ` +
        `${MAX_KEYS} is the most. Give the table more partitions, or the app a store that keeps its data on disk.`,
    )
  }
}
