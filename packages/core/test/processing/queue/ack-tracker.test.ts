import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AckTracker } from '../../../src/processing/queue/ack-tracker.ts'

/** Pulls the offsets in order, settles some, and answers the frontier. */
function frontier(start: number, pulled: readonly number[], settled: readonly number[], next?: number): number {
  const tracker = new AckTracker(start)
  for (const [index, offset] of pulled.entries()) {
    tracker.pull(offset, index === pulled.length - 1 && next !== undefined ? next : offset + 1, 0)
  }
  for (const offset of settled) tracker.settle(offset)
  return tracker.frontier
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index)

describe('frontier', () => {
  test.each([
    ['everything settled', range(1, 10), range(1, 10), 11],
    ['one of the last missing', range(1, 10), [...range(1, 8), 10], 9],
    ['two holes: the first counts', range(1, 10), [1, 2, 3, 4, 6, 7, 8, 10], 5],
    ['a hole after the first', range(1, 4), [1, 3, 4], 2],
    ['nothing settled', range(1, 4), [], 1],
    ['a gap of compaction counts as done', [1, 2, 3, 4, 6, 7, 8, 10], [1, 2, 3, 4, 6, 7, 8], 10],
    ['an unsettled one behind a gap holds only itself', [0, 5], [0], 5],
    ['offset 0', [0], [0], 1],
    ['in flight below what is settled', [2, 3, 4], [3, 4], 2],
  ])('%s', (_, pulled, settled, expected) => {
    expect(frontier(pulled[0]!, pulled, settled)).toBe(expected)
  })

  test('covers markers and gaps behind the last record', () => {
    expect(frontier(0, [0, 1], [0, 1], 7)).toBe(7)
    expect(frontier(0, [0, 1], [0], 7)).toBe(1)
  })

  test('moves over an answer without records', () => {
    const tracker = new AckTracker(3)
    tracker.skipTo(9)
    expect(tracker.frontier).toBe(9)
    tracker.skipTo(4)
    expect(tracker.frontier).toBe(9)
  })

  test('counts a second settlement, and one that was never pulled, as nothing', () => {
    const tracker = new AckTracker(0)
    tracker.pull(0, 1, 0)
    tracker.pull(1, 2, 0)
    expect(tracker.settle(1)).toBe(true)
    expect(tracker.settle(1)).toBe(false)
    expect(tracker.settle(17)).toBe(false)
    expect(tracker.frontier).toBe(0)
    expect(tracker.unsettled).toBe(1)
  })

  test('is the smallest unsettled offset, whatever the order of settling', () => {
    const offsets = fc
      .uniqueArray(fc.nat(5000), { minLength: 1, maxLength: 3000 })
      .map((all) => all.toSorted((a, b) => a - b))
    fc.assert(
      fc.property(offsets, fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (pulled, chance) => {
        const tracker = new AckTracker(pulled[0]!)
        for (const offset of pulled) tracker.pull(offset, offset + 1, 0)
        const open = new Set(pulled)
        const order = pulled.toSorted(() => chance.next().value! - 0.5)
        for (const offset of order) {
          tracker.settle(offset)
          open.delete(offset)
          const smallest = Math.min(...open)
          expect(tracker.frontier).toBe(open.size === 0 ? pulled.at(-1)! + 1 : smallest)
        }
      }),
      { numRuns: 20 },
    )
  })
})

test('asks about every unsettled offset up to one, and no other', () => {
  const tracker = new AckTracker(0)
  for (let offset = 0; offset < 6; offset++) tracker.pull(offset, offset + 1, 0)
  tracker.settle(1)
  const asked: number[] = []
  expect(tracker.everyUnsettledUpTo(3, (offset) => asked.push(offset) > 0)).toBe(true)
  expect(asked).toEqual([0, 2, 3])
  expect(tracker.everyUnsettledUpTo(3, (offset) => offset !== 2)).toBe(false)
})

test('stream time is the largest timestamp before, whatever was settled first', () => {
  const records = fc.array(fc.record({ timestamp: fc.nat(50), order: fc.nat() }), { minLength: 1, maxLength: 40 })
  fc.assert(
    fc.property(records, fc.integer({ min: -1, max: 20 }), (all, before) => {
      const tracker = new AckTracker(0, before)
      const largest = (count: number): number =>
        Math.max(before, ...all.slice(0, count).map(({ timestamp }) => timestamp))
      for (const [offset, { timestamp }] of all.entries()) {
        expect(tracker.time).toBe(largest(offset))
        tracker.pull(offset, offset + 1, timestamp)
      }
      for (const offset of [...all.keys()].toSorted((a, b) => all[a]!.order - all[b]!.order)) {
        tracker.settle(offset)
        expect(tracker.frontierTime).toBe(largest(tracker.frontier))
      }
    }),
  )
})
