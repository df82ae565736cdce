import { FaustError } from '@faust/core'
import { asBuffer } from './allocate.ts'
import { readBigInt64, readInt16, readInt32, readInt64 } from './integers.ts'

/**
 * Reads what `ByteWriter` writes. Everything is checked against the bytes that are there, and lengths before anything is
 * allocated by them: other bytes are `FAUST_ANSWER_INVALID`.
 */
export class ByteReader {
  readonly #bytes: Uint8Array
  readonly #what: string
  #at = 0

  /** `what` names the bytes in the error. */
  constructor(bytes: Uint8Array, what: string) {
    this.#bytes = bytes
    this.#what = what
  }

  int8(): number {
    const at = this.#take(1)
    return (this.#bytes[at]! << 24) >> 24
  }

  boolean(): boolean {
    return this.int8() !== 0
  }

  int16(): number {
    return readInt16(this.#bytes, this.#take(2))
  }

  int32(): number {
    return readInt32(this.#bytes, this.#take(4))
  }

  /** Exact within the safe integers, else the nearest number. */
  int64(): number {
    return readInt64(this.#bytes, this.#take(8))
  }

  bigint64(): bigint {
    return readBigInt64(this.#bytes, this.#take(8))
  }

  string(): string {
    return this.nullableString() ?? this.#fail('a text is null that may not be')
  }

  nullableString(): string | null {
    return this.#text(this.int16())
  }

  compactString(): string {
    return this.compactNullableString() ?? this.#fail('a text is null that may not be')
  }

  compactNullableString(): string | null {
    return this.#text(this.#length())
  }

  bytes(): Uint8Array {
    return this.nullableBytes() ?? this.#fail('bytes are null that may not be')
  }

  /** A view. Also for `records`. */
  nullableBytes(): Uint8Array | null {
    const length = this.int32()
    if (length < 0) return null
    const at = this.#take(length)
    return this.#bytes.subarray(at, at + length)
  }

  array<T>(read: () => T): T[] {
    return this.nullableArray(read) ?? this.#fail('a list is null that may not be')
  }

  nullableArray<T>(read: () => T): T[] | null {
    return this.#items(this.int32(), read)
  }

  compactArray<T>(read: () => T): T[] {
    return this.compactNullableArray(read) ?? this.#fail('a list is null that may not be')
  }

  compactNullableArray<T>(read: () => T): T[] | null {
    return this.#items(this.#length(), read)
  }

  /** As Kafka's tools show it; '' for the id that stands for none. */
  uuid(): string {
    const at = this.#take(16)
    const text = asBuffer(this.#bytes).toString('base64url', at, at + 16)
    return text === 'AAAAAAAAAAAAAAAAAAAAAA' ? '' : text
  }

  /** Passes over the tagged fields of a structure: a broker may send ones that are newer than this version (KIP-482). */
  tags(): void {
    for (let left = this.#unsignedVarint(); left > 0; left--) {
      this.#unsignedVarint()
      this.#take(this.#unsignedVarint())
    }
  }

  /** Everything that has not been read. */
  rest(): Uint8Array {
    return this.#bytes.subarray(this.#at)
  }

  /** Says that nothing may follow. */
  end(): void {
    if (this.#at !== this.#bytes.length) this.#fail(`${this.#bytes.length - this.#at} bytes are left over`)
  }

  #items<T>(count: number, read: () => T): T[] | null {
    if (count < 0) return null
    // An item takes a byte at least, so no number makes this run or allocate for long.
    if (count > this.#bytes.length - this.#at) this.#fail(`a list of ${count} is cut short`)
    const items: T[] = []
    for (let i = 0; i < count; i++) items.push(read())
    return items
  }

  #text(length: number): string | null {
    if (length < 0) return null
    const at = this.#take(length)
    return asBuffer(this.#bytes).toString('utf8', at, at + length)
  }

  /** A compact length: -1 for null. */
  #length(): number {
    return this.#unsignedVarint() - 1
  }

  #unsignedVarint(): number {
    let value = 0
    for (let scale = 1, i = 0; i < 5; i++, scale *= 0x80) {
      const byte = this.#bytes[this.#take(1)]!
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
    }
    return this.#fail('a number is too long')
  }

  /** The place of the next `size` bytes, which are there. */
  #take(size: number): number {
    const at = this.#at
    if (size > this.#bytes.length - at) this.#fail('it ends early')
    this.#at = at + size
    return at
  }

  #fail(problem: string): never {
    throw new FaustError(
      'FAUST_ANSWER_INVALID',
      `${this.#what} cannot be read: ${problem} (at byte ${this.#at} of ${this.#bytes.length}). Is this a Kafka of 2.8 or later?`,
      { details: { at: this.#at, length: this.#bytes.length } },
    )
  }
}
