import type { OutgoingRecord } from '@faust/core'
import { allocate } from '../wire/allocate.ts'
import { writeBigInt64, writeInt16, writeInt32, writeInt64 } from '../wire/integers.ts'
import { varintSize } from '../wire/varint.ts'
import { ATTRIBUTE, BATCH, BATCH_PREFIX, MAGIC } from './batch-header.ts'
import { compressionId, type Codecs, type CompressionName } from './compression/codec.ts'
import { crc32c } from './crc32c.ts'
import { refuseSize, refuseTimestamp } from './refuse-record.ts'
import { recordSize, writeRecord } from './write-record.ts'

/** What completes a batch. A producer gives the first five; the rest is what a broker decides. */
export interface BatchSeal {
  /** -1 without idempotence. */
  readonly producerId: bigint
  readonly producerEpoch: number
  /** Sequence of the first record, -1 without idempotence; the others count on from it, from 2^31 - 1 to 0. */
  readonly baseSequence: number
  readonly transactional: boolean
  readonly compression: CompressionName
  /** Needed with any compression but `none`. */
  readonly codecs?: Codecs | undefined
  /** Default 0: the broker sets it. */
  readonly baseOffset?: number | undefined
  /** Default -1: the broker sets it. */
  readonly leaderEpoch?: number | undefined
  /** Default: that of the last record. Larger where compaction took what came behind. */
  readonly lastOffsetDelta?: number | undefined
  /** Epoch ms that every record has instead of its own. Default none. */
  readonly logAppendTime?: number | undefined
  /** Markers instead of data. Default false. */
  readonly control?: boolean | undefined
}

/** The lengths of the protocol have 31 bits. */
const MAX_SIZE = 0x7fff_ffff
const MIN_CAPACITY = 256

/**
 * Writes records straight into one growing buffer that becomes the batch. `seal` ends it: producer id, epoch and
 * sequence are known when it is sent, and the bytes never change afterwards.
 */
export class BatchBuilder {
  #capacity: number
  #bytes: Uint8Array = new Uint8Array(0)
  #at: number = BATCH.records
  #count = 0
  #lastDelta = -1
  #baseTimestamp = -1
  #maxTimestamp = -1

  /** `capacity`: the bytes that a batch is expected to take. */
  constructor(capacity: number = MIN_CAPACITY) {
    this.#capacity = Math.max(capacity, MIN_CAPACITY)
  }

  /** Records so far. */
  get count(): number {
    return this.#count
  }

  /** Bytes so far, uncompressed, the header of the batch included. */
  get size(): number {
    return this.#at
  }

  /** What `size` would be with this record too. */
  sizeWith(record: OutgoingRecord, timestamp: number): number {
    const timestampDelta = this.#count === 0 ? 0 : timestamp - this.#baseTimestamp
    const size = recordSize(record, timestampDelta, this.#lastDelta + 1)
    return this.#at + varintSize(size) + size
  }

  /**
   * Appends a record. `timestamp` in epoch ms, -1 for none; anything else is refused with `FAUST_RECORD_INVALID`, and the
   * batch stays as it was. `offsetDelta`, the distance to the batch's base offset, has to rise; by default it does by 1.
   */
  add(record: OutgoingRecord, timestamp: number, offsetDelta: number = this.#lastDelta + 1): void {
    if (!Number.isSafeInteger(timestamp) || timestamp < -1) throw refuseTimestamp(timestamp)
    const timestampDelta = this.#count === 0 ? 0 : timestamp - this.#baseTimestamp
    const size = recordSize(record, timestampDelta, offsetDelta)
    const end = this.#at + varintSize(size) + size
    if (end > this.#bytes.length) this.#grow(end)
    writeRecord(this.#bytes, this.#at, record, size, timestampDelta, offsetDelta)
    if (this.#count === 0) this.#baseTimestamp = timestamp
    if (timestamp > this.#maxTimestamp) this.#maxTimestamp = timestamp
    this.#at = end
    this.#count++
    this.#lastDelta = offsetDelta
  }

  /** The bytes of the batch. The builder is empty afterwards and may be used for the next one. */
  seal(seal: BatchSeal): Uint8Array {
    if (this.#bytes.length === 0) this.#grow(BATCH.records)
    const bytes = this.#records(seal)
    const { logAppendTime } = seal
    const attributes =
      compressionId(seal.compression) |
      (logAppendTime === undefined ? 0 : ATTRIBUTE.logAppendTime) |
      (seal.transactional ? ATTRIBUTE.transactional : 0) |
      (seal.control === true ? ATTRIBUTE.control : 0)
    writeInt64(bytes, 0, seal.baseOffset ?? 0)
    writeInt32(bytes, BATCH.length, bytes.length - BATCH_PREFIX)
    writeInt32(bytes, BATCH.leaderEpoch, seal.leaderEpoch ?? -1)
    bytes[BATCH.magic] = MAGIC
    writeInt16(bytes, BATCH.attributes, attributes)
    writeInt32(bytes, BATCH.lastOffsetDelta, seal.lastOffsetDelta ?? this.#lastDelta)
    writeInt64(bytes, BATCH.baseTimestamp, this.#baseTimestamp)
    writeInt64(bytes, BATCH.maxTimestamp, logAppendTime ?? this.#maxTimestamp)
    writeBigInt64(bytes, BATCH.producerId, seal.producerId)
    writeInt16(bytes, BATCH.producerEpoch, seal.producerEpoch)
    writeInt32(bytes, BATCH.baseSequence, seal.baseSequence)
    writeInt32(bytes, BATCH.count, this.#count)
    writeInt32(bytes, BATCH.crc, crc32c(bytes, BATCH.attributes, bytes.length))
    this.#reset()
    return bytes
  }

  /** The batch without its header: the records as they are, or compressed behind room for the header. */
  #records({ compression, codecs }: BatchSeal): Uint8Array {
    const plain = this.#bytes.subarray(0, this.#at)
    if (compression === 'none') return plain
    if (codecs === undefined)
      throw new TypeError(`A batch is to be compressed by ${compression}, and codecs are missing`)
    const compressed = codecs.byName(compression).compress(plain.subarray(BATCH.records))
    const bytes = allocate(BATCH.records + compressed.length)
    bytes.set(compressed, BATCH.records)
    return bytes
  }

  #grow(size: number): void {
    if (size > MAX_SIZE) throw refuseSize(size)
    const larger = allocate(Math.max(size, this.#capacity, Math.min(this.#bytes.length * 2, MAX_SIZE)))
    larger.set(this.#bytes.subarray(0, this.#at))
    this.#bytes = larger
  }

  #reset(): void {
    this.#bytes = new Uint8Array(0)
    this.#at = BATCH.records
    this.#count = 0
    this.#lastDelta = -1
    this.#baseTimestamp = -1
    this.#maxTimestamp = -1
  }
}
