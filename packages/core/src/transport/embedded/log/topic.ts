import type { PartitionLog } from './partition-log.ts'
import type { TopicConfig } from './topic-config.ts'

/** A topic with its partitions. */
export interface Topic {
  readonly name: string
  /** Another one when the topic was deleted and made again. */
  readonly id: string
  readonly config: TopicConfig
  /** The settings that were given, without the defaults. */
  readonly given: Readonly<Record<string, string>>
  readonly partitions: PartitionLog[]
}
