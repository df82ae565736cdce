import type { TopicDefinition } from '../topic/topic-definition.ts'
import type { TableDefinition } from './shard/table-definition.ts'
import type { Subscriber } from './task/subscription.ts'
import type { TaskGroup } from './task/task-group.ts'

/** A reader of topics with the tables it touches. */
export interface Reading {
  readonly subscriber: Subscriber
  readonly topics: readonly string[]
  readonly tables: readonly string[]
}

/** A topic as it was found or made at the start. */
export interface KnownTopic {
  readonly definition: TopicDefinition
  readonly id: string
  readonly partitions: number
  /** Largest record the topic takes, in bytes. */
  readonly maxRecordBytes: number
  /** Ms for which deletions are sure to be readable (`delete.retention.ms`). */
  readonly tombstoneRetention: number
  /** Records are deleted by age or size too, not only by compaction (`cleanup.policy` has `delete`). */
  readonly trimmed: boolean
}

/** Everything that was declared, with what the log said about it. Fixed for the life of a worker. */
export interface Topology {
  /** By name: every declared topic, internal ones and changelogs included. */
  readonly topics: ReadonlyMap<string, KnownTopic>
  readonly tables: ReadonlyMap<string, TableDefinition>
  /** Tables of which every worker keeps all partitions, by following a topic. */
  readonly globals: ReadonlyMap<string, TableDefinition>
  readonly readings: readonly Reading[]
  readonly groups: readonly TaskGroup[]
}
