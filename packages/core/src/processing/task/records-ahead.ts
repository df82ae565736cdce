import type { IncomingRecord, IncomingRecords } from '../../transport/record.ts'
import { READ_AHEAD } from '../shard/read-ahead.ts'

/** The next records of a list, made before their turn for the sake of their keys, and kept so that none is made twice. */
export class RecordsAhead {
  #records: IncomingRecord[] = []
  /** The index of the first that is kept. */
  #from = 0
  /** All before this index were made; `Infinity` when there are no more. */
  #to = 0

  /** The record at an index, if it was made. */
  at(index: number): IncomingRecord | undefined {
    return this.#records[index - this.#from]
  }

  /** The keys of the records that are now to be read ahead, with the cursor at `index`; `undefined` as long as enough were. */
  next(records: IncomingRecords, index: number): readonly Uint8Array[] | undefined {
    if (index + READ_AHEAD <= this.#to) return undefined
    const from = Math.max(this.#to, index)
    const to = Math.min(from + READ_AHEAD, records.length)
    this.#records.splice(0, index - this.#from)
    this.#from = index
    this.#to = to === records.length ? Infinity : to
    const keys: Uint8Array[] = []
    for (let at = from; at < to; at++) {
      const record = records.at(at)!
      this.#records.push(record)
      if (record.key !== null) keys.push(record.key)
    }
    return keys
  }

  /** For another list. */
  clear(): void {
    this.#records = []
    this.#from = this.#to = 0
  }
}
