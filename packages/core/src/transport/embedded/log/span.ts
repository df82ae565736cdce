/** What a span of offsets holds: records of a producer, or the marker that ends its transaction. */
export type SpanKind = 'data' | 'commit' | 'abort'

/**
 * A run of offsets written by one producer without interruption: the unit of which abort filter, compaction and
 * whoever rebuilds Kafka's record batches think. A span never crosses the end of a transaction.
 */
export interface Span {
  readonly kind: SpanKind
  readonly baseOffset: number
  /** One beyond the last. */
  nextOffset: number
  /** -1 for a producer without idempotence. */
  readonly producerId: number
  readonly producerEpoch: number
  /** Of the first offset; -1 without idempotence. */
  readonly baseSequence: number
  readonly transactional: boolean
  /** Epoch ms from which on tombstones in here may go; set when a cleaning first meets them. */
  deleteHorizon?: number | undefined
}

/** What an append says of its producer. */
export interface SpanProducer {
  readonly producerId: number
  readonly producerEpoch: number
  readonly baseSequence: number
  readonly transactional: boolean
}

/** Sequences count from 0 to 2^31 - 1 and then from 0 again. */
export const SEQUENCE_LIMIT: number = 2 ** 31

/** The sequence `count` behind `base`. */
export function sequenceAfter(base: number, count: number): number {
  return (base + count) % SEQUENCE_LIMIT
}

/** Whether records that follow at `offset` continue `span`. */
export function continues(span: Span, offset: number, producer: SpanProducer): boolean {
  if (span.kind !== 'data' || span.nextOffset !== offset || span.deleteHorizon !== undefined) return false
  if (span.producerId !== producer.producerId || span.producerEpoch !== producer.producerEpoch) return false
  if (span.transactional !== producer.transactional) return false
  return span.producerId < 0 || sequenceAfter(span.baseSequence, offset - span.baseOffset) === producer.baseSequence
}
