import fc from 'fast-check'
import { expect, test } from 'vitest'
import { OrderedIndex } from '../../../src/store/embedded/ordered-index.ts'
import type { Run, TextBounds } from '../../../src/store/embedded/ordered-index.ts'

type Item = readonly [key: string, value: string]

function itemsOf(runs: readonly Run[]): Item[] {
  return runs.flatMap(({ keys, values, from, to }) =>
    keys.slice(from, to).map((key, at): Item => [key, values[from + at]!]),
  )
}

function expected(model: ReadonlyMap<string, string>, { gte, gt, lte, lt }: TextBounds): Item[] {
  return [...model]
    .filter(
      ([key]) =>
        (gte === undefined || key >= gte) &&
        (gt === undefined || key > gt) &&
        (lte === undefined || key <= lte) &&
        (lt === undefined || key < lt),
    )
    .sort(([one], [other]) => (one < other ? -1 : 1))
}

const keys = fc.integer({ min: 0, max: 2000 }).map((number) => number.toString(36))
const bounds = fc.record({ gte: keys, gt: keys, lte: keys, lt: keys }, { requiredKeys: [] })
const change = fc.tuple(keys, fc.option(fc.string({ maxLength: 3 }), { nil: undefined }))

test('a view gives what a sorted map would, also after later changes', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(keys, fc.string({ maxLength: 3 })), { maxLength: 1500, size: 'max' }),
      fc.array(fc.tuple(bounds, fc.array(change, { maxLength: 400, size: 'max' })), { maxLength: 5 }),
      (start, rounds) => {
        const model = new Map(start)
        const index = new OrderedIndex(model)
        const views: [readonly Run[], Item[]][] = []
        for (const [bound, changes] of rounds) {
          views.push([index.view(bound), expected(model, bound)])
          for (const [key, value] of changes) {
            index.set(key, value)
            if (value === undefined) model.delete(key)
            else model.set(key, value)
          }
          views.push([index.view({}), expected(model, {})])
        }
        for (const [view, items] of views) expect(itemsOf(view)).toEqual(items)
      },
    ),
    { numRuns: 60 },
  )
})

test('it bears growing from nothing in any order and shrinking to nothing', () => {
  const numbers = Array.from({ length: 20_000 }, (_, at) => (at * 7919) % 20_000)
  const index = new OrderedIndex(new Map())
  const name = (number: number) => String(number).padStart(5, '0')
  for (const number of numbers) index.set(name(number), 'x')
  expect(itemsOf(index.view({})).map(([key]) => key)).toEqual([...numbers].sort((a, b) => a - b).map(name))

  const left = numbers.filter((number) => number % 100 === 0)
  for (const number of numbers) if (number % 100 !== 0) index.set(name(number), undefined)
  const view = index.view({})
  expect(itemsOf(view).map(([key]) => key)).toEqual(left.sort((a, b) => a - b).map(name))
  expect(view.length, 'chunks with little in them are put together').toBeLessThan(20)

  for (const number of left) index.set(name(number), undefined)
  expect(index.view({})).toEqual([])
})
