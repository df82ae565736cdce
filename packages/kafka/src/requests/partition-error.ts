import type { TopicPartition } from '@faust/core'

/** What became of one partition, where nothing more is told. */
export interface PartitionError extends TopicPartition {
  /** 0, or what went wrong; the API's file says what it can be. */
  readonly error: number
}

/** The answer of APIs that say for each partition whether it went well. */
export interface PartitionErrors {
  /** Ms, by quota. */
  readonly throttleTime: number
  readonly partitions: readonly PartitionError[]
}
