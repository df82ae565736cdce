import { type Deferred, deferred } from '../../service/deferred.ts'
import { embeddedStore } from '../../store/embedded/embedded-store.ts'
import type { Store } from '../../store/store.ts'
import { type ChangelogShard, changelogOf } from '../restore/changelog-shard.ts'
import type { RestoreParts } from '../restore/restore-parts.ts'
import { untilAnswered } from '../restore/until-answered.ts'
import type { TaskGroup } from '../task/task-group.ts'
import { ChangelogFollower } from './changelog-follower.ts'

/** What global tables work with. */
export interface GlobalTablesParts extends RestoreParts {
  readonly store: Store
  /** Ends the waiting for a log that does not answer. */
  readonly signal: AbortSignal
  readonly crash: (error: unknown) => void
}

/** A copy of one partition, and the end that it has to reach before anybody counts on it. */
interface Followed {
  readonly shard: ChangelogShard
  readonly end: number
}

/**
 * This worker's copies of whole topics and tables: every partition, whoever owns it, followed by a reader that is no
 * part of the group. A store that all workers share can't hold one worker's copy: it is kept in memory then.
 */
export class GlobalTables {
  readonly #parts: GlobalTablesParts
  readonly #follower: ChangelogFollower
  readonly #store: Store
  readonly #copies = new Map<string, readonly Followed[]>()
  readonly #ready = new Map<string, Deferred<void>>()

  constructor(parts: GlobalTablesParts) {
    this.#parts = parts
    this.#store = parts.store.supports.shared ? embeddedStore() : parts.store
    this.#follower = new ChangelogFollower(parts, () => this.#moved(), parts.crash)
    for (const name of parts.topology.globals.keys()) this.#ready.set(name, deferred())
  }

  /** Begins to follow; resolves when everything is being read. Called once. */
  async start(): Promise<void> {
    const { signal, topology, transport } = this.#parts
    for (const [name, table] of topology.globals) {
      const { id, partitions } = topology.topics.get(table.changelog)!
      const shards: ChangelogShard[] = []
      for (let partition = 0; partition < partitions; partition++) {
        const store = await this.#store.open(name, partition, { mode: 'standby', epoch: 0 })
        shards.push({ table, partition, store, log: id })
      }
      const places = shards.map((shard) => changelogOf(shard))
      const bounds = await untilAnswered(this.#parts, signal, () => transport.admin.offsets(places))
      this.#copies.set(
        name,
        shards.map((shard, index) => ({ shard, end: bounds[index]!.logEnd })),
      )
      await this.#follower.add(shards)
    }
    this.#moved()
  }

  /** Resolves when the copies of these tables hold all that was there at the start. */
  async ready(names: readonly string[]): Promise<void> {
    for (const name of names) await this.#ready.get(name)?.promise
  }

  /** What comes `next` for a task: not before the tables are ready that are named by who reads its topics. */
  async before<T>({ topics }: TaskGroup, next: PromiseLike<T>): Promise<T> {
    const readings = this.#parts.topology.readings.filter((one) => one.topics.some((topic) => topics.includes(topic)))
    await this.ready(readings.flatMap(({ tables }) => tables))
    return next
  }

  /** The copies of a table, by partition; none before they are open. */
  shards(name: string): readonly ChangelogShard[] {
    return (this.#copies.get(name) ?? []).map(({ shard }) => shard)
  }

  /** Resolves when nothing is read or written any more. Idempotent. */
  async close(): Promise<void> {
    await this.#follower.close()
    for (const copies of this.#copies.values()) for (const { shard } of copies) await shard.store.close()
  }

  #moved(): void {
    for (const [name, copies] of this.#copies) {
      if (copies.every((copy) => this.#reached(copy))) this.#ready.get(name)!.resolve()
    }
  }

  #reached({ end, shard }: Followed): boolean {
    return (shard.store.position?.offset ?? -1) + 1 >= end || this.#follower.lag(shard) === 0
  }
}
