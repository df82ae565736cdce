import type { Clock } from '../../service/clock.ts'
import type { ShardPosition } from '../../store/store.ts'
import type { Producer } from '../../transport/producer.ts'
import type { ChangelogEntry } from '../shard/changelog-entry.ts'
import type { FrozenShard } from '../shard/table-shard.ts'
import type { Task } from '../task/task.ts'

/** Frozen entries of a shard as bytes. */
export interface EncodedShard {
  readonly task: Task
  readonly frozen: FrozenShard
  readonly entries: readonly ChangelogEntry[]
}

/** The same with the place the changelog has given them. */
export interface ShardWrite extends EncodedShard {
  readonly position: ShardPosition
}

/** Sends a shard's entries to its changelog; resolves when they are acknowledged. */
export async function writeChangelog(
  { task, frozen, entries }: EncodedShard,
  { clock, producer }: { readonly clock: Clock; readonly producer: Producer },
): Promise<ShardWrite> {
  const { shard } = frozen
  const { baseOffset } = await producer.send(shard.table.changelog, shard.partition, entries)
  // A log that knew the records already may not say where they are: the position then stays where it was.
  const offset = baseOffset < 0 ? (shard.store.position?.offset ?? -1) : baseOffset + entries.length - 1
  return { task, frozen, entries, position: { log: shard.log, offset, time: clock.now(), note: '' } }
}
