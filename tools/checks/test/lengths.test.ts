import { expect, test } from 'vitest'
import { checkLengths } from '../src/lengths.ts'
import { memoryRepository } from '../src/repository.ts'

const LONG = 'packages/core/src/app/app.ts'
const repository = memoryRepository({
  [LONG]: '//\n'.repeat(301),
  'packages/core/src/app/short.ts': '//\n'.repeat(300),
  'packages/core/test/app.test.ts': '//\n'.repeat(900),
})

test('a source file of more than 300 lines is found, a test is not', () => {
  expect(checkLengths(repository, {})).toMatchObject([{ file: LONG, line: 301 }])
})

test('a reason allows it', () => {
  expect(checkLengths(repository, { [LONG]: 'one table of forty equal rows' })).toEqual([])
})

test('an empty reason and a reason for a short file are found', () => {
  expect(checkLengths(repository, { [LONG]: ' ' })).toHaveLength(1)
  expect(checkLengths(repository, { [LONG]: 'long', 'packages/core/src/app/short.ts': 'was long' })).toMatchObject([
    { problem: expect.stringContaining('short.ts') },
  ])
})
