import type { Headers } from '../serializer/headers.ts'
import type { TopicPartition } from '../transport/record.ts'

/** A value together with the record it came from. */
export interface Event<K = unknown, V = unknown> extends TopicPartition {
  /** `null` for a record without a key. Decoded when it is first read; throws `FAUST_DECODE` when it can't be. */
  readonly key: K | null
  /** As the operators before have mapped it. */
  readonly value: V
  readonly headers: Headers
  /** Epoch ms. */
  readonly timestamp: number
  readonly offset: number
}
