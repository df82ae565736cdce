import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bytesMaker, toText } from '../../../src/store/embedded/latin1.ts'

test('any bytes come back from their text, whatever their length', () => {
  const toBytes = bytesMaker()
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(toBytes(toText(bytes))).toEqual(bytes)
    }),
  )
  for (const length of [0, 1, 4095, 4096, 4097, 8192, 8193, 3_000_000]) {
    const bytes = new Uint8Array(length).map((_, at) => at * 7)
    expect(Buffer.compare(toBytes(toText(bytes)), bytes)).toBe(0)
  }
})

test('a view into a larger buffer gives only its own bytes', () => {
  const whole = Uint8Array.of(1, 2, 3, 254, 255)
  expect(toText(whole.subarray(3))).toBe('\u00fe\u00ff')
})

test('texts order as unsigned bytes do, the shorter first', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 5 }), fc.uint8Array({ maxLength: 5 }), (one, other) => {
      expect(Math.sign(Buffer.compare(one, other))).toBe(
        toText(one) < toText(other) ? -1 : toText(one) > toText(other) ? 1 : 0,
      )
    }),
  )
})

test('bytes of one call are untouched by writing into those of another', () => {
  const toBytes = bytesMaker()
  const [one, other] = [toBytes('aaaa'), toBytes('bbbb')]
  one.fill(0)
  expect(toText(other)).toBe('bbbb')
})
