import { isSimple } from '../processing/shard/entry-id.ts'
import { ABSENT } from '../processing/shard/entry-cache.ts'
import { encodePart } from '../processing/send/encode.ts'
import type { Runtime } from '../processing/runtime.ts'
import type { TableDefinition } from '../processing/shard/table-definition.ts'
import { SERIALIZER_CONTRACT, type Serializer } from '../serializer/serializer.ts'
import { isPromise } from '../service/maybe-promise.ts'
import { escapeKey, keyLength, unescapeKey } from './composite-key.ts'
import { EntryAccess, type Place } from './entry-access.ts'
import { prefixBounds } from './key-order.ts'
import { scan } from './scan.ts'
import { ShardedTable } from './sharded-table.ts'

const NO_BYTES = new Uint8Array(0)

/** An element says everything by being there. */
export const PRESENT: Serializer<unknown> = {
  name: 'present',
  contract: SERIALIZER_CONTRACT,
  supports: { keys: false },
  encode: () => NO_BYTES,
  decode: () => true,
}

/**
 * A table with a set for each key. Every element is an entry of its own, in the store as in the changelog, so a large set
 * costs no more to change than a small one. Elements are equal when their bytes are. The shard rule, and who may read
 * and write, are those of every table.
 */
export class SetTable<K, E> extends ShardedTable {
  readonly #element: Serializer<unknown>
  readonly #entries: EntryAccess<K>

  constructor(runtime: Runtime, definition: TableDefinition, element: Serializer<unknown>) {
    super(runtime, definition)
    this.#element = element
    this.#entries = new EntryAccess(runtime, definition)
  }

  /** Puts an element into the key's set; answers whether it is new there. */
  add(key: K, element: E): Promise<boolean> {
    return this.#write(key, element, true)
  }

  /** Takes an element out of the key's set; answers whether it was there. */
  delete(key: K, element: E): Promise<boolean> {
    return this.#write(key, element, ABSENT)
  }

  /** Whether the key's set has the element. */
  async has(key: K, element: E): Promise<boolean> {
    const place = await this.#place(element)
    return this.#entries.at(key, place, 'read', ({ shard }, entry) => shard.read(entry) !== ABSENT)
  }

  /** The elements of a key's set in the order of their bytes, as they are at the call, whatever is written meanwhile. */
  async *members(key: K): AsyncIterable<E> {
    const { prefix, shard } = await this.#entries.at(key, SET, 'read', (access, entry) => ({
      prefix: entry.bytes,
      shard: access.shard,
    }))
    for await (const { bytes } of this.#entries.scan(shard, prefixBounds(prefix)))
      yield (await this.#decode(bytes)) as E
  }

  /** The number of elements of a key's set; counts them. */
  async size(key: K): Promise<number> {
    let count = 0
    for await (const _ of this.members(key)) count++
    return count
  }

  /** Takes every element out of the key's set; answers how many there were. */
  async clear(key: K): Promise<number> {
    let count = 0
    for await (const element of this.members(key)) if (await this.delete(key, element)) count++
    return count
  }

  /**
   * Every key with each of its elements, in the order of the bytes: of the shard of the value in hand, elsewhere of every
   * live shard here, one after the other.
   */
  async *entries(): AsyncIterable<[key: K, element: E]> {
    const decode = (bytes: Uint8Array): unknown => this.#decode(bytes)
    yield* this.eachShard<[K, E]>(async function* (shard) {
      for await (const { bytes } of scan(shard)) {
        const key = await shard.decodeKey(unescapeKey(bytes.subarray(0, keyLength(bytes))))
        yield [key as K, (await decode(bytes)) as E]
      }
    })
  }

  /** Every key whose set has an element, once. */
  async *keys(): AsyncIterable<K> {
    yield* this.eachShard<K>(async function* (shard) {
      let last: Uint8Array = NO_BYTES
      for await (const { bytes } of scan(shard)) {
        const own = bytes.subarray(0, keyLength(bytes))
        if (own.length === last.length && own.every((byte, index) => byte === last[index])) continue
        last = own
        yield (await shard.decodeKey(unescapeKey(own))) as K
      }
    })
  }

  #write(key: K, element: E, value: unknown): Promise<boolean> {
    const write = (place: Place): Promise<boolean> =>
      this.#entries.at(key, place, 'write', ({ delivery, shard }, entry) => {
        const changes = (entry.value === ABSENT) !== (value === ABSENT)
        if (changes) shard.put(entry, value, delivery?.span)
        return changes
      })
    const place = this.#place(element)
    return isPromise(place) ? this.#entries.later(place, write) : write(place)
  }

  #place(element: E): Place | Promise<Place> {
    const encoded = encodePart(this.definition.changelog, 'value', this.#element, element, [])
    if (isPromise(encoded)) return Promise.resolve(encoded).then((bytes) => placeOf(element, bytes!))
    return placeOf(element, encoded!)
  }

  #decode(bytes: Uint8Array): unknown {
    const element = bytes.slice(keyLength(bytes))
    return this.#element.decode(element, { topic: this.definition.changelog, part: 'value', headers: [] })
  }
}

/** A key's set as a whole: nothing is kept there, but everything of it begins so. */
const SET: Place = { id: (key) => `set ${key}`, bytes: escapeKey }

function placeOf(element: unknown, bytes: Uint8Array): Place {
  const name = isSimple(element) ? element : Buffer.from(bytes).toString('latin1')
  return {
    id: (key) => `${key.length} ${key}${name}`,
    bytes(key) {
      const prefix = escapeKey(key)
      const whole = new Uint8Array(prefix.length + bytes.length)
      whole.set(prefix)
      whole.set(bytes, prefix.length)
      return whole
    },
  }
}
