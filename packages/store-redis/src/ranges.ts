import type { Clock, StoreItem, StoreRange, Timer } from '@faust/core'
import type { Client } from './connection.ts'
import { rangeEnded } from './errors.ts'
import { lexBound, lexBounds } from './lex-bounds.ts'
import type { LexBounds } from './lex-bounds.ts'
import { mergeItems } from './merge-items.ts'

/** At most so many items a chunk, and so many bytes unless one item alone has more. */
const CHUNK_ITEMS = 1000
const CHUNK_BYTES = 65_536

/** What ranges are read with. */
export interface RangesOptions {
  readonly client: Client
  readonly base: string
  readonly name: string
  readonly clock: Clock
  /** Ms for which Redis keeps what a range still has to see. */
  readonly lease: number
  /** Wraps a command: counts it, words its error, refuses it when the shard is closed. */
  readonly read: <T>(command: () => Promise<T>) => Promise<T>
}

/** The open ranges of one shard. Redis is told of each at its call, and that it is still wanted as long as it is open. */
export class Ranges {
  readonly #options: RangesOptions
  /** By id, what becomes of the word to Redis. */
  readonly #open = new Map<string, Promise<unknown>>()
  #timer: Timer | undefined

  constructor(options: RangesOptions) {
    this.#options = options
  }

  /** The items as they are now. */
  read(range: StoreRange): AsyncIterable<readonly StoreItem[]> {
    const { client, base, clock, lease, read } = this.#options
    const id = clock.uuid()
    const begun = read(() => client.rangeBegin(base, id, lease))
    // Whoever reads the range is told.
    begun.catch(() => undefined)
    this.#open.set(id, begun)
    this.#arm()
    return this.#chunks(id, begun, lexBounds(range), range.reverse === true, range.limit ?? Infinity)
  }

  /** Until Redis knows of every range: a change after that is none that they see. */
  async known(): Promise<void> {
    if (this.#open.size > 0) await Promise.allSettled(this.#open.values())
  }

  /** Gives up the ranges that were left open. */
  async close(): Promise<void> {
    await this.#end([...this.#open.keys()])
  }

  /** The same without a word to Redis, which forgets them when their lease has ended. */
  drop(): void {
    this.#open.clear()
    this.#rest()
  }

  async *#chunks(
    id: string,
    begun: Promise<unknown>,
    { low, high }: LexBounds,
    reverse: boolean,
    limit: number,
  ): AsyncGenerator<readonly StoreItem[]> {
    const { client, base, name, read } = this.#options
    try {
      await begun
      for (let left = limit; left > 0;) {
        const count = Math.min(left, CHUNK_ITEMS)
        const reply = await read(() =>
          client.rangeChunkBuffer(base, id, low, high, reverse ? '1' : '0', count, CHUNK_BYTES),
        )
        if (reply instanceof Uint8Array) {
          throw rangeEnded(name)
        }
        const { items, next } = mergeItems(...reply, reverse)
        const wanted = items.length > left ? items.slice(0, left) : items
        if (wanted.length > 0) yield wanted
        if (next === undefined) return
        left -= wanted.length
        if (reverse) high = lexBound('(', next)
        else low = lexBound('(', next)
      }
    } finally {
      await this.#end([id])
    }
  }

  async #end(ids: readonly string[]): Promise<void> {
    const open = ids.filter((id) => this.#open.delete(id))
    if (this.#open.size === 0) this.#rest()
    // What Redis does not hear of ends with its lease.
    if (open.length > 0) await this.#options.client.rangeEnd(this.#options.base, ...open).catch(() => undefined)
  }

  #rest(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  /** Says again and again that the open ranges are still wanted. */
  #arm(): void {
    if (this.#timer !== undefined || this.#open.size === 0) return
    const { client, base, clock, lease } = this.#options
    this.#timer = clock.setTimeout(() => {
      this.#timer = undefined
      if (this.#open.size > 0) client.rangeRenew(base, lease, ...this.#open.keys()).catch(() => undefined)
      this.#arm()
    }, lease / 3)
  }
}
