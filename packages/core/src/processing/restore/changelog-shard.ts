import type { Shard } from '../../store/store.ts'
import type { TopicPartition } from '../../transport/record.ts'
import type { TableDefinition } from '../shard/table-definition.ts'

/** An open shard with the changelog that it follows, whether a task works with it or not. */
export interface ChangelogShard {
  readonly table: TableDefinition
  readonly partition: number
  readonly store: Shard
  /** Topic id of the changelog, for positions. */
  readonly log: string
}

/** The partition of the changelog that a shard follows. */
export function changelogOf({ table, partition }: Pick<ChangelogShard, 'table' | 'partition'>): TopicPartition {
  return { topic: table.changelog, partition }
}
