import { Buffer } from 'node:buffer'
import { FaustError } from '@faust/core'
import { allocate, asBuffer } from './allocate.ts'
import { writeBigInt64, writeInt16, writeInt32, writeInt64 } from './integers.ts'
import { unsignedVarintSize, writeUnsignedVarint } from './varint.ts'

const MAX_STRING = 0x7fff

/**
 * Writes the types of Kafka's protocol (https://kafka.apache.org/protocol#protocol_types) into one growing buffer. The
 * compact forms belong to flexible versions (KIP-482), where a length is an unsigned varint of itself + 1, 0 for null.
 */
export class ByteWriter {
  #bytes: Uint8Array
  #at = 0

  /** `capacity`: the bytes that are expected. */
  constructor(capacity = 256) {
    this.#bytes = allocate(capacity)
  }

  int8(value: number): void {
    const at = this.#take(1)
    this.#bytes[at] = value
  }

  boolean(value: boolean): void {
    this.int8(value ? 1 : 0)
  }

  int16(value: number): void {
    const at = this.#take(2)
    writeInt16(this.#bytes, at, value)
  }

  int32(value: number): void {
    const at = this.#take(4)
    writeInt32(this.#bytes, at, value)
  }

  /** A whole number. */
  int64(value: number): void {
    const at = this.#take(8)
    writeInt64(this.#bytes, at, value)
  }

  bigint64(value: bigint): void {
    const at = this.#take(8)
    writeBigInt64(this.#bytes, at, value)
  }

  /** `null` only where the protocol calls the field nullable. */
  string(value: string | null): void {
    if (value === null) return this.int16(-1)
    const length = utf8Length(value)
    this.int16(length)
    this.#text(value, length)
  }

  compactString(value: string | null): void {
    if (value === null) return this.#length(-1)
    const length = utf8Length(value)
    this.#length(length)
    this.#text(value, length)
  }

  /** Also for `records`, which on the wire is the same. */
  bytes(value: Uint8Array | null): void {
    if (value === null) return this.int32(-1)
    this.int32(value.length)
    const at = this.#take(value.length)
    this.#bytes.set(value, at)
  }

  array<T>(items: readonly T[] | null, write: (item: T) => void): void {
    if (items === null) return this.int32(-1)
    this.int32(items.length)
    for (const item of items) write(item)
  }

  compactArray<T>(items: readonly T[] | null, write: (item: T) => void): void {
    if (items === null) return this.#length(-1)
    this.#length(items.length)
    for (const item of items) write(item)
  }

  /** The 16 bytes of an id as Kafka's tools show it, in base64 for URLs; '' is the id that stands for none. */
  uuid(value: string): void {
    const at = this.#take(16)
    this.#bytes.fill(0, at, at + 16)
    asBuffer(this.#bytes).write(value, at, 16, 'base64url')
  }

  /** The tagged fields at the end of every structure of a flexible version: none is known here. */
  noTags(): void {
    this.int8(0)
  }

  /** What was written. */
  done(): Uint8Array {
    return this.#bytes.subarray(0, this.#at)
  }

  #length(length: number): void {
    const at = this.#take(unsignedVarintSize(length + 1))
    writeUnsignedVarint(this.#bytes, at, length + 1)
  }

  #text(value: string, length: number): void {
    const at = this.#take(length)
    asBuffer(this.#bytes).write(value, at, length, 'utf8')
  }

  /** Makes room and gives its place. */
  #take(size: number): number {
    const at = this.#at
    const end = at + size
    if (end > this.#bytes.length) {
      const larger = allocate(Math.max(end, this.#bytes.length * 2))
      larger.set(this.#bytes.subarray(0, at))
      this.#bytes = larger
    }
    this.#at = end
    return at
  }
}

function utf8Length(value: string): number {
  const length = Buffer.byteLength(value)
  if (length <= MAX_STRING) return length
  throw new FaustError(
    'FAUST_SETTING_INVALID',
    `A text of ${length} bytes, "${value.slice(0, 40)}…", is more than the ${MAX_STRING} that Kafka's protocol can carry: shorten it`,
  )
}
