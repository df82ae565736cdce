import { ShardedTable } from './sharded-table.ts'
import { Table, type TableParts } from './table.ts'

/**
 * A table whose shards follow the partitions of the topic that feeds it, for topics that are partitioned by something
 * else than the table's key. A key may be in several shards, each with a value of its own, so a shard has to be named:
 * `of(event)` is the table of that event's partition.
 */
export class SourceTable<K, V, Missing = undefined> extends ShardedTable {
  readonly #parts: TableParts<Missing>
  readonly #shards = new Map<number, Table<K, V, Missing>>()

  constructor(parts: TableParts<Missing>) {
    super(parts.runtime, parts.definition)
    this.#parts = parts
  }

  /** The shard of an event's partition. Inside a handler that is the value in hand's, and no other. */
  of({ partition }: { readonly partition: number }): Table<K, V, Missing> {
    let shard = this.#shards.get(partition)
    if (shard === undefined) this.#shards.set(partition, (shard = new Table({ ...this.#parts, partition })))
    return shard
  }
}
