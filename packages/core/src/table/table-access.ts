import { CommittedView } from '../processing/shard/committed-view.ts'
import type { Delivery } from '../processing/task/delivery.ts'
import type { Runtime } from '../processing/runtime.ts'
import type { TableDefinition } from '../processing/shard/table-definition.ts'
import type { ReadableEntries } from '../processing/shard/table-layout.ts'
import type { TableShard } from '../processing/shard/table-shard.ts'
import { FaustError, isFaustError } from '../service/errors.ts'
import { partitionForKey } from '../topic/partitioner.ts'

/** A shard that may be read now, by whom, and whether it still may be. */
export interface ReadAccess {
  readonly shard: ReadableEntries
  /** The value on whose behalf; none outside handlers. */
  readonly delivery: Delivery | undefined
  /** Throws once the value's partition was taken away. */
  readonly check: () => void
}

/** The same of a shard that may also be written. */
export interface Access extends ReadAccess {
  readonly shard: TableShard
}

/**
 * The shard of the value in hand. Outside a handler: `undefined` for reading, `FAUST_TABLE_OUTSIDE_AGENT` for writing.
 */
export function writeAccess(runtime: Runtime, table: TableDefinition, doing: 'read' | 'written'): Access | undefined {
  const call = runtime.calls.getStore()
  if (call === undefined) {
    if (doing === 'read') return undefined
    throw new FaustError(
      'FAUST_TABLE_OUTSIDE_AGENT',
      `Table ${table.name} can't be written outside an agent: nothing would say which partition writes it. ` +
        `Send a record to a topic and let an agent that names the table write it.`,
      { details: { table: table.name } },
    )
  }
  const shard = call.shard(table.name)
  if (doing === 'written') call.wroteFor = call.current
  if (shard !== undefined && shard.table !== table) throw hasWindows(table)
  if (shard !== undefined) return { shard, delivery: call.current, check: () => call.checkLease() }
  call.check()
  if (!call.tables.has(table.name)) {
    throw new FaustError(
      'FAUST_TABLE_NOT_DECLARED',
      `Table ${table.name} is used by ${call.who}, which does not name it, so it may be on another worker. ` +
        `Add it to the agent's options: { tables: [${table.name}] }.`,
      { details: { table: table.name, who: call.who } },
    )
  }
  throw new FaustError(
    'FAUST_TABLE_OUTSIDE_AGENT',
    `Table ${table.name} is used by ${call.who} while no value is in hand, so no partition is either. ` +
      `Use tables inside the loop over the stream.`,
    { details: { table: table.name, who: call.who } },
  )
}

/**
 * The access for a key: the value's own shard, which the key must belong to, or any that is live here. `given` is the
 * partition that is asked for where keys don't say which.
 */
export function locate(
  runtime: Runtime,
  table: TableDefinition,
  key: Uint8Array | null,
  own: Access | undefined,
  given?: number,
): ReadAccess {
  if (key === null) {
    throw new FaustError('FAUST_ENCODE', `Table ${table.name} was asked for the key null. Keys are never null.`, {
      details: { table: table.name },
    })
  }
  if (own !== undefined) {
    const { group, partition } = own.delivery!.subscription.task
    const belongs = given ?? partitionForKey(key, group.partitions)
    if (belongs !== partition) throw wrongPartition(table, own, belongs)
    return own
  }
  const shards = localShards(runtime, table)
  const count = runtime
    .worker(`Table ${table.name} can't be read`)
    .parts.topology.groups.find(({ tables }) => tables.includes(table.name))?.partitions
  const belongs = count === undefined ? -1 : (given ?? partitionForKey(key, count))
  const shard = shards.find(({ partition }) => partition === belongs)
  if (shard !== undefined) return { shard, delivery: undefined, check: () => {} }
  if (count !== undefined) throw notLocal(table, belongs)
  throw new FaustError(
    'FAUST_TABLE_NOT_LOCAL',
    `Table ${table.name} is named by no agent, so no worker keeps it. Add it to the options of the agent that fills it.`,
    { details: { table: table.name, partition: belongs } },
  )
}

/**
 * What a reader is told whose read of the store failed. Outside of handlers a shard may leave the worker in the midst of
 * it: then the same as whoever comes a moment later.
 */
export function readFailure(runtime: Runtime, table: TableDefinition, shard: ReadableEntries, error: unknown): unknown {
  if (runtime.calls.getStore() !== undefined || !isFaustError(error, 'FAUST_CLOSED')) return error
  // One that is still here was closed by somebody else.
  const isHere = localShards(runtime, table).some(({ store }) => store === shard.store)
  return isHere ? error : notLocal(table, shard.partition)
}

/** A shard as its readers see it. */
export type LocalShard = TableShard | CommittedView

/**
 * The shards to iterate: the value's own inside a handler, every live one elsewhere; under exactly-once without what is
 * not committed.
 */
export function localShards(runtime: Runtime, table: TableDefinition, given?: number): readonly LocalShard[] {
  const own = writeAccess(runtime, table, 'read')
  if (own !== undefined) {
    if (given !== undefined && given !== own.shard.partition) throw wrongPartition(table, own, given)
    return [own.shard]
  }
  const { parts, tasks } = runtime.worker(`Table ${table.name} can't be read`)
  const committedOnly = parts.settings.guarantee === 'exactly-once'
  return tasks.live
    .flatMap(({ shards }) => shards.get(table.name) ?? [])
    .filter(({ partition }) => given === undefined || partition === given)
    .map((shard) => {
      if (shard.table !== table) throw hasWindows(table)
      return committedOnly ? new CommittedView(shard) : shard
    })
    .toSorted((a, b) => a.partition - b.partition)
}

function notLocal({ name }: TableDefinition, partition: number): FaustError {
  return new FaustError(
    'FAUST_TABLE_NOT_LOCAL',
    `The key belongs to partition ${partition} of table ${name}, which is not live on this worker: another ` +
      `one has it, or it is still being restored. Ask that worker, or try again.`,
    { retriable: true, details: { table: name, partition } },
  )
}

function hasWindows({ name }: TableDefinition): FaustError {
  return new FaustError(
    'FAUST_SETTING_INVALID',
    `Table ${name} is used as it was before it got its windows. Use what tumbling(…) or its like has answered.`,
    { details: { table: name } },
  )
}

function wrongPartition(table: TableDefinition, { delivery }: Access, belongs: number): FaustError {
  const { queue, task } = delivery!.subscription
  const where = `topic ${queue.topic.name}, partition ${task.partition}`
  return new FaustError(
    'FAUST_TABLE_WRONG_PARTITION',
    table.partitionBy === 'source'
      ? `Partition ${belongs} of table ${table.name} is asked for, but the value in hand is from ${where}, and may use ` +
          `only that shard. Ask for it by the event in hand: ${table.name}.of(event).`
      : `A key of table ${table.name} belongs to partition ${belongs}, but the value in hand is from ${where}, and may ` +
          `use only that shard. Read the topic by the table's key: ${queue.topic.name}.groupBy(…).`,
    { details: { table: table.name, belongs, partition: task.partition, topic: queue.topic.name } },
  )
}
