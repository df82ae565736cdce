import { expect, inject, test } from 'vitest'
import { runAlone } from './support/plain-node.ts'

test('a run in which nothing goes wrong writes nothing to stderr, and ends by itself', () => {
  const run = runAlone('good-run.mjs', inject('kafkaBrokers')[0] as string)
  expect(run.stderr).toBe('')
  expect(run.stdout).toBe('[]\n')
  expect(run.status).toBe(0)
})
