import avsc from 'avsc'
import type { Tap } from './tap.ts'

/** Within this avsc's own arithmetic on doubles is exact. */
const EXACT = 2 ** 51

/**
 * Longs as numbers, all safe integers and no others. avsc's own loses the sign of what lies below -(2^52): it writes
 * -(2^52) - 1 as 2^52. A resolver calls `_read` with itself as `this`, whence it uses none.
 */
export class SafeLong extends avsc.types.LongType {
  _check(value: unknown, _: unknown, hook?: (value: unknown, type: avsc.Type) => void): boolean {
    const valid = Number.isSafeInteger(value)
    if (!valid) hook?.(value, this)
    return valid
  }

  _read(tap: Tap): number {
    const start = tap.pos
    const near = tap.readLong()
    if (near < EXACT && near > -EXACT) return near
    tap.pos = start
    const exact = Number(readZigzag(tap))
    if (Number.isSafeInteger(exact)) return exact
    throw new RangeError("It has a long beyond the safe integers, which needs `longs: 'bigint'`")
  }

  _write(tap: Tap, value: unknown): void {
    if (!Number.isSafeInteger(value)) throw new TypeError('no long')
    const number = value as number
    if (number < EXACT && number > -EXACT) tap.writeLong(number)
    else writeZigzag(tap, BigInt(number))
  }
}

function readZigzag(tap: Tap): bigint {
  let bits = 0n
  let byte = 0x80
  for (let shift = 0n; byte >= 0x80; shift += 7n) {
    if (shift > 63n) throw new RangeError('It has a long of more than 64 bits')
    // Behind the end there are no bytes; avsc finds that when all is read.
    byte = tap.buf[tap.pos++] ?? 0
    bits |= BigInt(byte & 0x7f) << shift
  }
  return (bits >> 1n) ^ -(bits & 1n)
}

function writeZigzag(tap: Tap, value: bigint): void {
  let bits = value < 0n ? -value * 2n - 1n : value * 2n
  for (; bits > 0x7fn; bits >>= 7n) tap.buf[tap.pos++] = Number(bits & 0x7fn) | 0x80
  tap.buf[tap.pos++] = Number(bits)
}
