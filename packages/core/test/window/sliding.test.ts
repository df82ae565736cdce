import fc from 'fast-check'
import { expect, test } from 'vitest'
import { windowsToMake } from '../../src/window/sliding.ts'
import { contains, type Window } from '../../src/window/window.ts'

type Held = Window & { readonly ids: readonly number[] }

/** The windows that all times make at once, each with the numbers of its values in the order they came. */
function naive(times: readonly number[], size: number): Held[] {
  const starts = new Set<number>()
  for (const time of times) {
    starts.add(Math.max(0, time - size + 1))
    const after = { start: time + 1, end: time + 1 + size }
    if (times.some((other) => contains(after, other))) starts.add(after.start)
  }
  return [...starts]
    .toSorted((a, b) => a - b)
    .map((start) => ({ start, end: start + size }))
    .map((window) => ({ ...window, ids: [...times.keys()].filter((id) => contains(window, times[id]!)) }))
}

test('windows grow to what all their values make at once, in whatever order these come', () => {
  const values = fc.array(fc.nat(80), { minLength: 1, maxLength: 25 })
  fc.assert(
    fc.property(values, fc.integer({ min: 1, max: 30 }), (times, size) => {
      let windows: Held[] = []
      const seen: number[] = []
      for (const [id, time] of times.entries()) {
        const made = windowsToMake(seen, windows, time, size).map(({ window, like }) => ({
          ...window,
          ids: like < 0 ? [] : windows[like]!.ids,
        }))
        windows = [...windows, ...made]
          .toSorted((a, b) => a.start - b.start)
          .map((window) => (contains(window, time) ? { ...window, ids: [...window.ids, id] } : window))
        if (!seen.includes(time)) seen.push(time)
        seen.sort((a, b) => a - b)
      }
      expect(windows).toEqual(naive(times, size))
    }),
    { numRuns: 300 },
  )
})
