import type { CurrentAssignment } from '../../assignment/assignor.ts'
import type { Clock } from '../../service/clock.ts'
import { messageOf } from '../../service/errors.ts'
import type { Logger } from '../../service/logger.ts'
import { sleep } from '../../service/wait.ts'
import { partitionKey } from '../../transport/record.ts'
import type { TaskGroup } from '../task/task-group.ts'
import type { Topology } from '../topology.ts'
import type { LocalShards } from './local-shards.ts'

/** A task whose shards this worker has, as its own or as copies. */
interface Held {
  readonly group: TaskGroup
  readonly partition: number
}

/** What the removal of copies works with. */
export interface UnaskedCopiesParts {
  readonly clock: Clock
  readonly logger: Logger
  readonly topology: Topology
  readonly assignor: { current(): CurrentAssignment | undefined }
  readonly shards: LocalShards
  /** What this worker runs, whether the group is giving it others, and whether it is a member at all. */
  readonly tasks: { readonly rebalancing: boolean; readonly member: boolean; readonly tasks: readonly Held[] }
  /** What it follows. */
  readonly standbys: { readonly tasks: readonly Held[] }
  readonly settings: { readonly copyRetention: number }
}

/** Most ms between two looks. */
const INTERVAL = 60_000

/**
 * Destroys the copies in this worker's store that nobody has asked for during `copyRetention`: of partitions that went to
 * other workers, and of tables that the program no longer has. Never what a task or a standby has or is about to open, nothing
 * of a shared store, and nothing while the worker has lost its place in the group: its time begins anew then. What is
 * destroyed costs whoever needs it again a restore.
 */
export async function removeUnaskedCopies(parts: UnaskedCopiesParts, signal: AbortSignal): Promise<void> {
  const { clock, settings } = parts
  if (!parts.shards.own) return
  /** By table and partition: when a look first found it unasked for. */
  const since = new Map<string, number>()
  for (;;) {
    try {
      await sleep(clock, Math.min(INTERVAL, settings.copyRetention), signal)
    } catch {
      return
    }
    if (!parts.tasks.member) since.clear()
    else if (!parts.tasks.rebalancing) await look(parts, since)
  }
}

async function look(parts: UnaskedCopiesParts, since: Map<string, number>): Promise<void> {
  const { clock, logger, settings, shards } = parts
  const now = clock.monotonic()
  const asked = askedFor(parts)
  const removals: Promise<string | undefined>[] = []
  for (const { table, partition } of shards.copies()) {
    const id = partitionKey(table, partition)
    if (asked.has(id) || parts.topology.globals.has(table)) since.delete(id)
    else if (!since.has(id)) since.set(id, now)
    else if (now - since.get(id)! >= settings.copyRetention) {
      since.delete(id)
      removals.push(remove(parts, table, partition))
    }
  }
  const removed = (await Promise.all(removals)).filter((copy) => copy !== undefined)
  if (removed.length === 0) return
  logger.info(
    { shards: removed },
    'Table partitions that run elsewhere, and that nobody has asked for, were removed here',
  )
}

/** The shards that are open or about to be. */
function askedFor({ assignor, standbys, tasks, topology }: UnaskedCopiesParts): ReadonlySet<string> {
  const dealt = (assignor.current()?.standbys ?? []).flatMap(({ topics, partition }) => {
    const group = topology.groups.find((one) => one.topics.includes(topics[0]!))
    return group === undefined ? [] : [{ group, partition }]
  })
  const all = [...tasks.tasks, ...standbys.tasks, ...dealt]
  return new Set(all.flatMap(({ group, partition }) => group.tables.map((table) => partitionKey(table, partition))))
}

/** Answers what it has removed. What can't be removed now is tried again after another `copyRetention`. */
async function remove(
  { logger, shards }: UnaskedCopiesParts,
  table: string,
  partition: number,
): Promise<string | undefined> {
  try {
    await shards.remove(table, partition)
    return `${table}/${partition}`
  } catch (error) {
    logger.warn({ table, partition, error: messageOf(error) }, 'A copy that nobody has asked for could not be removed')
    return undefined
  }
}
