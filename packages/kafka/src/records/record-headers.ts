import { Buffer } from 'node:buffer'
import { NO_HEADERS, type Header, type Headers } from '@faust/core'
import { asBuffer } from '../wire/allocate.ts'
import { copyBytes } from '../wire/copy-bytes.ts'
import { VarintCursor } from '../wire/varint-cursor.ts'
import { varintSize, writeVarint } from '../wire/varint.ts'
import { MalformedRecord } from './malformed-record.ts'

/** What stands for the length of `null`, as a zigzag varint: -1. */
export const NULL = 1

/** Bytes that `writeHeaders` takes, the count included. */
export function headersSize(headers: Headers): number {
  let size = varintSize(headers.length)
  for (const [name, value] of headers) {
    const nameLength = utf8Length(name)
    size += varintSize(nameLength) + nameLength
    size += value === null ? 1 : varintSize(value.length) + value.length
  }
  return size
}

/** Writes the count and the headers, and gives the place behind them. */
export function writeHeaders(headers: Headers, bytes: Uint8Array, start: number): number {
  let at = writeVarint(bytes, start, headers.length)
  for (const [name, value] of headers) {
    const length = utf8Length(name)
    at = writeVarint(bytes, at, length)
    if (length === name.length) for (let i = 0; i < length; i++) bytes[at + i] = name.charCodeAt(i)
    else asBuffer(bytes).write(name, at, 'utf8')
    at += length
    if (value === null) bytes[at++] = NULL
    else at = copyBytes(value, bytes, writeVarint(bytes, at, value.length))
  }
  return at
}

/** ASCII, which names mostly are, is counted here; lone surrogates count as the three bytes of U+FFFD. */
function utf8Length(text: string): number {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return Buffer.byteLength(text)
  return text.length
}

/** Passes over the headers of a record that ends at `end`, and gives the bytes of their names and values. Throws where they can't be. */
export function skipHeaders(cursor: VarintCursor, end: number): number {
  const count = cursor.varint()
  if (count === 0) return 0
  // A header takes two bytes at least: so no number makes this run for long.
  if (count < 0 || count > (end - cursor.at) >> 1) throw new MalformedRecord(`it has ${count} headers`)
  let size = 0
  for (let i = 0; i < count; i++) {
    const nameLength = cursor.varint()
    if (nameLength < 0 || nameLength > end - cursor.at) throw new MalformedRecord('the name of a header is cut short')
    cursor.at += nameLength
    const length = cursor.varint()
    if (length > end - cursor.at) throw new MalformedRecord('a header is cut short')
    if (length > 0) cursor.at += length
    size += nameLength + Math.max(length, 0)
  }
  return size
}

/** Reads the headers of the records of one batch. Records of a batch mostly have the same names, so these are kept. */
export class HeadersReader {
  readonly #bytes: Uint8Array
  readonly #names: { readonly at: number; readonly name: string; readonly length: number }[] = []

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** The headers that begin at a place with their count, and that `skipHeaders` has passed over before. */
  read(at: number): Headers {
    const cursor = new VarintCursor(this.#bytes, at)
    const count = cursor.varint()
    if (count === 0) return NO_HEADERS
    const { buffer, byteOffset } = this.#bytes
    const headers: Header[] = []
    for (let i = 0; i < count; i++) {
      const nameLength = cursor.varint()
      const name = this.#name(i, cursor.at, nameLength)
      cursor.at += nameLength
      const length = cursor.varint()
      headers.push([name, length < 0 ? null : new Uint8Array(buffer, byteOffset + cursor.at, length)])
      if (length > 0) cursor.at += length
    }
    return headers
  }

  #name(index: number, at: number, length: number): string {
    const bytes = this.#bytes
    const known = this.#names[index]
    if (known !== undefined && known.length === length) {
      let same = 0
      while (same < length && bytes[known.at + same] === bytes[at + same]) same++
      if (same === length) return known.name
    }
    const name = asBuffer(bytes).toString('utf8', at, at + length)
    this.#names[index] = { at, name, length }
    return name
  }
}
