import { expect, test } from 'vitest'
import { describePartitions } from '../../../src/processing/rebalance/describe-partitions.ts'

const of = (topic: string, ...numbers: readonly number[]): { topic: string; partition: number }[] =>
  numbers.map((partition) => ({ topic, partition }))

test('partitions that follow each other are a range, and topics come in order', () => {
  expect(describePartitions([...of('payments', 1), ...of('orders', 10, 3, 0, 2, 1, 7)])).toBe(
    'orders 0-3, 7, 10; payments 1',
  )
})

test('of no partitions nothing is said', () => {
  expect(describePartitions([])).toBe('')
})
