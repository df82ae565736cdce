import { abortError } from '../../service/wait.ts'
import type { ShardUse } from '../../store/store.ts'
import type { PartitionOffsets } from '../../transport/admin.ts'
import { ChangelogReader } from './changelog-reader.ts'
import { type ChangelogShard, changelogOf } from './changelog-shard.ts'
import { restoreFrom } from './restore-from.ts'
import type { RestoreParts } from './restore-parts.ts'
import { untilAnswered } from './until-answered.ts'

/** Records from which on a store is told that a restore begins and ends: to ready itself may take it as long as some ten thousand. */
const LONG = 100_000

/**
 * Brings shards from where each one stands up to the ends of their changelogs, as they are at the call: committed
 * records only, so it waits for transactions that are still open. Shards are read side by side, and nothing else is
 * touched. Nobody else may write the shards meanwhile. Rejects with `FAUST_ABORTED` when the signal fires; what was
 * written until then stays, and the next restore goes on behind it.
 */
export async function restore(
  parts: RestoreParts,
  shards: readonly ChangelogShard[],
  signal: AbortSignal,
): Promise<void> {
  const places = shards.map((shard) => changelogOf(shard))
  const bounds = await untilAnswered(parts, signal, () => parts.transport.admin.offsets(places))
  const long = shards.filter((shard, index) => lacking(shard, bounds[index]!) >= LONG)
  await tune(long, 'restore')
  const changelogs = new ChangelogReader(parts, signal)
  for (const [index, shard] of shards.entries()) {
    const { logEnd } = bounds[index]!
    const offset = await restoreFrom(parts, shard, bounds[index]!, signal)
    if (offset < logEnd) changelogs.add(shard, offset, logEnd)
  }
  if (signal.aborted) throw abortError(signal, 'The restore')
  if (!changelogs.done) await parts.restores.use(() => changelogs.read())
  // Where it fails the shards are closed as they are.
  await tune(long, 'serve')
}

/** At most so many records are to be read: some of them may be gone by compaction, or be in a snapshot. */
function lacking({ log, store: { position } }: ChangelogShard, { logEnd, logStart }: PartitionOffsets): number {
  return logEnd - (position?.log === log ? position.offset + 1 : logStart)
}

/** Rejects once all are done with it, so that whoever closes them meets none at work. */
async function tune(shards: readonly ChangelogShard[], use: ShardUse): Promise<void> {
  const outcomes = await Promise.allSettled(shards.map(async ({ store }) => store.tune?.(use)))
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
}
