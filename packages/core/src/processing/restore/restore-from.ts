import { FaustError } from '../../service/errors.ts'
import type { PartitionOffsets } from '../../transport/admin.ts'
import type { ChangelogShard } from './changelog-shard.ts'
import type { RestoreFromParts } from './restore-parts.ts'
import { LOADING, loadSnapshot } from './shard-snapshots.ts'
import { counted } from '../../service/counted.ts'

type Bounds = Pick<PartitionOffsets, 'logStart' | 'logEnd'>

/**
 * The offset from which a shard has to be read, the log end when it is up to date. A shard that is too old to be
 * continued is emptied, and an empty one is filled from a snapshot when the table has one that fits. When the log has
 * lost something, the table's `changelogLoss` decides: an error that says what is missing on which side, or the shard is
 * emptied and takes what the log still has. Rejects with `FAUST_ABORTED` when the signal fires.
 */
export async function restoreFrom(
  parts: RestoreFromParts,
  shard: ChangelogShard,
  bounds: Bounds,
  signal: AbortSignal,
): Promise<number> {
  const { clock, logger, topology } = parts
  const { logStart, logEnd } = bounds
  const { table, partition, store } = shard
  const { tombstoneRetention, trimmed } = topology.topics.get(table.changelog)!
  if (store.position?.log === LOADING) await store.clear()
  if (store.position === null) await loadSnapshot(parts, shard, bounds, signal)
  const { position } = store
  const loss = lossOf(shard, bounds, trimmed)
  if (loss !== undefined) {
    if (table.changelogLoss === 'stop') throw lost(shard, bounds, loss)
    logger.warn(
      { table: table.name, partition },
      `Table ${table.name}, partition ${partition}: ${loss} The shard is rebuilt from what the log has ` +
        "(`changelogLoss: 'rebuild'`)",
    )
    if (position !== null) await store.clear()
    return logStart
  }
  if (position === null) return logStart
  const next = position.offset + 1
  const stale = clock.now() - position.time > tombstoneRetention / 2
  if (position.log === shard.log && next >= logStart && !(stale && next < logEnd)) return next
  logger.info(
    { table: table.name, partition },
    'The shard is too far behind its changelog and is rebuilt: deletions may be gone from the log',
  )
  await store.clear()
  // An empty shard is never too old, so this is the only time round.
  return restoreFrom(parts, shard, bounds, signal)
}

/** What the log has lost, as a sentence; `undefined` when the shard can be brought to its end. */
function lossOf(
  { table, store: { position }, log }: ChangelogShard,
  { logStart, logEnd }: Bounds,
  trimmed: boolean,
): string | undefined {
  // A shard that holds nothing of any log can lose nothing with it.
  const held = position === null || position.offset < 0 ? undefined : position
  if (held !== undefined && held.log !== log) {
    return (
      `${table.changelog} was deleted and made again. The store has followed the old one to offset ${held.offset}; ` +
      `the new one has the offsets ${logStart} to ${logEnd}.`
    )
  }
  if (held !== undefined && held.offset + 1 > logEnd) {
    return (
      `the store has followed ${table.changelog} to offset ${held.offset}, but the log ends at ${logEnd}: it has lost ` +
      `${counted(held.offset + 1 - logEnd, 'record')} that the store has.`
    )
  }
  if (!trimmed && (held?.offset ?? -1) + 1 < logStart) {
    return (
      `${table.changelog} begins at offset ${logStart}: what the store lacks before it ` +
      `(${counted(logStart - ((held?.offset ?? -1) + 1), 'record')}) was deleted, though nothing but compaction may ` +
      `remove records of this topic.`
    )
  }
  return undefined
}

function lost({ table, partition, store: { position } }: ChangelogShard, bounds: Bounds, loss: string): FaustError {
  return new FaustError(
    'FAUST_CHANGELOG_LOST',
    `Table ${table.name}, partition ${partition}: ${loss} Bring the log back as it was; or declare the table with ` +
      "`changelogLoss: 'rebuild'` to give up what is not in the log.",
    { details: { table: table.name, partition, changelog: table.changelog, position, ...bounds } },
  )
}
