import type { Headers } from '../serializer/headers.ts'
import type { FaustError } from '../service/errors.ts'

/** A partition of a topic. */
export interface TopicPartition {
  readonly topic: string
  /** Counted from 0. */
  readonly partition: number
}

/** A place in a partition: the offset of the next record to read. */
export interface TopicPartitionOffset extends TopicPartition {
  readonly offset: number
}

/** A record on its way into the log. Bytes are not copied: do not change them until the send has settled. */
export interface OutgoingRecord {
  readonly key: Uint8Array | null
  /** `null` is a tombstone: in a compacted topic it deletes the key. */
  readonly value: Uint8Array | null
  /** Default none. */
  readonly headers?: Headers | undefined
  /** Epoch ms, a whole number of at least 0. Default: the clock of the producer. */
  readonly timestamp?: number | undefined
}

/** A record that was read. Its bytes may be views into a larger buffer: read-only, copy what you keep for long. */
export interface IncomingRecord {
  /** Where it stands in its partition. */
  readonly offset: number
  /** Epoch ms: the sender's, or the log's where the topic is set to append time. */
  readonly timestamp: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: Headers
  /**
   * Set when the record cannot be represented (a timestamp beyond a safe integer, a body that does not decompress).
   * Key and value are then `null`; the policy for records that can't be decoded applies, and reading goes on. Its message
   * says what is wrong; where the record stands is said by who reports it.
   */
  readonly error?: FaustError | undefined
}

/**
 * Records in their order: an array, or what makes them when they are asked for. Of the thousands that wait in a queue most
 * need not be objects yet, and those that live for one handler cost the garbage collector nothing.
 */
export interface IncomingRecords extends Iterable<IncomingRecord> {
  readonly length: number
  /** The record at an index from 0 to `length - 1`. Equal at every call, not necessarily the same object. Never fails. */
  at(index: number): IncomingRecord | undefined
}

/** What one partition gave in one answer. */
export interface RecordBatch extends TopicPartition {
  /** Ascending offsets; gaps (compaction, transaction markers, aborted records) are normal. May be empty. */
  readonly records: IncomingRecords
  /** Where reading goes on; beyond the last record when markers or gaps follow it. Always moves forward. */
  readonly nextOffset: number
  /** The log end of the partition as this answer saw it. */
  readonly highWatermark: number
  /** Epoch of the leader that wrote the last record, to be committed with the offset; -1 where there is none. */
  readonly leaderEpoch: number
  /** Size of keys, values and headers together, in bytes; a bound for queues, not exact. */
  readonly bytes: number
}

/** One string for a partition, for maps. Topic names cannot hold a space, so it is unambiguous. */
export function partitionKey(topic: string, partition: number): string {
  return `${topic} ${partition}`
}
