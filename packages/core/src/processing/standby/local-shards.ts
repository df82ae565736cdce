import type { TaskPosition } from '../../assignment/member-data.ts'
import type { OpenShard, ShardPosition, Store } from '../../store/store.ts'
import { partitionKey } from '../../transport/record.ts'
import type { ChangelogShard } from '../restore/changelog-shard.ts'
import type { TableDefinition } from '../shard/table-definition.ts'
import type { Topology } from '../topology.ts'

/** A shard in the store; `source` knows how far it is. */
interface Copy {
  readonly table: string
  readonly partition: number
  readonly source: { readonly position: ShardPosition | null }
}

/**
 * The copies of shards that this worker has: those it has opened, for tasks and as standbys, and those that lie in its
 * store from before. Whoever deals partitions is told how far they are, so that a worker which comes back gets what it
 * has a copy of.
 */
export class LocalShards {
  readonly #store: Store
  readonly #topology: Topology
  /** By table and partition: what the store said at the start, or the shard as it was opened last. */
  readonly #copies = new Map<string, Copy>()
  /** Copies that are being destroyed, by the same. */
  readonly #removals = new Map<string, Promise<void>>()

  constructor(store: Store, topology: Topology) {
    this.#store = store
    this.#topology = topology
  }

  /** Looks what the store has kept. Called once, before the first join. */
  async load(): Promise<void> {
    for (const copy of await this.#store.list()) this.#keep(copy.table, copy.partition, copy)
  }

  /** Whether this worker has its copies to itself. */
  get own(): boolean {
    return !this.#store.supports.shared
  }

  /** The copies there are, open or not. */
  copies(): readonly { readonly table: string; readonly partition: number }[] {
    return [...this.#copies.values()]
  }

  /** Opens a shard. It must not be open already. */
  async open(table: TableDefinition, partition: number, options: OpenShard): Promise<ChangelogShard> {
    await this.#removals.get(partitionKey(table.name, partition))?.catch(() => {})
    const store = await this.#store.open(table.name, partition, options)
    this.#keep(table.name, partition, store)
    return { table, partition, store, log: this.#topology.topics.get(table.changelog)!.id }
  }

  /** Destroys a copy. It must not be open, nor be opened already; who opens it meanwhile waits and gets an empty one. */
  async remove(table: string, partition: number): Promise<void> {
    const id = partitionKey(table, partition)
    const copy = this.#copies.get(id)
    this.#copies.delete(id)
    const removal = this.#store.destroy(table, partition)
    this.#removals.set(id, removal)
    try {
      await removal
    } catch (error) {
      if (copy !== undefined && !this.#copies.has(id)) this.#copies.set(id, copy)
      throw error
    } finally {
      this.#removals.delete(id)
    }
  }

  /** How far this worker's copy of each task's state has come. Nothing for a shared store: there everybody's is the same. */
  positions(): readonly TaskPosition[] {
    if (!this.own) return []
    return this.#topology.groups.flatMap(({ topics, tables, partitions }) =>
      Array.from({ length: partitions }, (_, partition): TaskPosition => {
        const held = tables.map((table) => this.#held(table, partition))
        return { topic: topics[0]!, partition, position: held.reduce((sum, records) => sum + records, 0) }
      }).filter(({ position }) => position > 0),
    )
  }

  #keep(table: string, partition: number, source: Copy['source']): void {
    this.#copies.set(partitionKey(table, partition), { table, partition, source })
  }

  /** Offsets of the changelog that the copy of a shard has followed. */
  #held(name: string, partition: number): number {
    const position = this.#copies.get(partitionKey(name, partition))?.source.position
    const log = this.#topology.topics.get(this.#topology.tables.get(name)!.changelog)!.id
    return position?.log === log ? position.offset + 1 : 0
  }
}
