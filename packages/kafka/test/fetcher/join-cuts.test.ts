import fc from 'fast-check'
import { expect, test } from 'vitest'
import { joinCuts } from '../../src/fetcher/join-cuts.ts'
import { batch, reader, record, shown } from '../support/batches.ts'

test('no cut is no record, and one whole batch is itself', () => {
  const whole = reader(batch([record('a', '1'), record('b', '2')])).read()!
  expect([...joinCuts([])]).toEqual([])
  expect(joinCuts([{ batch: whole, from: 0, to: 2, size: 4 }])).toBe(whole)
})

test('there is no record before the first one, and asking for it does no harm', () => {
  const whole = reader(batch([record('a', '1'), record('b', '2')])).read()!
  const joined = joinCuts([
    { batch: whole, from: 0, to: 1, size: 2 },
    { batch: whole, from: 1, to: 2, size: 2 },
  ])
  expect(joined.at(-1)).toBeUndefined()
  expect(shown(joined)).toEqual(['0:a=1', '1:b=2'])
})

test('cuts are one list, in whatever order it is asked', () => {
  const cuts = fc.array(
    fc.tuple(fc.nat(5), fc.nat(5), fc.nat(5)).map(([before, taken, after]) => ({ before, taken, after })),
    { minLength: 1, maxLength: 6 },
  )
  fc.assert(
    fc.property(cuts, fc.array(fc.nat(40)), (shapes, asked) => {
      let baseOffset = 0
      const expected: string[] = []
      const made = shapes
        .filter(({ before, taken, after }) => before + taken + after > 0)
        .map(({ before, taken, after }) => {
          const count = before + taken + after
          const names = Array.from({ length: count }, (_, index) => `${baseOffset + index}`)
          const whole = reader(
            batch(
              names.map((name) => record(name, name)),
              { baseOffset },
            ),
          ).read()!
          for (const name of names.slice(before, before + taken)) expected.push(`${name}:${name}=${name}`)
          baseOffset += count
          return { batch: whole, from: before, to: before + taken, size: 0 }
        })
      const joined = joinCuts(made)
      expect(joined.length).toBe(expected.length)
      expect(shown(joined)).toEqual(expected)
      for (const index of asked) {
        const one = joined.at(index)
        expect(one === undefined ? undefined : shown([one])[0]).toBe(expected[index])
      }
    }),
  )
})
