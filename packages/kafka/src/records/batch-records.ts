import { type Headers, type IncomingRecord, type IncomingRecords, NO_HEADERS } from '@faust/core'
import { VarintCursor } from '../wire/varint-cursor.ts'
import { HeadersReader, skipHeaders } from './record-headers.ts'

// What is noted of a record, in this order. Places are indexes into the unpacked body of its batch; lengths are -1 for null.
export const OFFSET_DELTA = 0
export const TIMESTAMP_DELTA = 1
export const KEY_AT = 2
export const KEY_LENGTH = 3
export const VALUE_AT = 4
export const VALUE_LENGTH = 5
/** Numbers a record. */
export const STRIDE = 6

/** Where the records of a batch are. */
export interface RecordPlaces {
  readonly baseOffset: number
  /** What timestamps count from. */
  readonly baseTimestamp: number
  readonly places: Int32Array
  /** Records. */
  readonly length: number
  /** By index: a timestamp that is not base + delta, or a record that stands for one that can't be represented. */
  readonly odd: ReadonlyMap<number, number | IncomingRecord> | null
}

const NOTHING = new Uint8Array(0)
const NOWHERE = new Int32Array(0)

/**
 * The records of one batch, each made at every call: 24 bytes wait where an object with its views would take two hundred and
 * more, and what lives for one handler only is gone at the garbage collector's next, cheap round.
 */
export class BatchRecords implements IncomingRecords {
  readonly length: number
  // Not its header, which most of all where each batch has one record would take more than they do.
  readonly #baseOffset: number
  readonly #baseTimestamp: number
  readonly #body: Uint8Array
  readonly #buffer: ArrayBufferLike
  readonly #shift: number
  readonly #places: Int32Array
  readonly #odd: ReadonlyMap<number, number | IncomingRecord> | null
  #headers: HeadersReader | undefined

  constructor(body: Uint8Array, { baseOffset, baseTimestamp, places, length, odd }: RecordPlaces) {
    this.#baseOffset = baseOffset
    this.#baseTimestamp = baseTimestamp
    this.#body = body
    // Asking a typed array for them costs more than making a view does.
    this.#buffer = body.buffer
    this.#shift = body.byteOffset
    this.#places = places
    this.length = length
    this.#odd = odd
  }

  /** One record that stands for what can't be represented. */
  static of(record: IncomingRecord): BatchRecords {
    const odd = new Map([[0, record]])
    return new BatchRecords(NOTHING, { baseOffset: 0, baseTimestamp: 0, places: NOWHERE, length: 1, odd })
  }

  at(index: number): IncomingRecord | undefined {
    if (index < 0 || index >= this.length) return undefined
    const places = this.#places
    const at = index * STRIDE
    const odd = this.#odd?.get(index)
    if (typeof odd === 'object') return odd
    return {
      offset: this.#baseOffset + places[at + OFFSET_DELTA]!,
      timestamp: odd ?? this.#baseTimestamp + places[at + TIMESTAMP_DELTA]!,
      key: this.#view(places[at + KEY_AT]!, places[at + KEY_LENGTH]!),
      value: this.#view(places[at + VALUE_AT]!, places[at + VALUE_LENGTH]!),
      headers: this.#headersFrom(behindValue(places, at)),
    }
  }

  *[Symbol.iterator](): Generator<IncomingRecord> {
    for (let index = 0; index < this.length; index++) yield this.at(index)!
  }

  /** Bytes of its key, value and headers. */
  sizeAt(index: number): number {
    if (typeof this.#odd?.get(index) === 'object') return 0
    const places = this.#places
    const at = index * STRIDE
    const headers = skipHeaders(new VarintCursor(this.#body, behindValue(places, at)), this.#body.length)
    return Math.max(places[at + KEY_LENGTH]!, 0) + Math.max(places[at + VALUE_LENGTH]!, 0) + headers
  }

  #headersFrom(at: number): Headers {
    // That there are none, as mostly.
    if (this.#body[at] === 0) return NO_HEADERS
    return (this.#headers ??= new HeadersReader(this.#body)).read(at)
  }

  #view(at: number, length: number): Uint8Array | null {
    return length < 0 ? null : new Uint8Array(this.#buffer, this.#shift + at, length)
  }
}

function behindValue(places: Int32Array, at: number): number {
  return places[at + VALUE_AT]! + Math.max(places[at + VALUE_LENGTH]!, 0)
}
