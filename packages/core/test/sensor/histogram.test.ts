import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createHistogram } from '../../src/sensor/histogram.ts'
import { createRate } from '../../src/sensor/rate.ts'

describe('histogram', () => {
  it('is within 1.6 % (or a microsecond) of the exact percentile, over nine orders of magnitude', () => {
    const durations = fc.array(
      fc
        .tuple(fc.integer({ min: -3, max: 7 }), fc.double({ min: 1, max: 10, noNaN: true }))
        .map(([power, x]) => x * 10 ** power),
      { minLength: 1, maxLength: 300 },
    )
    fc.assert(
      fc.property(durations, (samples) => {
        const histogram = createHistogram(1000)
        for (const sample of samples) histogram.record(sample, 0)
        const read = histogram.read(0)!
        const sorted = samples.toSorted((a, b) => a - b)
        for (const [share, value] of [
          [0.5, read.p50],
          [0.95, read.p95],
          [0.99, read.p99],
        ] as const) {
          const exact = sorted[Math.ceil(samples.length * share) - 1]!
          expect(Math.abs(value - exact)).toBeLessThanOrEqual(exact * 0.016 + 0.001)
        }
        expect(read.count).toBe(samples.length)
        expect(read.max).toBe(sorted.at(-1))
        expect(read.mean).toBeCloseTo(samples.reduce((a, b) => a + b) / samples.length, 6)
      }),
    )
  })

  it('bears nothing, zero, negative, endless and no numbers', () => {
    const histogram = createHistogram(1000)
    expect(histogram.read(0)).toBeNull()
    for (const odd of [0, -5, Number.NaN, 1e300]) histogram.record(odd, 0)
    expect(histogram.read(0)).toMatchObject({ count: 4, p50: 0, max: 1e300 })
  })

  it('has a slot for every microsecond, also at the ends of powers of two', () => {
    for (let power = 0; power < 42; power++) {
      for (const micros of [2 ** power - 1, 2 ** power, 2 ** power + 1]) {
        const histogram = createHistogram(1)
        histogram.record(micros / 1000, 0)
        expect(Math.abs(histogram.read(0)!.p50 * 1000 - micros)).toBeLessThanOrEqual(micros * 0.016)
      }
    }
  })

  it('forgets what is older than two windows and keeps what is younger than one', () => {
    const histogram = createHistogram(1000)
    histogram.record(5, 0)
    histogram.record(7, 1500)
    expect(histogram.read(1600)).toMatchObject({ count: 2 })
    expect(histogram.read(2499)).toMatchObject({ count: 2 })
    expect(histogram.read(2500)).toMatchObject({ count: 1, max: 7 })
    histogram.record(9, 2600)
    expect(histogram.read(9000)).toBeNull()
  })
})

describe('rate', () => {
  it('counts exactly what lies in its window, moved in twentieths', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 900 }), fc.integer({ min: 0, max: 50 })), { maxLength: 80 }),
        (steps) => {
          const rate = createRate(2000)
          let now = 0
          const events: { at: number; count: number }[] = []
          for (const [delay, count] of steps) {
            now += delay
            rate.add(count, now)
            events.push({ at: now, count })
          }
          const from = (Math.floor(now / 100) - 19) * 100
          const expected = events.reduce((sum, { at, count }) => (at >= from ? sum + count : sum), 0)
          const covered = Math.min(now, now - from)
          expect(rate.read(now, 0)).toBeCloseTo(covered <= 0 ? 0 : (expected * 1000) / covered, 6)
        },
      ),
    )
  })

  it('is right from the start, and falls to nothing', () => {
    const rate = createRate(10_000)
    expect(rate.read(500, 500)).toBe(0)
    for (let now = 500; now < 2500; now += 10) rate.add(1, now)
    expect(rate.read(2500, 500)).toBe(100)
    for (let now = 2500; now < 60_000; now += 10) rate.add(1, now)
    expect(rate.read(60_000, 500)).toBeCloseTo(100, 0)
    expect(rate.read(80_000, 500)).toBe(0)
  })
})
