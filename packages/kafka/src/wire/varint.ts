/**
 * Zigzag varints as records use them: seven bits a byte, the lowest first, and the sign in the lowest bit of all
 * (https://kafka.apache.org/protocol#protocol_types, after Protocol Buffers). An offset delta and a length are varints
 * of 32 bits, a timestamp delta is a varlong of 64: 2^31 ms are 24 days.
 */

/** Bytes that `writeVarint` takes. `value` is an int32. */
export function varintSize(value: number): number {
  return unsignedVarintSize((value << 1) ^ (value >> 31))
}

/** Bytes that `writeUnsignedVarint` takes. */
export function unsignedVarintSize(value: number): number {
  const unsigned = value >>> 0
  if (unsigned < 0x80) return 1
  if (unsigned < 0x4000) return 2
  if (unsigned < 0x20_0000) return 3
  return unsigned < 0x1000_0000 ? 4 : 5
}

/** Writes an int32 and gives the place behind it. */
export function writeVarint(bytes: Uint8Array, at: number, value: number): number {
  return writeUnsignedVarint(bytes, at, (value << 1) ^ (value >> 31))
}

/** Writes 32 bits without a sign and gives the place behind them. */
export function writeUnsignedVarint(bytes: Uint8Array, at: number, value: number): number {
  let rest = value >>> 0
  let to = at
  while (rest > 0x7f) {
    bytes[to++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  bytes[to++] = rest
  return to
}

/** Whether zigzagging `value` stays within 32 bits, where the operators of int32 do. */
function isInt32(value: number): boolean {
  return value === (value | 0)
}

/** Bytes that `writeVarlong` takes. `value` is a safe integer. */
export function varlongSize(value: number): number {
  if (isInt32(value)) return varintSize(value)
  let size = 1
  for (let rest = Math.floor(magnitude(value) / 0x40); rest > 0; rest = Math.floor(rest / 0x80)) size++
  return size
}

/** Writes a safe integer and gives the place behind it. */
export function writeVarlong(bytes: Uint8Array, at: number, value: number): number {
  if (isInt32(value)) return writeVarint(bytes, at, value)
  // Zigzag doubles the magnitude, which a double of 53 bits may not hold: so the sign goes into the first byte apart.
  const whole = magnitude(value)
  let rest = Math.floor(whole / 0x40)
  let to = at
  bytes[to++] = ((whole & 0x3f) << 1) | (value < 0 ? 1 : 0) | 0x80
  while (rest > 0x7f) {
    bytes[to++] = (rest & 0x7f) | 0x80
    rest = Math.floor(rest / 0x80)
  }
  bytes[to++] = rest
  return to
}

function magnitude(value: number): number {
  return value < 0 ? -value - 1 : value
}
