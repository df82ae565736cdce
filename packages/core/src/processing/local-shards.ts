import type { TaskPosition } from '../assignment/member-data.ts'
import type { OpenShard, ShardPosition, Store } from '../store/store.ts'
import { partitionKey } from '../transport/record.ts'
import type { ChangelogShard } from './changelog-shard.ts'
import type { TableDefinition } from './table-definition.ts'
import type { Topology } from './topology.ts'

/**
 * The copies of shards that this worker has: those it has opened, for tasks and as standbys, and those that lie in its
 * store from before. Whoever deals partitions is told how far they are, so that a worker which comes back gets what it
 * has a copy of.
 */
export class LocalShards {
  readonly #store: Store
  readonly #topology: Topology
  /** By table and partition: what the store said at the start, or the shard as it was opened last. */
  readonly #copies = new Map<string, { readonly position: ShardPosition | null }>()

  constructor(store: Store, topology: Topology) {
    this.#store = store
    this.#topology = topology
  }

  /** Looks what the store has kept. Called once, before the first join. */
  async load(): Promise<void> {
    for (const copy of await this.#store.list()) this.#copies.set(partitionKey(copy.table, copy.partition), copy)
  }

  /** Opens a shard. It must not be open already. */
  async open(table: TableDefinition, partition: number, options: OpenShard): Promise<ChangelogShard> {
    const store = await this.#store.open(table.name, partition, options)
    this.#copies.set(partitionKey(table.name, partition), store)
    return { table, partition, store, log: this.#topology.topics.get(table.changelog)!.id }
  }

  /** How far this worker's copy of each task's state has come. Nothing for a shared store: there everybody's is the same. */
  positions(): readonly TaskPosition[] {
    if (this.#store.supports.shared) return []
    return this.#topology.groups.flatMap(({ topics, tables, partitions }) =>
      Array.from({ length: partitions }, (_, partition): TaskPosition => {
        const held = tables.map((table) => this.#held(table, partition))
        return { topic: topics[0]!, partition, position: held.reduce((sum, records) => sum + records, 0) }
      }).filter(({ position }) => position > 0),
    )
  }

  /** Offsets of the changelog that the copy of a shard has followed. */
  #held(name: string, partition: number): number {
    const position = this.#copies.get(partitionKey(name, partition))?.position
    const log = this.#topology.topics.get(this.#topology.tables.get(name)!.changelog)!.id
    return position?.log === log ? position.offset + 1 : 0
  }
}
