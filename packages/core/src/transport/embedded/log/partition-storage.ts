import type { OutgoingRecord } from '../../record.ts'
import type { SpanKind, SpanProducer } from './span.ts'

/** Records as they are about to be appended. */
export interface StoredAppend extends SpanProducer {
  readonly baseOffset: number
  readonly records: readonly OutgoingRecord[]
  /** Epoch ms for all records where the log sets timestamps, else null. */
  readonly at: number | null
  /** Epoch ms for records that bring no timestamp. */
  readonly fallback: number
  /** Epoch ms of the append. */
  readonly now: number
}

/** A marker as it is about to be appended. */
export interface StoredMarker {
  readonly kind: Exclude<SpanKind, 'data'>
  readonly offset: number
  readonly producerId: number
  readonly producerEpoch: number
  readonly now: number
}

/**
 * Where a partition keeps what memory would forget. Every call has handed its bytes to the operating system when it
 * returns; one that throws has left no trace, and the partition then stays as it was.
 */
export interface PartitionStorage {
  append(entry: StoredAppend): void
  marker(entry: StoredMarker): void
  logStart(offset: number): void
  /** Begins to write the partition anew, as it is in memory; null when little would be gained and `force` is not set. */
  rewrite(force: boolean): PartitionRewrite | null
  close(): void
  /** Closes and removes it. */
  destroy(): void
}

/** A rewriting of a partition, in small steps between which everything else goes on. */
export interface PartitionRewrite {
  /** Works on `chunks` chunks. True when the new has taken the place of the old. A throw leaves the old in its place. */
  step(chunks: number): boolean
  /** Gives it up. */
  abandon(): void
}
