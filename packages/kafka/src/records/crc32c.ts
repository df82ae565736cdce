import { endianness } from 'node:os'

// Castagnoli's polynomial, reflected: https://kafka.apache.org/documentation/#recordbatch. Node's `zlib.crc32` has
// another one. Slicing by 16: a word of 16 bytes costs 16 look-ups and no shift of the whole, 1.7 to 2.1 GB/s on
// Node 20 and 24 where slicing by 8 gives 1.3 to 1.7 (two cores at 2.5 GHz).
const POLYNOMIAL = 0x82f6_3b78
const SLICES = 16

let tables: Int32Array | undefined

/** Only then do the words of a typed array have the order that the tables are made for. */
const littleEndian = endianness() === 'LE'

/** The CRC-32C of `bytes` from `start` to `end`, as an int32. */
export function crc32c(bytes: Uint8Array, start: number, end: number): number {
  const t = (tables ??= makeTables())
  let crc = -1
  let at = start
  if (littleEndian && end - start >= 2 * SLICES) {
    for (; ((bytes.byteOffset + at) & 3) !== 0; at++) crc = t[(crc ^ bytes[at]!) & 0xff]! ^ (crc >>> 8)
    const words = new Int32Array(bytes.buffer, bytes.byteOffset + at, ((end - at) >> 4) << 2)
    for (let i = 0; i < words.length; i += 4) {
      const a = words[i]! ^ crc
      const b = words[i + 1]!
      const c = words[i + 2]!
      const d = words[i + 3]!
      crc =
        t[0xf00 + (a & 0xff)]! ^
        t[0xe00 + ((a >>> 8) & 0xff)]! ^
        t[0xd00 + ((a >>> 16) & 0xff)]! ^
        t[0xc00 + (a >>> 24)]! ^
        t[0xb00 + (b & 0xff)]! ^
        t[0xa00 + ((b >>> 8) & 0xff)]! ^
        t[0x900 + ((b >>> 16) & 0xff)]! ^
        t[0x800 + (b >>> 24)]! ^
        t[0x700 + (c & 0xff)]! ^
        t[0x600 + ((c >>> 8) & 0xff)]! ^
        t[0x500 + ((c >>> 16) & 0xff)]! ^
        t[0x400 + (c >>> 24)]! ^
        t[0x300 + (d & 0xff)]! ^
        t[0x200 + ((d >>> 8) & 0xff)]! ^
        t[0x100 + ((d >>> 16) & 0xff)]! ^
        t[d >>> 24]!
    }
    at += words.length * 4
  }
  for (; at < end; at++) crc = t[(crc ^ bytes[at]!) & 0xff]! ^ (crc >>> 8)
  return ~crc
}

/** Table n says what a byte does to the checksum n bytes later. */
function makeTables(): Int32Array {
  const made = new Int32Array(256 * SLICES)
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1
    made[byte] = crc
  }
  for (let i = 256; i < made.length; i++) {
    const before = made[i - 256]!
    made[i] = (before >>> 8) ^ made[before & 0xff]!
  }
  return made
}
