import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  readBigInt64,
  readInt16,
  readInt32,
  readInt64,
  writeBigInt64,
  writeInt16,
  writeInt32,
  writeInt64,
} from '../../src/wire/integers.ts'

const bytes = new Uint8Array(20)
const view = new DataView(bytes.buffer)

test('int16 and int32 are big-endian and have a sign', () => {
  fc.assert(
    fc.property(fc.integer(), fc.nat(10), (value, at) => {
      writeInt32(bytes, at, value)
      expect(view.getInt32(at)).toBe(value)
      expect(readInt32(bytes, at)).toBe(value)
      writeInt16(bytes, at, value)
      expect(view.getInt16(at)).toBe((value << 16) >> 16)
      expect(readInt16(bytes, at)).toBe((value << 16) >> 16)
    }),
  )
})

test('int64 is exact within the safe integers', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), fc.nat(10), (value, at) => {
      writeInt64(bytes, at, value)
      expect(view.getBigInt64(at)).toBe(BigInt(value))
      expect(readInt64(bytes, at)).toBe(value)
    }),
  )
})

test('int64 as a bigint is exact always, as a number nearest', () => {
  const edges = fc.constantFrom(-1n, 0n, -(2n ** 32n), -(2n ** 32n) - 1n, 2n ** 32n - 1n, 2n ** 63n - 1n, -(2n ** 63n))
  fc.assert(
    fc.property(fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), edges), fc.nat(10), (value, at) => {
      writeBigInt64(bytes, at, value)
      expect(view.getBigInt64(at)).toBe(value)
      expect(readBigInt64(bytes, at)).toBe(value)
      expect(readInt64(bytes, at)).toBe(Number(value))
    }),
  )
})
