import type { Clock } from '../../service/clock.ts'
import { messageOf } from '../../service/errors.ts'
import type { Logger } from '../../service/logger.ts'
import type { Pending } from '../../service/pending.ts'
import type { GroupConsumer } from '../../transport/group.ts'
import type { Producer } from '../../transport/producer.ts'
import type { Outbox } from '../send/outbox.ts'
import type { FrozenShard } from '../shard/table-shard.ts'
import { type FrozenOffset, type FrozenTask, type Task, toCommit } from '../task/task.ts'
import type { ChangelogProducer } from './changelog-producer.ts'
import { type ShardWrite, writeChangelog } from './changelog-write.ts'
import { isPassing } from './commit-errors.ts'
import type { CommitOutcome, Guarantee } from './guarantee.ts'

/** What it works with. */
export interface AtLeastOnceParts {
  readonly clock: Clock
  readonly logger: Logger
  readonly changelogs: ChangelogProducer
  readonly outbox: Outbox
  /** Told what waits for serializers. */
  readonly encodings: Pending
  readonly consumer: () => GroupConsumer
  /** Ms after which membership has to be proved before anything is written to a changelog: half a session. */
  readonly proofInterval: number
  /** A failure that the next cycle cannot mend. */
  readonly crash: (error: unknown) => void
}

/**
 * Makes effects and offsets durable in the one order in which nothing is lost: outputs, changelogs, offsets, stores. When
 * a step fails no later one runs, and what was frozen goes back beneath newer writes for the next cycle to repeat.
 */
export class AtLeastOnce implements Guarantee {
  readonly #parts: AtLeastOnceParts
  /** `monotonic` of the last answer that proved membership. */
  #proved: number

  constructor(parts: AtLeastOnceParts) {
    this.#parts = parts
    this.#proved = parts.clock.monotonic()
  }

  init(): Promise<void> {
    return this.#parts.changelogs.init()
  }

  close(options: { readonly within: number }): Promise<void> {
    return this.#parts.changelogs.close(options)
  }

  async commit(tasks: readonly FrozenTask[]): Promise<CommitOutcome | undefined> {
    const { changelogs, clock, consumer, outbox } = this.#parts
    const unwritten = new Set(tasks.flatMap((task) => task.shards))
    // A task that was taken away while the cycle waited must leave no trace from then on.
    const open = (): readonly FrozenTask[] => tasks.filter(({ task }) => task.status === 'live')
    let offsets: readonly FrozenOffset[] = []
    let entries = 0
    const failed = tasks.find(({ failure }) => failure !== undefined)?.failure
    if (failed === undefined && unwritten.size === 0 && tasks.every((task) => task.offsets.length === 0))
      return undefined
    try {
      if (failed !== undefined) throw failed.error
      await outbox.flush()
      const producer = await changelogs.ready()
      await this.#proveMembership()
      // All of them settle before one's failure counts: an entry still on its way would land after the next cycle's.
      const sent = await Promise.allSettled(
        open().flatMap(({ task, shards }) => shards.map((frozen) => this.#changelog(task, frozen, producer))),
      )
      const writes = sent.flatMap((one) => {
        if (one.status === 'rejected') throw one.reason
        return one.value ?? []
      })
      const frontiers = open().flatMap((task) => task.offsets)
      if (frontiers.length > 0) await consumer().commit(frontiers.map(toCommit))
      this.#proved = clock.monotonic()
      for (const { queue, offset } of frontiers) queue.committed = offset
      offsets = frontiers
      for (const { task, frozen, entries: written, position } of writes) {
        if (task.status !== 'live') continue
        await frozen.shard.write(frozen, written, position)
        unwritten.delete(frozen)
        entries += written.length
      }
      return { offsets, entries }
    } catch (error) {
      for (const frozen of unwritten) frozen.shard.putBack(frozen)
      this.#failed(error, changelogs.failed(error))
      return { offsets, entries, error }
    }
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
  async #changelog(task: Task, frozen: FrozenShard, producer: Producer): Promise<ShardWrite | undefined> {
    const { clock } = this.#parts
    const entries = await this.#parts.encodings.of(frozen.shard.encodeFrozen(frozen))
    return task.status === 'live' ? writeChangelog({ task, frozen, entries }, { clock, producer }) : undefined
  }

  /** Called when membership is lost: what is on its way to a changelog must not be tried again. */
  lost(): void {
    this.#parts.changelogs.abandon()
  }

  #failed(error: unknown, renews: boolean): void {
    if (renews || isPassing(error)) {
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
