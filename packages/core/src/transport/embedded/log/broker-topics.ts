import type { MaybePromise } from '../../../service/maybe-promise.ts'
import type { TopicDeclaration, TopicDescription } from '../../admin.ts'
import type { KafkaErrorCode } from './kafka-error.ts'

/** What became of one topic. */
export interface TopicAnswer {
  readonly name: string
  readonly error: KafkaErrorCode
  /** Why, where there is more to say than the error. */
  readonly message?: string | undefined
}

/** Topics and their settings. */
export interface TopicBroker {
  /** Creates topics; an existing one answers TOPIC_ALREADY_EXISTS and stays as it is. */
  createTopics(topics: readonly TopicDeclaration[]): MaybePromise<readonly TopicAnswer[]>
  /** Raises partition counts; a count that is not larger answers INVALID_PARTITIONS. */
  createPartitions(topic: string, partitions: number): MaybePromise<TopicAnswer>
  /** Deletes topics, their records and the offsets groups have committed for them. */
  deleteTopics(names: readonly string[]): MaybePromise<readonly TopicAnswer[]>
  /** Those that exist among `names`, or all. */
  describeTopics(names?: readonly string[]): MaybePromise<readonly TopicDescription[]>
  /** Calls `listener` after topics or partition counts changed; the answer ends that. */
  watchTopics(listener: () => void): () => void
}
