import fc from 'fast-check'
import { expect, test } from 'vitest'
import { exactVarlong, VarintCursor, VarintError } from '../../src/wire/varint-cursor.ts'
import { varintSize, varlongSize, writeVarint, writeVarlong } from '../../src/wire/varint.ts'
import { hex, unhex } from '../support/bytes.ts'

function varint(value: number): Uint8Array {
  const bytes = new Uint8Array(varintSize(value))
  expect(writeVarint(bytes, 0, value)).toBe(bytes.length)
  return bytes
}

function varlong(value: number): Uint8Array {
  const bytes = new Uint8Array(varlongSize(value))
  expect(writeVarlong(bytes, 0, value)).toBe(bytes.length)
  return bytes
}

/** What Kafka's ByteUtils writes for each. */
const VARINTS: readonly (readonly [number, string])[] = [
  [0, '00'],
  [-1, '01'],
  [1, '02'],
  [63, '7e'],
  [-64, '7f'],
  [64, '8001'],
  [-65, '8101'],
  [8191, 'fe7f'],
  [-8192, 'ff7f'],
  [8192, '808001'],
  [2 ** 31 - 1, 'feffffff0f'],
  [-(2 ** 31), 'ffffffff0f'],
]

const VARLONGS: readonly (readonly [number, string])[] = [
  ...VARINTS,
  [2 ** 31, '8080808010'],
  [-(2 ** 31) - 1, '8180808010'],
  [17_179_869_183, 'feffffff7f'],
  [17_179_869_184, '808080808001'],
  [Number.MAX_SAFE_INTEGER, 'feffffffffffff1f'],
  [-Number.MAX_SAFE_INTEGER, 'fdffffffffffff1f'],
]

test.each(VARINTS)('the varint %i is %s', (value, expected) => {
  expect(hex(varint(value))).toBe(expected)
  expect(new VarintCursor(unhex(expected), 0).varint()).toBe(value)
})

test.each(VARLONGS)('the varlong %i is %s', (value, expected) => {
  expect(hex(varlong(value))).toBe(expected)
  expect(new VarintCursor(unhex(expected), 0).varlong()).toBe(value)
})

test('every int32 comes back', () => {
  fc.assert(
    fc.property(fc.integer(), (value) => {
      const cursor = new VarintCursor(varint(value), 0)
      expect(cursor.varint()).toBe(value)
      expect(cursor.at).toBe(cursor.bytes.length)
    }),
  )
})

test('every safe integer comes back, also by the exact reader', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), (value) => {
      const cursor = new VarintCursor(varlong(value), 0)
      expect(cursor.varlong()).toBe(value)
      expect(cursor.at).toBe(cursor.bytes.length)
      expect(exactVarlong(cursor.bytes, 0)).toBe(BigInt(value))
    }),
  )
})

test.each([
  ['2^53', '8080808080808020', 2n ** 53n],
  ['-2^53 - 1', '8180808080808020', -(2n ** 53n) - 1n],
  ['2^63 - 1', 'feffffffffffffffff01', 2n ** 63n - 1n],
  ['-2^63', 'ffffffffffffffffff01', -(2n ** 63n)],
])('a varlong beyond the safe integers, %s, is NaN and read exactly', (_, given, exact) => {
  const bytes = unhex(given)
  const cursor = new VarintCursor(bytes, 0)
  expect(cursor.varlong()).toBeNaN()
  expect(cursor.at).toBe(bytes.length)
  expect(exactVarlong(bytes, 0)).toBe(exact)
})

test('what never ends is an error, and what ends with the bytes does not run on', () => {
  expect(() => new VarintCursor(new Uint8Array(20).fill(0xff), 0).varint()).toThrow(VarintError)
  expect(() => new VarintCursor(new Uint8Array(20).fill(0xff), 0).varlong()).toThrow(VarintError)
  for (const length of [0, 1, 4, 7]) {
    const cursor = new VarintCursor(new Uint8Array(length).fill(0xff), 0)
    try {
      cursor.varlong()
    } catch (error) {
      expect(error).toBeInstanceOf(VarintError)
    }
    expect(cursor.at).toBeGreaterThan(length)
  }
})
