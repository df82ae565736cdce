import type { BatchRecords } from '../records/batch-records.ts'
import { RecordsReader } from '../records/records-reader.ts'
import type { RecordsToRead } from '../records/records-reader.ts'
import { scanBatches } from './scan-batches.ts'

/** Records of one batch from one index to another, and their size in bytes. */
export interface Cut {
  readonly batch: BatchRecords
  readonly from: number
  readonly to: number
  readonly size: number
}

/** What a Fetch answer had of one partition, until it is handed over. It is decoded batch by batch, when asked for. */
export class KeptAnswer {
  /** The offset that was asked for. */
  readonly from: number
  /** Where the next fetch goes on. */
  readonly next: number
  /** Epoch of the last batch. */
  readonly leaderEpoch: number
  /** As it came: possibly compressed. */
  readonly bytes: number
  readonly highWatermark: number
  readonly #reader: RecordsReader
  /** The batch that is being handed over in pieces. */
  #batch: BatchRecords | null = null
  #at = 0

  constructor(source: RecordsToRead, leaderEpoch: number, highWatermark: number) {
    this.from = source.position
    const scanned = scanBatches(source.bytes, { next: source.position, leaderEpoch })
    this.next = scanned.next
    this.leaderEpoch = scanned.leaderEpoch
    this.bytes = source.bytes.length
    this.highWatermark = highWatermark
    this.#reader = new RecordsReader(source)
  }

  /** Behind everything that `take` gave or passed over. */
  get position(): number {
    const next = this.#batch?.at(this.#at)
    return next === undefined ? this.#reader.position : next.offset
  }

  /** Epoch of the batch before `position`; -1 before the first one. */
  get readEpoch(): number {
    return this.#reader.leaderEpoch
  }

  /**
   * Records of one batch, whole where they fit, at least one; `null` at the end, `undefined` when none fits any more.
   * Throws as `RecordsReader.read`.
   */
  take(maxRecords: number, maxBytes: number, atLeastOne: boolean): Cut | null | undefined {
    let batch = this.#batch
    if (batch === null) {
      batch = this.#reader.read()
      if (batch === null) return null
      const { size } = this.#reader
      if (batch.length <= maxRecords && size <= maxBytes) return { batch, from: 0, to: batch.length, size }
      this.#batch = batch
      this.#at = 0
    }
    const from = this.#at
    let size = 0
    let at = from
    for (; at < batch.length && at - from < maxRecords; at++) {
      const more = size + batch.sizeAt(at)
      if (more > maxBytes && !(atLeastOne && at === from)) break
      size = more
    }
    if (at === from) return undefined
    this.#at = at
    if (at === batch.length) this.#batch = null
    return { batch, from, to: at, size }
  }
}
