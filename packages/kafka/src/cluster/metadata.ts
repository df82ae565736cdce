/** Who leads a partition, and since when: the epoch rises with every change of leader. */
export interface Leader {
  readonly node: number
  /** -1 where the broker did not say. */
  readonly epoch: number
}

export interface PartitionMetadata {
  readonly partition: number
  /** 0, or why it can't be used now: 5 means it has no leader. Other partitions are not concerned. */
  readonly error: number
  readonly leader: Leader | undefined
}

export interface TopicMetadata {
  readonly name: string
  /** Another one after the topic was deleted and made again under its name; '' for a topic that has none or is missing. */
  readonly id: string
  /** 0, or why nothing is known: 3 means it does not exist, 29 that it may not be seen. */
  readonly error: number
  /** By number, without a gap. */
  readonly partitions: readonly PartitionMetadata[]
}
