import fc from 'fast-check'
import { expect, test } from 'vitest'
import { join } from '../../src/window/session.ts'
import type { Window } from '../../src/window/window.ts'

/** Sessions of all times at once: sorted, cut where `gap` or more lies between two. */
function naive(times: readonly number[], gap: number): Window[] {
  const sessions: { start: number; end: number }[] = []
  for (const time of times.toSorted((a, b) => a - b)) {
    const last = sessions.at(-1)
    if (last !== undefined && time < last.end) last.end = time + gap
    else sessions.push({ start: time, end: time + gap })
  }
  return sessions
}

test('sessions grow to what all their values make at once, in whatever order these come', () => {
  const values = fc.array(fc.nat(200), { minLength: 1, maxLength: 40 })
  fc.assert(
    fc.property(values, fc.integer({ min: 1, max: 30 }), (times, gap) => {
      const sessions: Window[] = []
      for (const time of times) {
        const { window, from, to } = join(sessions, time, gap)
        sessions.splice(from, to - from, window)
      }
      expect(sessions).toEqual(naive(times, gap))
    }),
  )
})

test('a value that comes exactly `gap` after another begins a session', () => {
  expect(join([{ start: 0, end: 10 }], 10, 10)).toEqual({ window: { start: 10, end: 20 }, from: 1, to: 1 })
  expect(join([{ start: 0, end: 10 }], 9, 10)).toEqual({ window: { start: 0, end: 19 }, from: 0, to: 1 })
})
