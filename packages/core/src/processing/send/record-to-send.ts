import type { Headers } from '../../serializer/headers.ts'

/** A record to send. */
export interface RecordToSend<K = unknown, V = unknown> {
  /** Default none: the record goes to any partition. */
  readonly key?: K | null | undefined
  readonly value: V
  readonly headers?: Headers | undefined
  /** Epoch ms. Default: that of the value in hand, else now. */
  readonly timestamp?: number | undefined
  /** Default: the topic's partitioner decides by the key. */
  readonly partition?: number | undefined
}
