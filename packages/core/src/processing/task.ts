import type { Clock } from '../service/clock.ts'
import { isPromise } from '../service/maybe-promise.ts'
import type { TopicPartition } from '../transport/record.ts'
import type { PartitionQueue } from './partition-queue.ts'
import type { ShardKeeper } from './table-layout.ts'
import type { FrozenShard, TableShard } from './table-shard.ts'
import type { TaskGroup } from './task-group.ts'

/** What a cycle takes from a task in one instant. */
export interface FrozenTask {
  readonly task: Task
  readonly offsets: readonly FrozenOffset[]
  readonly shards: readonly FrozenShard[]
  /** Why its work of the quiet instant was not done: the cycle fails with it. */
  readonly failure: { readonly error: unknown } | undefined
}

/** A frontier, with the largest timestamp below it. */
export interface FrozenOffset {
  readonly queue: PartitionQueue
  readonly offset: number
  readonly streamTime: number
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
  /** One for each topic of the group, once the task is live. */
  readonly queues: PartitionQueue[] = []
  /** By table. */
  readonly shards: Map<string, TableShard> = new Map()
  /** While held, no new offset is handed over. */
  held = false
  status: 'opening' | 'live' | 'closed' = 'opening'
  #onQuiet: (() => void) | undefined
  /** Once it is about to leave, nothing lets it go on, a later cycle neither. */
  #leaving = false

  constructor(id: string, group: TaskGroup, partition: number, clock: Clock) {
    this.id = id
    this.group = group
    this.partition = partition
    this.clock = clock
  }

  get partitions(): readonly TopicPartition[] {
    return this.group.topics.map((topic) => ({ topic, partition: this.partition }))
  }

  /** Every agent has settled whatever any of them was handed. */
  get quiet(): boolean {
    return this.queues.every((queue) => queue.readers.every((reader) => reader.quietUpTo(queue.handedMax)))
  }

  /**
   * Holds the task until it is quiet, or `limit` ms have passed, does the work of that instant, and takes frontiers, dirty
   * entries and outputs synchronously, so that offsets and effects belong together. Then it goes on at once, or stays
   * held when it is about to leave.
   */
  freeze(limit: number, leaving: boolean): Promise<FrozenTask> {
    this.held = true
    this.#leaving ||= leaving
    return new Promise((resolve) => {
      let cancel = (): void => {}
      const take = (failure?: FrozenTask['failure']): void => {
        const frozen: FrozenTask = { task: this, ...this.#take(), failure }
        if (!this.#leaving) this.#release()
        resolve(frozen)
      }
      const quiet = (): void => {
        cancel()
        this.#onQuiet = undefined
        const keepers = [...this.shards.values()].flatMap(({ keeper }) => keeper ?? [])
        if (keepers.length === 0) return take()
        this.#workAtQuiet(keepers).then(
          () => take(),
          (error: unknown) => take({ error }),
        )
      }
      if (this.quiet) return quiet()
      this.#onQuiet = quiet
      const timer = this.clock.setTimeout(quiet, limit)
      cancel = () => timer.cancel()
    })
  }

  async #workAtQuiet(keepers: readonly ShardKeeper[]): Promise<void> {
    for (const keeper of keepers) {
      if (this.status !== 'live') return
      const done = keeper.atQuiet()
      if (isPromise(done)) await done
    }
  }

  /** Called after every settlement while the task is held. */
  checkQuiet(): void {
    if (this.#onQuiet !== undefined && this.quiet) this.#onQuiet()
  }

  /** The partition is gone: nothing of it may have an effect any more. */
  close(): void {
    this.status = 'closed'
    this.held = true
    for (const queue of this.queues) for (const reader of queue.readers) reader.close()
    this.#onQuiet?.()
  }

  /** A task with entries commits its offsets also when they have not moved: that proves it is still the owner. */
  #take(): Pick<FrozenTask, 'offsets' | 'shards'> {
    const shards = [...this.shards.values()].flatMap((shard) => shard.freeze() ?? [])
    const offsets = this.queues
      .map((queue) => ({ queue, offset: queue.frontier, streamTime: queue.streamTime }))
      .filter(({ queue, offset }) => offset > queue.committed || shards.length > 0)
    return { offsets, shards }
  }

  #release(): void {
    this.held = false
    for (const queue of this.queues) for (const reader of queue.readers) reader.wake()
  }
}
