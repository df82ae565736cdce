import type { Sensor } from '../sensor/sensor.ts'
import type { Clock } from '../service/clock.ts'
import { isFaustError, messageOf } from '../service/errors.ts'
import type { Logger } from '../service/logger.ts'
import type { ShardPosition, StoreEntry } from '../store/store.ts'
import type { GroupConsumer, OffsetToCommit } from '../transport/group.ts'
import type { Producer } from '../transport/producer.ts'
import type { Outbox } from './outbox.ts'
import { report } from './report.ts'
import type { FrozenShard } from './table-shard.ts'
import { timeMetadata } from './stream-time.ts'
import type { FrozenOffset, FrozenTask, Task } from './task.ts'

/** What a cycle works with. */
export interface CommitCycleParts {
  readonly clock: Clock
  readonly logger: Logger
  readonly sensor: Sensor
  readonly producer: Producer
  readonly outbox: Outbox
  readonly consumer: () => GroupConsumer
  /** Ms after which membership has to be proved before anything is written to a changelog: half a session. */
  readonly proofInterval: number
  /** A failure that the next cycle cannot mend. */
  readonly crash: (error: unknown) => void
}

/** Frozen entries with the bytes and the place the changelog has given them. */
interface ShardWrite {
  readonly task: Task
  readonly frozen: FrozenShard
  readonly entries: readonly StoreEntry[]
  readonly position: ShardPosition
}

/**
 * Makes effects and offsets durable together, in the one order in which nothing is lost: outputs, changelogs, offsets,
 * stores. Cycles run one at a time. When a step fails no later one runs, and what was frozen goes back beneath newer
 * writes for the next cycle to repeat.
 */
export class CommitCycle {
  readonly #parts: CommitCycleParts
  #last: Promise<unknown> = Promise.resolve()
  /** `monotonic` of the last answer that proved membership. */
  #proved: number

  constructor(parts: CommitCycleParts) {
    this.#parts = parts
    this.#proved = parts.clock.monotonic()
  }

  /**
   * Runs a cycle over `tasks` after those already asked for. `limit` bounds the wait for quiet, in ms; tasks that are
   * `leaving` stay held. Answers whether everything was committed; never rejects: what cannot be repeated crashes the
   * worker.
   */
  run(tasks: () => readonly Task[], options: { readonly limit: number; readonly leaving: boolean }): Promise<boolean> {
    const run = this.#last.then(async () => {
      const frozen = await Promise.all(tasks().map((task) => task.freeze(options.limit, options.leaving)))
      for (const { task } of frozen) report(this.#parts.sensor, task)
      return this.#commit(frozen)
    })
    this.#last = run
    return run
  }

  /** Resolves when no cycle runs. */
  idle(): Promise<unknown> {
    return this.#last
  }

  async #commit(tasks: readonly FrozenTask[]): Promise<boolean> {
    const { clock, consumer, outbox, sensor } = this.#parts
    const begun = clock.monotonic()
    const unwritten = new Set(tasks.flatMap((task) => task.shards))
    // A task that was taken away while the cycle waited must leave no trace from then on.
    const open = (): readonly FrozenTask[] => tasks.filter(({ task }) => task.status === 'live')
    let committed: FrozenTask['offsets'] = []
    let entries = 0
    let error: unknown
    const failed = tasks.find(({ failure }) => failure !== undefined)?.failure
    if (failed === undefined && unwritten.size === 0 && tasks.every(({ offsets }) => offsets.length === 0)) return true
    try {
      if (failed !== undefined) throw failed.error
      await outbox.flush()
      await this.#proveMembership()
      // All of them settle before one's failure counts: an entry still on its way would land after the next cycle's.
      const sent = await Promise.allSettled(
        open().flatMap(({ task, shards }) => shards.map((frozen) => this.#changelog(task, frozen))),
      )
      const writes = sent.flatMap((one) => {
        if (one.status === 'rejected') throw one.reason
        return one.value ?? []
      })
      const offsets = open().flatMap((task) => task.offsets)
      if (offsets.length > 0) await consumer().commit(offsets.map(toCommit))
      this.#proved = clock.monotonic()
      for (const { queue, offset } of offsets) queue.committed = offset
      committed = offsets
      for (const { task, frozen, entries: written, position } of writes) {
        if (task.status !== 'live') continue
        await frozen.shard.write(frozen, written, position)
        unwritten.delete(frozen)
        entries += written.length
      }
    } catch (caught) {
      error = caught
      for (const frozen of unwritten) frozen.shard.putBack(frozen)
      this.#failed(caught)
    }
    sensor.onCommit?.({
      duration: clock.monotonic() - begun,
      entries,
      offsets: committed.map(({ queue, offset }) => ({ topic: queue.topic.name, partition: queue.partition, offset })),
      ...(error !== undefined && { error }),
    })
    return error === undefined
  }

  /**
   * A worker that was stopped for longer than its session must not write over its successor's entries: it learns here
   * that it is out, before the first record of the cycle.
   */
  async #proveMembership(): Promise<void> {
    const { clock, consumer, proofInterval } = this.#parts
    if (clock.monotonic() - this.#proved < proofInterval) return
    await consumer().heartbeat()
    this.#proved = clock.monotonic()
  }

  /** `undefined` when the task was taken away before anything was sent. */
  async #changelog(task: Task, frozen: FrozenShard): Promise<ShardWrite | undefined> {
    const { clock, producer } = this.#parts
    const { shard } = frozen
    const entries = await shard.encodeFrozen(frozen)
    if (task.status !== 'live') return undefined
    const { baseOffset } = await producer.send(shard.table.changelog, shard.partition, entries)
    // A log that knew the records already may not say where they are: the position then stays where it was.
    const offset = baseOffset < 0 ? (shard.store.position?.offset ?? -1) : baseOffset + entries.length - 1
    return { task, frozen, entries, position: { log: shard.log, offset, time: clock.now(), note: '' } }
  }

  #failed(error: unknown): void {
    const membership =
      isFaustError(error, 'FAUST_MEMBER_UNKNOWN') ||
      isFaustError(error, 'FAUST_GENERATION_STALE') ||
      isFaustError(error, 'FAUST_REBALANCE_IN_PROGRESS')
    if (membership || (isFaustError(error) && error.retriable)) {
      // Whoever is out of the group must not write again before an answer has said that he is in.
      this.#proved = -Infinity
      this.#parts.logger.warn(
        { error: messageOf(error) },
        'A commit failed; nothing was lost, its changes are part of the next one',
      )
    } else {
      this.#parts.crash(error)
    }
  }
}

function toCommit({ queue, offset, streamTime }: FrozenOffset): OffsetToCommit {
  const { leaderEpoch, partition, topic } = queue
  return { topic: topic.name, partition, offset, leaderEpoch, metadata: timeMetadata(streamTime) }
}
