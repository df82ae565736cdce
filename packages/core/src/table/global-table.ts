import type { ChangelogShard } from '../processing/restore/changelog-shard.ts'
import { encodePart } from '../processing/send/encode.ts'
import type { Runtime } from '../processing/runtime.ts'
import type { TableDefinition } from '../processing/shard/table-definition.ts'
import { FaustError } from '../service/errors.ts'
import { partitionForKey } from '../topic/partitioner.ts'
import { PLAIN } from './cells.ts'
import { boundsOf, type TableRange } from './table-range.ts'

/**
 * A copy of a whole topic or table on every worker: any key can be read anywhere. It is filled by who writes the topic or
 * the table, and follows with a delay, so two workers may see different values for a moment; a handler does not see at
 * once what it has just written to the table behind it. Agents that name it get their first value when it holds all that
 * was there when the worker started.
 */
export class GlobalTable<K, V, Missing = undefined> {
  readonly definition: TableDefinition
  readonly #runtime: Runtime
  readonly #default: (() => Missing) | undefined

  constructor(runtime: Runtime, definition: TableDefinition, missing: (() => Missing) | undefined) {
    this.#runtime = runtime
    this.definition = definition
    this.#default = missing
  }

  get name(): string {
    return this.definition.name
  }

  /** @internal The app it was declared with. */
  get owner(): object {
    return this.#runtime
  }

  /** The value of a key, or the default. Where keys of a topic are spread in a way of their own, every partition is asked. */
  async get(key: K): Promise<V | Missing> {
    const found = await this.#find(key)
    if (found !== undefined) return (await this.#decode('value', found)) as V
    return this.#default === undefined ? (undefined as Missing) : this.#default()
  }

  /** Whether the key is there. */
  async has(key: K): Promise<boolean> {
    return (await this.#find(key)) !== undefined
  }

  /**
   * Keys with their values, partition by partition in the order of the keys' bytes; each partition as it is when the
   * iteration reaches it.
   */
  async *entries(range: TableRange<K> = {}): AsyncIterable<[key: K, value: V]> {
    const bounds = await boundsOf(this.definition, PLAIN, range)
    let left = range.limit ?? Infinity
    if (left === 0) return
    for (const { store } of this.#shards()) {
      for await (const items of store.range(bounds)) {
        for (const { key, value } of items) {
          yield [(await this.#decode('key', key)) as K, (await this.#decode('value', value)) as V]
          if (--left === 0) return
        }
      }
    }
  }

  async *keys(range: TableRange<K> = {}): AsyncIterable<K> {
    for await (const [key] of this.entries(range)) yield key
  }

  async *values(range: TableRange<K> = {}): AsyncIterable<V> {
    for await (const [, value] of this.entries(range)) yield value
  }

  /** The number of keys; counts them. */
  async size(): Promise<number> {
    let count = 0
    for await (const _ of this.entries()) count++
    return count
  }

  /** Resolves when the copy holds all that was there when the worker started. */
  async ready(): Promise<void> {
    await this.#runtime.worker(`Table ${this.name} can't be read`).globals.ready([this.name])
  }

  async #find(key: K): Promise<Uint8Array | undefined> {
    const shards = this.#shards()
    if (shards.length === 0) return undefined
    const bytes = await encodePart(this.definition.changelog, 'key', this.definition.key, key, [])
    if (bytes === null) {
      throw new FaustError('FAUST_ENCODE', `Table ${this.name} was asked for the key null. Keys are never null.`, {
        details: { table: this.name },
      })
    }
    const own = partitionForKey(bytes, shards.length)
    const found = await shards[own]!.store.get(bytes)
    if (found !== undefined) return found
    for (const { partition, store } of shards) {
      const other = partition === own ? undefined : await store.get(bytes)
      if (other !== undefined) return other
    }
    return undefined
  }

  /** The copies; an agent has to have named the table, so that it was waited for. */
  #shards(): readonly ChangelogShard[] {
    const call = this.#runtime.calls.getStore()
    if (call !== undefined && !call.tables.has(this.name)) {
      throw new FaustError(
        'FAUST_TABLE_NOT_DECLARED',
        `Global table ${this.name} is used by ${call.who}, which does not name it, so nobody waits until it is whole. ` +
          `Add it to the agent's options: { tables: [${this.name}] }.`,
        { details: { table: this.name, who: call.who } },
      )
    }
    return this.#runtime.worker(`Table ${this.name} can't be read`).globals.shards(this.name)
  }

  #decode(part: 'key' | 'value', bytes: Uint8Array): unknown {
    return this.definition[part].decode(bytes, { topic: this.definition.changelog, part, headers: [] })
  }
}
