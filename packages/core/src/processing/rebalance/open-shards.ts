import type { LogEnds } from '../queue/log-ends.ts'
import type { PartitionQueue } from '../queue/partition-queue.ts'
import type { RestoreParts } from '../restore/restore-parts.ts'
import { restore } from '../restore/restore.ts'
import type { KeeperContext } from '../shard/table-layout.ts'
import type { TableMemory } from '../shard/table-memory.ts'
import { TableShard } from '../shard/table-shard.ts'
import type { GlobalTables } from '../standby/global-tables.ts'
import type { LocalShards } from '../standby/local-shards.ts'
import type { Task } from '../task/task.ts'
import type { WorkerSettings } from '../worker-settings.ts'

/** What opening shards takes. */
export interface OpenShardsParts extends RestoreParts {
  readonly shards: LocalShards
  readonly settings: WorkerSettings
  readonly memory: TableMemory
  /** Tables that have to be whole before who names them begins. */
  readonly globals: Pick<GlobalTables, 'before'>
  readonly logEnds: LogEnds
  /** Asks for a cycle before its time. */
  readonly commitSoon: () => void
  /** Sends a record as part of the cycle that the task is about to be taken by. */
  readonly emit: (task: Task, ...record: Parameters<KeeperContext['emit']>) => ReturnType<KeeperContext['emit']>
}

/** Opens the shards of a task and brings them to the ends of their changelogs. Ends early when the signal fires. */
export async function openShards(
  parts: OpenShardsParts,
  task: Task,
  epoch: number,
  signal: AbortSignal,
): Promise<void> {
  const { memory, shards, topology } = parts
  for (const name of task.group.tables) {
    if (signal.aborted) return
    const table = topology.tables.get(name)!
    const { store, log } = await shards.open(table, task.partition, { mode: 'active', epoch })
    const context = contextOf(parts, task, name)
    task.shards.set(name, new TableShard(table, task.partition, store, log, memory, context))
  }
  await restore(parts, [...task.shards.values()], signal)
  for (const { keeper } of task.shards.values()) await keeper?.load()
}

/** What the keeper of a shard gets of its task. */
function contextOf(parts: OpenShardsParts, task: Task, table: string): Omit<KeeperContext, 'shard'> {
  const { clock, commitSoon, emit, logEnds, topology } = parts
  const feeding = new Set(
    topology.readings.filter(({ tables }) => tables.includes(table)).flatMap(({ topics }) => topics),
  )
  const sources = (): readonly PartitionQueue[] =>
    task.queues.filter(({ topic }) => feeding.has(topic.name) && !topic.past)
  return {
    clock,
    sources,
    commitSoon,
    emptyAt: (queue) => logEnds.emptyAt(queue),
    emit: (topic, record) => emit(task, topic, record),
  }
}
