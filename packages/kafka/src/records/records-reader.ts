import { readInt32, readInt64 } from '../wire/integers.ts'
import { AbortedTransactions, type AbortedTransaction } from './aborted-transactions.ts'
import { BATCH, BATCH_PREFIX, MAGIC, readBatchHeader, type BatchHeader } from './batch-header.ts'
import type { Codec, Codecs } from './compression/codec.ts'
import { BatchRecords } from './batch-records.ts'
import { CONTROL, controlType } from './control-record.ts'
import { codecMissing, corruptBatch, oldFormat } from './corrupt-batch.ts'
import { crc32c } from './crc32c.ts'
import { readRecords } from './read-records.ts'
import { unreadable, type Place } from './unreadable-record.ts'

/** What one partition gave in a Fetch answer, and how it is to be read. */
export interface RecordsToRead extends Place {
  /** `records` of the answer. What is read are views into it. */
  readonly bytes: Uint8Array
  /** The offset that was asked for. */
  readonly position: number
  /** `aborted` of the answer under read-committed; `null` hands out the records of aborted transactions too. */
  readonly aborted: readonly AbortedTransaction[] | null
  readonly codecs: Codecs
  /** Whether checksums are compared; default true. */
  readonly checkCrc?: boolean | undefined
}

/** Bytes up to and with the magic number, which comes at the same place in all formats. */
const UP_TO_MAGIC = BATCH.magic + 1

/**
 * Reads the batches of one partition, one after the other and only when asked, so that whoever reads can stop in between.
 * Control batches, aborted ones and ones that compaction has emptied give no records but move the position: it is last
 * offset of the batch + 1, never base + count. A batch that is cut short at the end is left for the next fetch.
 *
 * What cannot be represented becomes a record with `error`: a body that does not unpack or is malformed (one for the
 * batch), a timestamp beyond the safe integers (one for the record), offsets beyond them (one for the batch).
 */
export class RecordsReader {
  readonly #source: RecordsToRead
  readonly #aborted: AbortedTransactions | null
  #at = 0
  #position: number
  #leaderEpoch = -1
  #size = 0

  constructor(source: RecordsToRead) {
    this.#source = source
    this.#position = source.position
    this.#aborted = source.aborted === null ? null : new AbortedTransactions(source.aborted)
  }

  /** Where reading goes on: behind everything that was read or passed over. Never moves backwards. */
  get position(): number {
    return this.#position
  }

  /** Of the batch before `position`; -1 before the first one. */
  get leaderEpoch(): number {
    return this.#leaderEpoch
  }

  /** Size of keys, values and headers of what the last `read` gave. */
  get size(): number {
    return this.#size
  }

  /**
   * The records of the next batch that has some, or `null` when there is none any more. Throws `FAUST_ANSWER_INVALID`
   * (damaged; retriable by fetching again) or `FAUST_NOT_SUPPORTED` (a format of before 0.11, a codec that is missing), both
   * with topic, partition and offset; the position then stays before that batch.
   */
  read(): BatchRecords | null {
    const { bytes } = this.#source
    for (;;) {
      const rest = bytes.length - this.#at
      if (rest < UP_TO_MAGIC) return this.#end(this.#position)
      const place = Math.max(this.#position, readInt64(bytes, this.#at))
      const length = BATCH_PREFIX + readInt32(bytes, this.#at + BATCH.length)
      if (length < UP_TO_MAGIC) throw corruptBatch(this.#source, place, `says that it is ${length} bytes long`)
      const magic = bytes[this.#at + BATCH.magic]!
      if (magic < MAGIC) throw oldFormat(this.#source, place, magic)
      if (magic > MAGIC) throw corruptBatch(this.#source, place, `has the unknown format ${magic}`)
      if (length < BATCH.records) throw corruptBatch(this.#source, place, `says that it is ${length} bytes long`)
      if (length > rest) return this.#end(place)

      const records = this.#readBatch(bytes.subarray(this.#at, this.#at + length))
      this.#at += length
      if (records !== null) return records
    }
  }

  /**
   * A broker sends the first batch whole, whatever its size. Where it has not, fetching again would give the same for ever;
   * Java's consumer calls it an error too.
   */
  #end(place: number): null {
    if (this.#at > 0 || this.#source.bytes.length === 0) return null
    throw corruptBatch(this.#source, place, 'is cut short though it is the first of the answer')
  }

  /** The records of one whole batch, `null` when there are none. */
  #readBatch(batch: Uint8Array): BatchRecords | null {
    const source = this.#source
    const header = readBatchHeader(batch)
    if (source.checkCrc !== false && crc32c(batch, BATCH.attributes, batch.length) !== header.crc) {
      throw corruptBatch(source, header.baseOffset, 'does not match its checksum')
    }
    if (header.baseOffset < 0 || header.lastOffsetDelta < 0) {
      throw corruptBatch(source, header.baseOffset, `ends at offset ${header.lastOffset}`)
    }
    const read = this.#isLeftOut(header, batch) ? null : this.#readBody(header, batch)
    const records = read === null || read.length === 0 ? null : read
    if (records === null) this.#size = 0
    this.#position = Math.max(this.#position, behind(header.lastOffset))
    this.#leaderEpoch = header.leaderEpoch
    return records
  }

  #isLeftOut(header: BatchHeader, batch: Uint8Array): boolean {
    const aborts = header.control && header.count > 0 && this.#control(header, batch) === CONTROL.abort
    if (this.#aborted !== null && header.producerId >= 0n && this.#aborted.covers(header, aborts)) return true
    return header.control || header.count === 0 || header.lastOffset < this.#position
  }

  #control(header: BatchHeader, batch: Uint8Array): number {
    try {
      return controlType(batch.subarray(BATCH.records))
    } catch (error) {
      // Passing it over could leave out what was committed after it.
      throw corruptBatch(this.#source, header.baseOffset, `is a control batch that cannot be read (${String(error)})`)
    }
  }

  /** Outside of what becomes a record with an error: a policy that skips would skip everything. */
  #codec(header: BatchHeader): Codec {
    try {
      return this.#source.codecs.byId(header.codec)
    } catch (error) {
      throw codecMissing(this.#source, header.baseOffset, error)
    }
  }

  #readBody(header: BatchHeader, batch: Uint8Array): BatchRecords {
    const place = this.#source
    const { codecs } = place
    const { baseOffset, lastOffset } = header
    const codec = this.#codec(header)
    this.#size = 0
    const span = { offset: Math.max(this.#position, baseOffset), lastOffset }
    if (!Number.isSafeInteger(lastOffset + 1)) {
      const why = new RangeError('its offset is beyond the safe integers')
      return BatchRecords.of(unreadable(place, span, why))
    }
    try {
      const packed = batch.subarray(BATCH.records)
      const records = codec.decompress(packed, codecs.maxDecompressedSize)
      const read = readRecords({ place, header, bytes: batch, records, from: this.#position })
      this.#size = read.bytes
      return read.records
    } catch (error) {
      return BatchRecords.of(unreadable(place, span, error))
    }
  }
}

/** The next offset, or beyond the safe integers the next number there is. */
function behind(offset: number): number {
  const next = offset + 1
  return next > offset ? next : offset * (1 + Number.EPSILON)
}
