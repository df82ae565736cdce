import type { Sensor } from '../sensor/sensor.ts'
import type { Clock } from '../service/clock.ts'
import { FaustError, isFaustError } from '../service/errors.ts'
import type { Logger } from '../service/logger.ts'
import { isPromise } from '../service/maybe-promise.ts'
import { sleep } from '../service/wait.ts'
import type { PartitionOffsets } from '../transport/admin.ts'
import type { RecordBatch, TopicPartitionOffset } from '../transport/record.ts'
import { partitionKey } from '../transport/record.ts'
import type { Transport } from '../transport/transport.ts'
import type { TableShard } from './table-shard.ts'

/** What a restore works with. */
export interface RestoreParts {
  readonly transport: Transport
  readonly clock: Clock
  readonly logger: Logger
  readonly sensor: Sensor
  /** `delete.retention.ms` of a changelog: how long its tombstones are sure to be readable. */
  readonly tombstoneRetention: (changelog: string) => number
}

interface Target {
  readonly shard: TableShard
  readonly from: number
  readonly end: number
  readonly begun: number
  records: number
}

/** Ms that one poll of a restore waits for records. */
const POLL_WAIT = 100
/** Ms between two tries while the log does not answer. */
const RETRY_PAUSE = 50

/**
 * Brings shards up to the ends of their changelogs, reading from where each one stands. Shards are read side by side;
 * partitions that are live are not touched. Ends early, without an error, when the signal fires.
 */
export async function restore(parts: RestoreParts, shards: readonly TableShard[], signal: AbortSignal): Promise<void> {
  const places = shards.map((shard) => changelogOf(shard))
  const bounds = await asked(parts, signal, () => parts.transport.admin.offsets(places))
  const targets = new Map<string, Target>()
  for (const [index, shard] of shards.entries()) {
    const target = await prepare(parts, shard, bounds[index]!)
    if (target !== undefined) targets.set(partitionKey(shard.table.changelog, shard.partition), target)
  }
  if (targets.size === 0 || signal.aborted) return
  const reader = parts.transport.reader({ isolation: 'read-committed' })
  try {
    const from = [...targets.values()].map((target) => ({ ...changelogOf(target.shard), offset: target.from }))
    await asked(parts, signal, () => reader.assign(from))
    while (targets.size > 0 && !signal.aborted) {
      for (const batch of await asked(parts, signal, () => reader.poll({ maxWait: POLL_WAIT, signal }))) {
        const id = partitionKey(batch.topic, batch.partition)
        const target = targets.get(id)
        if (target === undefined || signal.aborted) continue
        await apply(parts, target, batch)
        if (batch.nextOffset < target.end) continue
        targets.delete(id)
        reader.unassign([batch])
      }
    }
  } finally {
    await reader.close()
  }
}

/** Asks until there is an answer, or the signal fires: a log that is out of reach for a while does not end a worker. */
async function asked<T>({ clock }: RestoreParts, signal: AbortSignal, request: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await request()
    } catch (error) {
      if (!(isFaustError(error) && error.retriable)) throw error
      await sleep(clock, RETRY_PAUSE, signal)
    }
  }
}

function changelogOf(shard: TableShard): Omit<TopicPartitionOffset, 'offset'> {
  return { topic: shard.table.changelog, partition: shard.partition }
}

/** Where a shard has to be read from; `undefined` when it is at the end already. */
async function prepare(
  parts: RestoreParts,
  shard: TableShard,
  { logStart, logEnd }: PartitionOffsets,
): Promise<Target | undefined> {
  const { clock, logger } = parts
  const { position } = shard.store
  const facts = { table: shard.table.name, partition: shard.partition }
  let from = logStart
  if (position !== null) {
    const stale = clock.now() - position.time > parts.tombstoneRetention(shard.table.changelog) / 2
    if (position.log !== shard.log) {
      logger.warn(facts, 'The changelog was deleted and made again: the shard is emptied and rebuilt from the new one')
      await shard.store.clear()
    } else if (position.offset + 1 > logEnd) {
      throw new FaustError(
        'FAUST_RESTORE_FAILED',
        `Table ${shard.table.name}, partition ${shard.partition}: the store has followed ${shard.table.changelog} to ` +
          `offset ${position.offset}, but the log ends at ${logEnd}, so the log has lost ` +
          `${position.offset + 1 - logEnd} records. Bring the log back, or delete this shard's local state to go on ` +
          `with what the log still has.`,
        { details: { ...facts, position: position.offset, logEnd } },
      )
    } else if (position.offset + 1 < logStart || (stale && position.offset + 1 < logEnd)) {
      logger.info(facts, 'The shard is too far behind its changelog and is rebuilt: deletions may be gone from the log')
      await shard.store.clear()
    } else {
      from = position.offset + 1
    }
  }
  if (from >= logEnd) return undefined
  return { shard, from, end: logEnd, begun: clock.monotonic(), records: 0 }
}

async function apply(parts: RestoreParts, target: Target, batch: RecordBatch): Promise<void> {
  const { shard, from, end } = target
  const { clock, sensor } = parts
  const entries = batch.records.flatMap(({ key, value, offset, error }) => {
    if (error !== undefined) throw unreadable(shard, offset, error)
    return key === null ? [] : { key, value }
  })
  const written = shard.store.write({
    entries,
    position: { log: shard.log, offset: batch.nextOffset - 1, time: clock.now(), note: '' },
  })
  if (isPromise(written)) await written
  target.records += entries.length
  sensor.onRestore?.({
    table: shard.table.name,
    partition: shard.partition,
    done: Math.min(batch.nextOffset, end) - from,
    total: end - from,
    records: target.records,
    duration: clock.monotonic() - target.begun,
  })
}

function unreadable(shard: TableShard, offset: number, cause: unknown): FaustError {
  return new FaustError(
    'FAUST_RESTORE_FAILED',
    `Table ${shard.table.name}, partition ${shard.partition}: the record at offset ${offset} of ` +
      `${shard.table.changelog} can't be read, so the table can't be rebuilt from it. See the cause.`,
    { cause, details: { table: shard.table.name, partition: shard.partition, offset } },
  )
}
