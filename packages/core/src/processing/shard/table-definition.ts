import type { Serializer } from '../../serializer/serializer.ts'
import type { SnapshotTarget } from '../../store/snapshot/snapshot-target.ts'
import type { TableLayout } from './table-layout.ts'

/** Everything core knows of a table before it runs. */
export interface TableDefinition<K = unknown, V = unknown> {
  readonly name: string
  readonly key: Serializer<K>
  readonly value: Serializer<V>
  /** What decides the meaning of its stored bytes, in words. See `table-form.ts`. */
  readonly form: string
  /** Name of its changelog topic. */
  readonly changelog: string
  readonly config: Readonly<Record<string, string>>
  readonly replicas: number | undefined
  /** What happens when the changelog has lost what the table has, or needs. */
  readonly changelogLoss: 'stop' | 'rebuild'
  /** Where an empty shard finds a snapshot to begin with. */
  readonly snapshots: SnapshotTarget | undefined
  /** What says in which shard a key is: the key itself, or the partition of the record that writes it. */
  readonly partitionBy: 'key' | 'source'
  /** It keeps one value a key, under the key's own bytes: what handlers will ask for can be read ahead. */
  readonly keyed: boolean
  /** What it keeps beside the users' keys and values; none for a plain dictionary. */
  readonly layout?: TableLayout | undefined
}
