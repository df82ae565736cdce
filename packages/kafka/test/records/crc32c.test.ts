import fc from 'fast-check'
import { expect, test } from 'vitest'
import { crc32c } from '../../src/records/crc32c.ts'
import { bytes } from '../support/bytes.ts'

/** Bit by bit, as the definition goes. */
function slow(data: Uint8Array): number {
  let crc = -1
  for (const byte of data) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0x82f6_3b78 : crc >>> 1
  }
  return ~crc
}

test.each([
  // The check value of the catalogue of CRCs, and RFC 3720, B.4.
  [bytes('123456789'), 0xe306_9283],
  [new Uint8Array(32), 0x8a91_36aa],
  [new Uint8Array(32).fill(0xff), 0x62a8_ab43],
  [Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd_794e],
  [new Uint8Array(0), 0],
])('known values', (data, expected) => {
  expect(crc32c(data, 0, data.length) >>> 0).toBe(expected)
})

test('any length at any place in memory', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(19), fc.nat(7), (data, shift, cut) => {
      const memory = new Uint8Array(shift + data.length)
      memory.set(data, shift)
      const start = Math.min(cut, data.length)
      const view = new Uint8Array(memory.buffer, shift, data.length)
      expect(crc32c(view, start, data.length)).toBe(slow(data.subarray(start)))
    }),
  )
})
