import avsc from 'avsc'

const LEAST = -(2n ** 63n)
const LARGEST = 2n ** 63n - 1n

/** Longs as bigints, all 64 bits of them. */
export function bigintLong(): avsc.Type {
  return avsc.types.LongType.__with({
    fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
    toBuffer: (value: bigint) => {
      const bytes = Buffer.allocUnsafe(8)
      bytes.writeBigInt64LE(value)
      return bytes
    },
    // Of the schema's defaults.
    fromJSON: (value: number) => BigInt(value),
    toJSON: Number,
    isValid: (value: unknown) => typeof value === 'bigint' && value >= LEAST && value <= LARGEST,
    compare: (one: bigint, other: bigint) => (one === other ? 0 : one < other ? -1 : 1),
  })
}
