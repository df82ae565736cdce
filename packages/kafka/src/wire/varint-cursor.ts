const TWO_27 = 0x800_0000
const TWO_55 = 0x80_0000_0000_0000

/** A varint that does not end where it has to, or beyond the bytes: what it is in is malformed. */
export class VarintError extends RangeError {}

/**
 * Reads zigzag varints one after the other. Whether `at` has left the record is for the caller to ask, once a record
 * and not once a number: beyond the bytes every varint ends at once, so nothing runs away.
 */
export class VarintCursor {
  readonly bytes: Uint8Array
  at: number

  constructor(bytes: Uint8Array, at: number) {
    this.bytes = bytes
    this.at = at
  }

  /** An int32 in at most five bytes; more bits than 32 are dropped, as Java does. */
  varint(): number {
    const bytes = this.bytes
    let byte = bytes[this.at++]!
    if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1)
    let value = byte & 0x7f
    for (let shift = 7; shift < 35; shift += 7) {
      byte = bytes[this.at++]!
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1)
    }
    throw new VarintError('a varint has no end')
  }

  /** An int64 in at most ten bytes; NaN where it is no safe integer (`exactVarlong` has it then). */
  varlong(): number {
    const bytes = this.bytes
    let byte = bytes[this.at++]!
    if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1)
    // In three parts of at most 28 bits, each of which is exact: bytes 1 to 4, 5 to 8, 9 and 10.
    let low = byte & 0x7f
    for (let shift = 7; shift < 28; shift += 7) {
      byte = bytes[this.at++]!
      low |= (byte & 0x7f) << shift
      if (byte < 0x80) return (low >>> 1) ^ -(low & 1)
    }
    let middle = 0
    let high = 0
    let shift = 0
    for (; shift < 42; shift += 7) {
      byte = bytes[this.at++]!
      if (shift < 28) middle |= (byte & 0x7f) << shift
      else high |= (byte & 0x7f) << (shift - 28)
      if (!(byte >= 0x80)) break
    }
    if (shift === 42) throw new VarintError('a varlong has no end')
    const whole = (low >>> 1) + middle * TWO_27 + high * TWO_55
    if (whole > Number.MAX_SAFE_INTEGER) return Number.NaN
    return (low & 1) === 0 ? whole : -whole - 1
  }
}

/** The varlong at a place whatever its size. Slow; the cursor's has said NaN. */
export function exactVarlong(bytes: Uint8Array, at: number): bigint {
  let value = 0n
  for (let i = 0; i < 10; i++) {
    const byte = bytes[at + i] ?? 0
    value |= BigInt(byte & 0x7f) << BigInt(7 * i)
    if (byte < 0x80) break
  }
  const unsigned = BigInt.asUintN(64, value)
  return BigInt.asIntN(64, (unsigned >> 1n) ^ -(unsigned & 1n))
}
