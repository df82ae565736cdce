import { seededRandom } from '@faust/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

describe('seeded random', () => {
  test('the same seed gives the same, another one something else', () => {
    const draw = (seed: number | string): unknown[] => {
      const random = seededRandom(seed)
      return [random.next(), random.int(1000), random.bytes(8), random.pick(['a', 'b', 'c']), random.uuid()]
    }
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        expect(draw(seed)).toEqual(draw(seed))
        expect(draw(seed)).not.toEqual(draw(seed + 1))
      }),
    )
    expect(draw('a text')).toEqual(draw('a text'))
  })

  test('numbers stay within their bounds', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 2 ** 32 }), (seed, below) => {
        const random = seededRandom(seed)
        for (let time = 0; time < 50; time++) {
          const [number, whole] = [random.next(), random.int(below)]
          expect(number >= 0 && number < 1 && whole >= 0 && whole < below && Number.isInteger(whole)).toBe(true)
        }
      }),
    )
  })

  test('shuffle keeps every item and leaves the given array alone', () => {
    fc.assert(
      fc.property(fc.integer(), fc.array(fc.integer()), (seed, items) => {
        const before = [...items]
        const shuffled = seededRandom(seed).shuffle(items)
        expect(items).toEqual(before)
        expect(shuffled.toSorted((a, b) => a - b)).toEqual(before.toSorted((a, b) => a - b))
      }),
    )
  })

  test('every value comes about as often as the others', () => {
    const random = seededRandom('even')
    const counts = Array.from({ length: 10 }, () => 0)
    for (let time = 0; time < 10_000; time++) {
      const value = random.int(10)
      counts[value] = (counts[value] ?? 0) + 1
    }
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150)
  })

  test('there is nothing to pick from nothing', () => {
    expect(() => seededRandom(1).pick([])).toThrow(RangeError)
  })
})
