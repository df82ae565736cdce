import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Aligned,
  earliestStart,
  lastClosedStart,
  latestStart,
  startsAt,
  windowAt,
} from '../../src/window/aligned.ts'
import { contains, isClosed } from '../../src/window/window.ts'

const kinds: fc.Arbitrary<Aligned> = fc
  .integer({ min: 1, max: 60 })
  .chain((size) => fc.record({ size: fc.constant(size), step: fc.integer({ min: 1, max: size }) }))

/** All windows that begin up to `time`, by looking at each. */
const all = ({ size, step }: Aligned, time: number) =>
  Array.from({ length: Math.floor(time / step) + 1 }, (_, n) => ({ start: n * step, end: n * step + size }))

describe('windows that lie fast', () => {
  test('contain a time exactly when a look at each says so', () => {
    fc.assert(
      fc.property(kinds, fc.nat(500), (kind, time) => {
        const naive = all(kind, time).filter((window) => contains(window, time))
        expect(startsAt(kind, time).map((start) => windowAt(kind, start))).toEqual(naive)
        expect(latestStart(kind, time)).toBe(naive.at(-1)!.start)
        expect(earliestStart(kind, time)).toBe(naive[0]!.start)
      }),
    )
  })

  test('are closed in the order of their starts, when their grace is over', () => {
    fc.assert(
      fc.property(kinds, fc.nat(50), fc.integer({ min: -1, max: 500 }), (kind, grace, time) => {
        const closed = all(kind, 600).filter((window) => isClosed(window, { grace }, time))
        expect(lastClosedStart(kind, { grace }, time)).toBe(closed.at(-1)?.start ?? -1)
      }),
    )
  })

  test('hold for milliseconds of our days', () => {
    const time = Date.UTC(2026, 0, 1, 12, 34, 56, 789)
    expect(startsAt({ size: 60_000, step: 60_000 }, time)).toEqual([Date.UTC(2026, 0, 1, 12, 34)])
    expect(startsAt({ size: 3, step: 1 }, time)).toEqual([time - 2, time - 1, time])
  })
})
