import fc from 'fast-check'
import { expect, test } from 'vitest'
import { NO_HEADERS } from '../../../src/serializer/headers.ts'
import { RecordsAhead } from '../../../src/processing/task/records-ahead.ts'
import type { IncomingRecord, IncomingRecords } from '../../../src/transport/record.ts'

/** A list that counts how often each record is made; every fifth has no key. */
function counting(length: number): { readonly records: IncomingRecords; readonly made: number[] } {
  const made = Array.from({ length }, () => 0)
  const at = (index: number): IncomingRecord => {
    made[index]!++
    const key = index % 5 === 4 ? null : Uint8Array.of(index >> 8, index & 255)
    return { offset: index, timestamp: 0, key, value: null, headers: NO_HEADERS }
  }
  return { made, records: { length, at, *[Symbol.iterator]() {} } }
}

test('every key is told once and in order, ahead of its turn, and every record is made once', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 4 }), (lengths) => {
      const ahead = new RecordsAhead()
      for (const length of lengths) {
        const { made, records } = counting(length)
        const told: number[] = []
        for (let index = 0; index < length; index++) {
          for (const [high, low] of ahead.next(records, index) ?? []) told.push(high! * 256 + low!)
          // The one whose turn it is, and a hundred and more behind it.
          for (const near of [index, Math.min(index + 127, length - 1)]) expect(ahead.at(near)?.offset).toBe(near)
        }
        expect(told).toEqual(Array.from({ length }, (_, index) => index).filter((index) => index % 5 !== 4))
        expect(made).toEqual(Array.from({ length }, () => 1))
        expect(ahead.at(length)).toBeUndefined()
        ahead.clear()
        expect(ahead.at(0)).toBeUndefined()
      }
    }),
  )
})
