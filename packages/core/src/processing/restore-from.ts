import type { Clock } from '../service/clock.ts'
import { FaustError } from '../service/errors.ts'
import type { Logger } from '../service/logger.ts'
import type { PartitionOffsets } from '../transport/admin.ts'
import type { ChangelogShard } from './changelog-shard.ts'
import type { Topology } from './topology.ts'

export interface RestoreFromParts {
  readonly clock: Clock
  readonly logger: Logger
  readonly topology: Topology
}

/**
 * The offset from which a shard has to be read, the log end when it is up to date. A shard to which the log can't be
 * applied any more is emptied: it belongs to another log, or deletions may be gone that it has not seen.
 */
export async function restoreFrom(
  { clock, logger, topology }: RestoreFromParts,
  shard: ChangelogShard,
  { logStart, logEnd }: Pick<PartitionOffsets, 'logStart' | 'logEnd'>,
): Promise<number> {
  const { position } = shard.store
  if (position === null) return logStart
  const facts = { table: shard.table.name, partition: shard.partition }
  const next = position.offset + 1
  const { tombstoneRetention } = topology.topics.get(shard.table.changelog)!
  const stale = clock.now() - position.time > tombstoneRetention / 2
  if (position.log !== shard.log) {
    logger.warn(facts, 'The changelog was deleted and made again: the shard is emptied and rebuilt from the new one')
    await shard.store.clear()
    return logStart
  }
  if (next > logEnd) {
    throw new FaustError(
      'FAUST_RESTORE_FAILED',
      `Table ${shard.table.name}, partition ${shard.partition}: the store has followed ${shard.table.changelog} to ` +
        `offset ${position.offset}, but the log ends at ${logEnd}, so the log has lost ` +
        `${next - logEnd} records. Bring the log back, or delete this shard's local state to go on ` +
        `with what the log still has.`,
      { details: { ...facts, position: position.offset, logEnd } },
    )
  }
  if (next < logStart || (stale && next < logEnd)) {
    logger.info(facts, 'The shard is too far behind its changelog and is rebuilt: deletions may be gone from the log')
    await shard.store.clear()
    return logStart
  }
  return next
}
