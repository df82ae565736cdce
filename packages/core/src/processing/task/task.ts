import type { Clock } from '../../service/clock.ts'
import { isPromise } from '../../service/maybe-promise.ts'
import type { OffsetToCommit } from '../../transport/group.ts'
import type { TopicPartition } from '../../transport/record.ts'
import type { PartitionQueue } from '../queue/partition-queue.ts'
import { encodeForms, encodeMetadata } from '../queue/offset-metadata.ts'
import type { OutputBatch, WaitingOutputs } from '../send/waiting-outputs.ts'
import type { FrozenShard, TableShard } from '../shard/table-shard.ts'
import type { TaskGroup } from './task-group.ts'

/** What a cycle takes from a task in one instant. */
export interface FrozenTask {
  readonly task: Task
  readonly offsets: readonly FrozenOffset[]
  readonly shards: readonly FrozenShard[]
  readonly outputs: readonly OutputBatch[]
  /** Why its work of the quiet instant was not done: the cycle fails with it. */
  readonly failure: { readonly error: unknown } | undefined
}

/** A frontier, with what whoever goes on from it has to know. */
export interface FrozenOffset {
  readonly queue: PartitionQueue
  readonly offset: number
  readonly metadata: string
}

/** How a task is frozen. */
export interface FreezeOptions {
  /** Bounds the wait for quiet, in ms. */
  readonly limit: number
  /** It stays held afterwards, for good. */
  readonly leaving: boolean
}

/** What a task needs of its worker. */
export interface TaskParts {
  readonly clock: Clock
  readonly outputs: WaitingOutputs
  /** Asks for a cycle before its time. */
  readonly commitSoon: () => void
  /** See `Task`. */
  readonly exact: boolean
}

/**
 * Partition n of a co-partitioned group: the unit of state, commit and assignment. It belongs to one worker at a time.
 * Tasks share nothing.
 */
export class Task {
  readonly id: string
  readonly group: TaskGroup
  readonly partition: number
  readonly clock: Clock
  /**
   * Exactly-once: nothing may be committed of what lies beyond its frontiers. So it is quiet only when nothing that any
   * agent was handed is unsettled anywhere; while it is not, it stays held and gives nothing.
   */
  readonly exact: boolean
  /** One for each topic of the group, once the task is live. */
  readonly queues: PartitionQueue[] = []
  /** By table. */
  readonly shards: Map<string, TableShard> = new Map()
  /** What its offsets said of forms when it was opened: also of tables that it no longer has, and may have again. */
  readonly forms: Map<string, string> = new Map()
  /** What its handlers have sent that waits for a cycle: nothing under at-least-once. */
  readonly outputs: WaitingOutputs
  /** While held, no new offset is handed over. */
  held = false
  status: 'opening' | 'live' | 'closed' = 'opening'
  readonly #commitSoon: () => void
  /** Ends the wait of a cycle for quiet. */
  #onWaited: (() => void) | undefined
  /** A cycle went on without it: the next one comes when it is quiet. */
  #missed = false
  /** Once it is about to leave, nothing lets it go on, a later cycle neither. */
  #leaving = false
  #halted = false

  constructor(id: string, group: TaskGroup, partition: number, { clock, outputs, commitSoon, exact }: TaskParts) {
    this.id = id
    this.group = group
    this.partition = partition
    this.clock = clock
    this.outputs = outputs
    this.exact = exact
    this.#commitSoon = commitSoon
  }

  get partitions(): readonly TopicPartition[] {
    return this.group.topics.map((topic) => ({ topic, partition: this.partition }))
  }

  /** It is about to go back to its last commit: nothing is handed over any more, and no cycle takes anything of it. */
  get halted(): boolean {
    return this.#halted
  }

  /** Every agent has settled whatever any of them was handed. */
  get quiet(): boolean {
    return this.queues.every((queue) => queue.readers.every((reader) => reader.quietUpTo(queue.handedMax)))
  }

  /**
   * Holds the task until it is quiet, or `limit` ms have passed, does the work of that instant, and takes frontiers, dirty
   * entries and outputs synchronously, so that offsets and effects belong together. Then it goes on at once, or stays
   * held when it is about to leave. `undefined` when nothing may be taken of it.
   */
  async freeze({ limit, leaving }: FreezeOptions): Promise<FrozenTask | undefined> {
    // One that an earlier cycle went on without is not waited for again.
    const missed = this.exact && this.held && !leaving
    this.held = true
    this.#leaving ||= leaving
    if (!missed) await this.#untilQuiet(limit)
    this.#missed = this.exact && !this.quiet
    if (this.#missed || this.#gone) return undefined
    let failure: FrozenTask['failure']
    if (this.#hasKeepers) {
      await this.#workAtQuiet().catch((error: unknown) => {
        failure = { error }
      })
      if (this.#gone) return undefined
    }
    const frozen = { task: this, ...this.#take(), failure }
    if (!this.#leaving) this.#release()
    return frozen
  }

  /** Called after every settlement while the task is held. */
  checkQuiet(): void {
    if (!(this.#missed || this.#onWaited !== undefined) || !this.quiet) return
    if (this.#missed) this.#commitSoon()
    this.#missed = false
    this.#onWaited?.()
  }

  /** Hands nothing new over until the next cycle. */
  hold(): void {
    this.held = true
  }

  /** See `halted`. */
  halt(): void {
    this.held = true
    this.#halted = true
    this.#onWaited?.()
  }

  /** The partition is gone, or goes back to its last commit: nothing of it may have an effect any more. Calls are told `why`. */
  close(why: string): void {
    this.status = 'closed'
    this.held = true
    for (const queue of this.queues) for (const reader of queue.readers) reader.close(why)
    this.outputs.drop()
    this.#onWaited?.()
  }

  get #hasKeepers(): boolean {
    for (const { keeper } of this.shards.values()) if (keeper !== undefined) return true
    return false
  }

  get #gone(): boolean {
    return this.#halted || this.status === 'closed'
  }

  #untilQuiet(limit: number): Promise<void> | undefined {
    if (this.#gone || this.quiet) return undefined
    return new Promise((resolve) => {
      const timer = this.clock.setTimeout(() => this.#onWaited?.(), limit)
      this.#onWaited = () => {
        timer.cancel()
        this.#onWaited = undefined
        resolve()
      }
      if (this.exact) this.#wakeCollectors()
    })
  }

  /** What keepers do in the quiet instant, before anything is frozen, belongs to the frontier of this cycle. */
  async #workAtQuiet(): Promise<void> {
    for (const { keeper } of this.shards.values()) {
      if (this.#gone) return
      const done = keeper?.atQuiet()
      if (isPromise(done)) await done
    }
  }

  /** A task that changed anything commits its offsets also when they have not moved: that proves it is still the owner. */
  #take(): Pick<FrozenTask, 'offsets' | 'shards' | 'outputs'> {
    const shards = [...this.shards.values()].flatMap((shard) => shard.freeze() ?? [])
    const outputs = this.outputs.take()
    const changed = shards.length > 0 || outputs.length > 0
    const moved = this.queues.filter((queue) => queue.frontier > queue.committed || changed)
    const forms = moved.length === 0 ? '' : encodeForms(this.#forms())
    const offsets = moved.map((queue) => {
      return { queue, offset: queue.frontier, metadata: encodeMetadata(queue.streamTime, forms) }
    })
    return { offsets, shards, outputs }
  }

  /** Its tables come first, should there be no room for all. */
  #forms(): ReadonlyMap<string, string> {
    const filled = [...this.shards.values()].filter((shard) => shard.filled)
    return new Map([...filled.map(({ log, table }) => [log, table.form] as const), ...this.forms])
  }

  /** The shards among `tables` that are asked for the keys of records, as a rule. */
  keyed(tables: readonly string[]): readonly TableShard[] {
    return tables.flatMap((name) => this.shards.get(name) ?? []).filter(({ table }) => table.keyed)
  }

  /** Once nothing uses them any more. */
  async closeShards(): Promise<void> {
    await Promise.all([...this.shards.values()].map((shard) => shard.close()))
  }

  /** An unfinished `take` gives away what others are ahead of. */
  #wakeCollectors(): void {
    for (const { readers } of this.queues) for (const reader of readers) if (reader.collecting > 0) reader.wake()
  }

  #release(): void {
    this.held = false
    for (const queue of this.queues) for (const reader of queue.readers) reader.wake()
  }
}

/** A frontier as it is committed. */
export function toCommit({ queue, offset, metadata }: FrozenOffset): OffsetToCommit {
  const { leaderEpoch, partition, topic } = queue
  return { topic: topic.name, partition, offset, leaderEpoch, metadata }
}
