// Kafka's fixed-width integers are big-endian: https://kafka.apache.org/protocol#protocol_types

const TWO_32 = 0x1_0000_0000

export function readInt16(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) >> 16) | bytes[at + 1]!
}

export function readInt32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
}

/** Exact within the safe integers, else the nearest number there is. */
export function readInt64(bytes: Uint8Array, at: number): number {
  return readInt32(bytes, at) * TWO_32 + (readInt32(bytes, at + 4) >>> 0)
}

/** Exact always. For producer ids, of which all 64 bits count. */
export function readBigInt64(bytes: Uint8Array, at: number): bigint {
  const high = readInt32(bytes, at)
  const low = readInt32(bytes, at + 4) >>> 0
  // Most are small, and arithmetic of bigints is slow.
  if (high === 0 || high === -1) return BigInt(high * TWO_32 + low)
  return (BigInt(high) << 32n) | BigInt(low)
}

export function writeInt16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >> 8
  bytes[at + 1] = value
}

export function writeInt32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >> 24
  bytes[at + 1] = value >> 16
  bytes[at + 2] = value >> 8
  bytes[at + 3] = value
}

/** `value` is a whole number; beyond the safe integers it is written as the double it is. */
export function writeInt64(bytes: Uint8Array, at: number, value: number): void {
  writeInt32(bytes, at, Math.floor(value / TWO_32))
  writeInt32(bytes, at + 4, value >>> 0)
}

export function writeBigInt64(bytes: Uint8Array, at: number, value: bigint): void {
  writeInt32(bytes, at, Number(BigInt.asIntN(32, value >> 32n)))
  writeInt32(bytes, at + 4, Number(BigInt.asIntN(32, value)))
}
