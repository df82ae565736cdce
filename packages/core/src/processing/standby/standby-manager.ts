import type { CurrentAssignment } from '../../assignment/assignor.ts'
import type { Task as AssignedTask } from '../../assignment/topology.ts'
import type { ChangelogShard } from '../restore/changelog-shard.ts'
import type { RestoreParts } from '../restore/restore-parts.ts'
import { type TaskGroup, taskId } from '../task/task-group.ts'
import { ChangelogFollower } from './changelog-follower.ts'
import type { LocalShards } from './local-shards.ts'

/** What the standby manager works with. */
export interface StandbyParts extends RestoreParts {
  readonly shards: LocalShards
  /** Resolves when no commit cycle runs: one may still be writing to a shard that has become a standby. */
  readonly idle: () => Promise<unknown>
  readonly settings: { readonly acceptableRecoveryLag: number }
  /** Asks for the tasks to move here whose copies have come close enough. */
  readonly warm: () => void
  readonly crash: (error: unknown) => void
}

/** Ms between two times that the leader is told that copies are close enough, should it not agree at once. */
const ASK_AGAIN = 60_000

/** A task of which this worker keeps a copy. */
interface Standby {
  readonly id: string
  readonly group: TaskGroup
  readonly partition: number
  readonly shards: ChangelogShard[]
}

/** How far the copy of one shard is. */
export interface StandbyStatus {
  readonly table: string
  readonly partition: number
  /** Changelog records that it has not got yet. */
  readonly lag: number
  /** The partition moves here as soon as the lag allows it. */
  readonly warming: boolean
}

/**
 * Keeps copies of the state of tasks that other workers run, as the group's leader has dealt them. A copy whose task
 * comes here is handed over with its position, so that only the tail is left to read.
 */
export class StandbyManager {
  readonly #parts: StandbyParts
  readonly #follower: ChangelogFollower
  readonly #standbys = new Map<string, Standby>()
  /** Changes come one after another. */
  #turn: Promise<unknown> = Promise.resolve()
  #closing = false
  /** Tasks that move here once their copies are close enough. */
  #warming: ReadonlySet<string> = new Set()
  #asked = -Infinity

  constructor(parts: StandbyParts) {
    this.#parts = parts
    this.#follower = new ChangelogFollower(parts, () => this.#moved(), parts.crash)
  }

  /** Tasks of which this worker keeps copies. */
  get tasks(): readonly Pick<Standby, 'group' | 'partition'>[] {
    return [...this.#standbys.values()]
  }

  get status(): readonly StandbyStatus[] {
    return [...this.#standbys.values()].flatMap(({ id, shards }) =>
      shards.map((shard) => ({
        table: shard.table.name,
        partition: shard.partition,
        lag: this.#follower.lag(shard) ?? 0,
        warming: this.#warming.has(id),
      })),
    )
  }

  /**
   * Follows the standbys of an assignment and nothing else, but for what is `active` here. Goes on beside the caller; a
   * failure crashes the worker.
   */
  follow(
    assignment: Pick<CurrentAssignment, 'generation' | 'standbys' | 'warming'>,
    active: (task: string) => boolean,
  ): void {
    const { generation: epoch, standbys, warming } = assignment
    this.#next(async () => {
      if (this.#closing) return
      const tasks = standbys.flatMap((task) => this.#standby(task) ?? []).filter(({ id }) => !active(id))
      const wanted = new Map(tasks.map((standby) => [standby.id, standby]))
      const before = this.#warming
      this.#warming = new Set(warming.flatMap((task) => this.#standby(task)?.id ?? []))
      if ([...this.#warming].some((id) => !before.has(id))) this.#asked = -Infinity
      for (const standby of this.#standbys.values()) if (!wanted.has(standby.id)) await this.#drop(standby)
      const fresh = [...wanted.values()].filter(({ id }) => !this.#standbys.has(id))
      if (fresh.length === 0) return
      await this.#parts.idle()
      for (const standby of fresh) await this.#open(standby, epoch)
      await this.#follower.add(fresh.flatMap(({ shards }) => shards))
    }).catch((error: unknown) => {
      if (!this.#closing) this.#parts.crash(error)
    })
  }

  /** Resolves when this worker's copy of a task, if there is one, is closed: the task may open its shards. */
  release(task: string): Promise<void> {
    return this.#next(async () => {
      const standby = this.#standbys.get(task)
      if (standby !== undefined) await this.#drop(standby)
    })
  }

  /** Resolves when everything is closed. Idempotent. */
  close(): Promise<void> {
    this.#closing = true
    const closed = this.#follower.close()
    return this.#next(async () => {
      await closed
      for (const standby of this.#standbys.values()) await this.#drop(standby)
    })
  }

  /** Nothing for a task without tables here: another release of the program may keep some that this one does not know. */
  #standby({ topics, partition }: AssignedTask): Standby | undefined {
    const group = this.#parts.topology.groups.find((one) => one.topics.includes(topics[0]!))
    if (group === undefined || group.tables.length === 0) return undefined
    return { id: taskId(group, partition), group, partition, shards: [] }
  }

  /** Asks once all copies are close enough that are waited for: each time costs the group a rebalance. */
  #moved(): void {
    if (this.#warming.size === 0) return
    const { clock, settings, warm } = this.#parts
    for (const id of this.#warming) {
      const { shards } = this.#standbys.get(id) ?? { shards: [] }
      const lag = shards.reduce((sum, shard) => sum + (this.#follower.lag(shard) ?? Infinity), 0)
      if (shards.length === 0 || lag > settings.acceptableRecoveryLag) return
    }
    const now = clock.monotonic()
    if (now - this.#asked < ASK_AGAIN) return
    this.#asked = now
    warm()
  }

  async #open(standby: Standby, epoch: number): Promise<void> {
    const { shards, topology } = this.#parts
    this.#standbys.set(standby.id, standby)
    for (const name of standby.group.tables) {
      const table = topology.tables.get(name)!
      standby.shards.push(await shards.open(table, standby.partition, { mode: 'standby', epoch }))
    }
  }

  async #drop(standby: Standby): Promise<void> {
    this.#standbys.delete(standby.id)
    await this.#follower.remove(standby.shards)
    for (const { store } of standby.shards) await store.close()
  }

  #next(work: () => Promise<void>): Promise<void> {
    const run = this.#turn.then(work)
    this.#turn = run.catch(() => {})
    return run
  }
}
