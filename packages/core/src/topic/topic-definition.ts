import type { Serializer } from '../serializer/serializer.ts'
import type { Partitioner } from './partitioner.ts'

/** Where a group begins that has committed nothing yet. */
export type StartAt = 'earliest' | 'latest'

/** Everything core knows of a topic before it runs. Made by a declaration, never changed. */
export interface TopicDefinition<K = unknown, V = unknown> {
  readonly name: string
  readonly key: Serializer<K>
  readonly value: Serializer<V>
  /** A null value is a value here; elsewhere it is a record that can't be decoded. */
  readonly tombstones: boolean
  /** Wanted; `undefined` takes what the log gives, or the source's count for an internal topic. */
  readonly partitions: number | undefined
  readonly replicas: number | undefined
  readonly config: Readonly<Record<string, string>>
  /** Made at start when missing. */
  readonly create: boolean
  /** Belongs to the app alone: a repartition topic or a changelog. Always starts at earliest. */
  readonly internal: boolean
  /** Its records come from the past, so they do not move event time on. Default false. */
  readonly past?: boolean | undefined
  readonly startAt: StartAt
  readonly partitioner: Partitioner
}
