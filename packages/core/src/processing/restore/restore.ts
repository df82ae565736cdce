import { abortError } from '../../service/wait.ts'
import { ChangelogReader } from './changelog-reader.ts'
import { type ChangelogShard, changelogOf } from './changelog-shard.ts'
import { restoreFrom } from './restore-from.ts'
import type { RestoreParts } from './restore-parts.ts'
import { untilAnswered } from './until-answered.ts'

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
  const changelogs = new ChangelogReader(parts, signal)
  for (const [index, shard] of shards.entries()) {
    const { logEnd } = bounds[index]!
    const offset = await restoreFrom(parts, shard, bounds[index]!, signal)
    if (offset < logEnd) changelogs.add(shard, offset, logEnd)
  }
  if (signal.aborted) throw abortError(signal, 'The restore')
  if (changelogs.done) return
  await parts.restores.use(() => changelogs.read())
}
