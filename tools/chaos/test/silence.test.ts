import { expect, test } from 'vitest'
import type { ReadBack } from '../src/read-topic.ts'
import { longestSilence } from '../src/silence.ts'

const outputs = (...times: number[]): ReadBack[] =>
  times.map((at, offset) => ({ offset, timestamp: 0, key: '', value: { id: offset, by: 1, at } }))

test('the longest time between two outputs of one partition, within what is looked at', () => {
  const log = [outputs(0, 500, 510, 530, 900), outputs(515, 516, 560), []]
  expect(longestSilence(log, 500, 600)).toBe(44)
  expect(longestSilence(log, 0, 1000)).toBe(500)
  expect(longestSilence(log, 901, 1000)).toBe(0)
})
