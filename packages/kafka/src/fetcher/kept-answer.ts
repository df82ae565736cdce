import type { IncomingRecord } from '@faust/core'
import { RecordsReader } from '../records/records-reader.ts'
import type { RecordsToRead } from '../records/records-reader.ts'
import { scanBatches } from './scan-batches.ts'

/** Some records and their size. */
interface Cut {
  readonly records: readonly IncomingRecord[]
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
  #batch: readonly IncomingRecord[] | null = null
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
    const next = this.#batch?.[this.#at]
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
    if (this.#batch === null) {
      const records = this.#reader.read()
      if (records === null) return null
      if (records.length <= maxRecords && this.#reader.size <= maxBytes) return { records, size: this.#reader.size }
      this.#batch = records
      this.#at = 0
    }
    const batch = this.#batch
    const from = this.#at
    let size = 0
    let at = from
    for (; at < batch.length && at - from < maxRecords; at++) {
      const more = size + sizeOf(batch[at] as IncomingRecord)
      if (more > maxBytes && !(atLeastOne && at === from)) break
      size = more
    }
    if (at === from) return undefined
    const records = batch.slice(from, at)
    this.#at = at
    if (at === batch.length) this.#batch = null
    return { records, size }
  }
}

function sizeOf({ key, value, headers }: IncomingRecord): number {
  let size = (key?.length ?? 0) + (value?.length ?? 0)
  for (const [name, content] of headers) size += name.length + (content?.length ?? 0)
  return size
}
