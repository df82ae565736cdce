import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hex, unhex } from '../../src/kit/bytes.ts'

test('hexadecimal digits order as the unsigned bytes do, the shorter first', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 6 }), fc.uint8Array({ maxLength: 6 }), (left, right) => {
      const digits = hex(left) < hex(right) ? -1 : Number(hex(left) > hex(right))
      expect(digits).toBe(Buffer.compare(left, right))
    }),
  )
})

test('they turn back into the bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(unhex(hex(bytes))).toEqual(bytes)
    }),
  )
})
