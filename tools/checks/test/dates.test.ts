import { expect, test } from 'vitest'
import { checkDates } from '../src/dates.ts'
import { memoryRepository } from '../src/repository.ts'

const lines = (file: string, text: string): number[] =>
  checkDates(memoryRepository({ [file]: text })).map(({ line }) => line)

test('a date of the machine clock is found, a date of given milliseconds is not', () => {
  const text = 'export const a = new Date(5)\nexport const b = new Date()\nexport const c = Date()\n'
  expect(lines('packages/core/src/app/app.ts', text)).toEqual([2, 3])
})

test('the clock itself, other packages and tests may read it', () => {
  expect(lines('packages/core/src/service/clock.ts', 'export const a = new Date()\n')).toEqual([])
  expect(lines('packages/store-level/src/index.ts', 'export const a = new Date()\n')).toEqual([])
  expect(lines('packages/core/test/a.test.ts', 'export const a = new Date()\n')).toEqual([])
})
