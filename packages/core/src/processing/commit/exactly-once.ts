import type { Sensor } from '../../sensor/sensor.ts'
import type { Clock } from '../../service/clock.ts'
import { FaustError, messageOf } from '../../service/errors.ts'
import type { Logger } from '../../service/logger.ts'
import type { Pending } from '../../service/pending.ts'
import type { GroupConsumer } from '../../transport/group.ts'
import type { Producer } from '../../transport/producer.ts'
import { sendOutputs } from '../send/send-outputs.ts'
import { type FrozenTask, type Task, toCommit } from '../task/task.ts'
import { type EncodedShard, type ShardWrite, writeChangelog } from './changelog-write.ts'
import { canBeMended, isMembershipError } from './commit-errors.ts'
import type { CommitOutcome, Guarantee } from './guarantee.ts'
import type { TransactionalProducer } from './transactional-producer.ts'

/** What it works with. */
export interface ExactlyOnceParts {
  readonly clock: Clock
  readonly logger: Logger
  readonly sensor: Sensor
  readonly transactions: TransactionalProducer
  /** Told what waits for serializers. */
  readonly encodings: Pending
  readonly consumer: () => GroupConsumer
  /** A join may be under way that does not wait for this cycle. */
  readonly joinSent: () => boolean
  /** Takes tasks back to what is committed, once the cycle has ended. */
  readonly takeBack: (tasks: readonly Task[]) => void
  /** A failure that no further cycle can mend. */
  readonly crash: (error: unknown) => void
}

/**
 * One transaction a cycle: outputs, changelogs and offsets of all its tasks are committed together, then the stores are
 * written. It carries the offsets of every task of which it holds a record, also those that have not moved, checked
 * against the membership of that moment: so it can't commit once a partition of it has gone to somebody else.
 *
 * After any failure nobody has to know what became of the transaction: the producer is made anew, which settles it, and
 * its tasks go back to what is committed.
 */
export class ExactlyOnce implements Guarantee {
  readonly #parts: ExactlyOnceParts

  constructor(parts: ExactlyOnceParts) {
    this.#parts = parts
  }

  init(): Promise<void> {
    return this.#parts.transactions.init()
  }

  close(options: { readonly within: number }): Promise<void> {
    return this.#parts.transactions.close(options)
  }

  async commit(tasks: readonly FrozenTask[]): Promise<CommitOutcome | undefined> {
    const changed = tasks.filter((one) => one.offsets.length > 0 || one.failure !== undefined)
    if (changed.length === 0) return undefined
    let writes: readonly ShardWrite[]
    let carried: readonly FrozenTask[] = changed
    try {
      const failed = changed.find(({ failure }) => failure !== undefined)?.failure
      if (failed !== undefined) throw failed.error
      const shards = await this.#parts.encodings.of(encodeShards(changed))
      const producer = await this.#parts.transactions.ready()
      // What was taken away until here leaves no trace; from here on the transaction stands or falls with each of them.
      carried = changed.filter(({ task }) => task.status === 'live')
      if (carried.length === 0) return undefined
      writes = await this.#transaction(producer, carried, shards)
    } catch (error) {
      await this.#undo(carried, error)
      return { offsets: [], entries: 0, error }
    } finally {
      for (const { task, outputs } of changed) task.outputs.gone(outputs)
    }
    const offsets = carried.flatMap((one) => one.offsets)
    for (const { queue, offset } of offsets) queue.committed = offset
    return { offsets, entries: await this.#writeStores(writes) }
  }

  async #transaction(
    producer: Producer,
    tasks: readonly FrozenTask[],
    shards: readonly EncodedShard[],
  ): Promise<readonly ShardWrite[]> {
    const { clock, sensor } = this.#parts
    producer.beginTransaction()
    const outputs = tasks.flatMap((one) => sendOutputs(one.outputs, { clock, producer, sensor }))
    const changelogs = shards
      .filter(({ task }) => task.status === 'live')
      .map((shard) => writeChangelog(shard, { clock, producer }))
    const sent = await allSent<ShardWrite | undefined>([...outputs, ...changelogs])
    await this.#sendOffsets(producer, tasks)
    checkHeld(tasks)
    await producer.commitTransaction()
    return sent.filter((write) => write !== undefined)
  }

  /** As the member of now; again when that has changed meanwhile and every task has stayed. */
  async #sendOffsets(producer: Producer, tasks: readonly FrozenTask[]): Promise<void> {
    const { consumer, joinSent } = this.#parts
    const offsets = tasks.flatMap((one) => one.offsets).map(toCommit)
    for (;;) {
      // From the request to join until its outcome no offset may be sent. A heartbeat waits for the outcome.
      if (joinSent()) await consumer().heartbeat()
      checkHeld(tasks)
      const membership = consumer().membership()
      if (membership === null) throw lost()
      try {
        return await producer.sendOffsets(offsets, membership)
      } catch (error) {
        const moved = joinSent() || consumer().membership()?.generation !== membership.generation
        if (!isMembershipError(error) || !moved) throw error
      }
    }
  }

  /** The transaction is committed: a store that can't be written is behind, and its task catches up from the changelog. */
  async #writeStores(writes: readonly ShardWrite[]): Promise<number> {
    const behind = new Set<Task>()
    let written = 0
    for (const { task, frozen, entries, position } of writes) {
      if (task.status !== 'live') continue
      try {
        await frozen.shard.write(frozen, entries, position)
        written += entries.length
      } catch (error) {
        if (task.status !== 'live') continue
        const facts = { table: frozen.shard.table.name, partition: frozen.shard.partition, error: messageOf(error) }
        this.#parts.logger.warn(facts, 'The store could not be written; it is opened again and follows its changelog')
        behind.add(task)
      }
    }
    this.#parts.takeBack([...behind])
    return written
  }

  async #undo(tasks: readonly FrozenTask[], error: unknown): Promise<void> {
    const { crash, logger, takeBack, transactions } = this.#parts
    takeBack(tasks.map(({ task }) => task))
    if (!canBeMended(error)) return crash(error)
    const facts = { tasks: tasks.length, error: messageOf(error) }
    logger.warn(facts, 'A transaction failed; what it held is undone and processed again from the last commit')
    await transactions.renew(error)
  }
}

/** Before the transaction is opened: a serializer may take its time. */
async function encodeShards(tasks: readonly FrozenTask[]): Promise<readonly EncodedShard[]> {
  const shards = tasks.flatMap(({ task, shards: frozen }) => frozen.map((one) => ({ task, frozen: one })))
  return Promise.all(
    shards.map(async ({ task, frozen }) => ({ task, frozen, entries: await frozen.shard.encodeFrozen(frozen) })),
  )
}

/** All of them have settled before one's failure counts; one that can't be mended counts before the others. */
async function allSent<T>(sends: readonly Promise<T>[]): Promise<readonly T[]> {
  const settled = await Promise.allSettled(sends)
  const errors = settled.flatMap((one): unknown[] => (one.status === 'rejected' ? [one.reason] : []))
  if (errors.length > 0) throw errors.find((error) => !canBeMended(error)) ?? errors[0]
  return settled.flatMap((one) => (one.status === 'fulfilled' ? one.value : []))
}

/** Membership is what the log checks, ownership it does not: one that was lost must not be committed, nor must what is with it. */
function checkHeld(tasks: readonly FrozenTask[]): void {
  if (tasks.some(({ task }) => task.status !== 'live')) throw lost()
}

function lost(): FaustError {
  return new FaustError(
    'FAUST_GENERATION_STALE',
    'A partition was taken away while the transaction that holds its offset was open: all of it is aborted',
  )
}
