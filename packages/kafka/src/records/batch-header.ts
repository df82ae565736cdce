import { readBigInt64, readInt16, readInt32, readInt64 } from '../wire/integers.ts'

/**
 * Where the fields of a record batch of version 2 lie (https://kafka.apache.org/documentation/#recordbatch):
 *
 *     0 base offset     8 length         12 leader epoch   16 magic          17 crc
 *     21 attributes     23 last delta    27 base time      35 max time
 *     43 producer id    51 epoch         53 sequence       57 record count   61 records
 *
 * The checksum covers everything behind it: a broker may set base offset and leader epoch without reckoning it anew.
 */
export const BATCH = {
  length: 8,
  leaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  count: 57,
  records: 61,
} as const

/** Bytes that the field `length` does not count: base offset and length itself. */
export const BATCH_PREFIX = 12

/** The only version of record batches that is read and written: Kafka 0.11 and later. */
export const MAGIC = 2

/** Bits of the attributes. The lowest three name the codec. */
export const ATTRIBUTE = {
  codec: 0x07,
  logAppendTime: 0x08,
  transactional: 0x10,
  control: 0x20,
} as const

/** What a batch says about itself. */
export interface BatchHeader {
  /** Nearest number where it is beyond the safe integers, as for `lastOffset` and the timestamps. */
  readonly baseOffset: number
  /** Offset of the last record the batch had when it was written; compaction may have taken it. */
  readonly lastOffset: number
  readonly lastOffsetDelta: number
  /** Epoch of the leader that appended it; -1 before it was appended. */
  readonly leaderEpoch: number
  readonly magic: number
  readonly crc: number
  /** The number of its codec, 0 for none. */
  readonly codec: number
  /** Every record has the batch's `maxTimestamp`, the broker's clock; else each has its sender's. */
  readonly logAppendTime: boolean
  readonly transactional: boolean
  /** It holds markers of transactions or of the broker, no data. */
  readonly control: boolean
  /** What the records' deltas count from. Epoch ms; compaction may use it for its own ends, and the deltas still fit. */
  readonly baseTimestamp: number
  readonly maxTimestamp: number
  /** -1 for a producer without idempotence. */
  readonly producerId: bigint
  readonly producerEpoch: number
  /** Sequence of the first record; -1 without a producer id and in control batches. */
  readonly baseSequence: number
  /** Records that are still in it. */
  readonly count: number
}

/** Reads the header of the batch at `at`; 61 bytes have to be there. Nothing is checked. */
export function readBatchHeader(bytes: Uint8Array, at = 0): BatchHeader {
  const attributes = readInt16(bytes, at + BATCH.attributes)
  const baseOffset = readInt64(bytes, at)
  const lastOffsetDelta = readInt32(bytes, at + BATCH.lastOffsetDelta)
  return {
    baseOffset,
    lastOffset: baseOffset + lastOffsetDelta,
    lastOffsetDelta,
    leaderEpoch: readInt32(bytes, at + BATCH.leaderEpoch),
    magic: bytes[at + BATCH.magic]!,
    crc: readInt32(bytes, at + BATCH.crc),
    codec: attributes & ATTRIBUTE.codec,
    logAppendTime: (attributes & ATTRIBUTE.logAppendTime) !== 0,
    transactional: (attributes & ATTRIBUTE.transactional) !== 0,
    control: (attributes & ATTRIBUTE.control) !== 0,
    baseTimestamp: readInt64(bytes, at + BATCH.baseTimestamp),
    maxTimestamp: readInt64(bytes, at + BATCH.maxTimestamp),
    producerId: readBigInt64(bytes, at + BATCH.producerId),
    producerEpoch: readInt16(bytes, at + BATCH.producerEpoch),
    baseSequence: readInt32(bytes, at + BATCH.baseSequence),
    count: readInt32(bytes, at + BATCH.count),
  }
}
