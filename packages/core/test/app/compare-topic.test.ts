import { expect, test } from 'vitest'
import { compareTopic } from '../../src/app/compare-topic.ts'
import { silentLogger } from '../../src/index.ts'
import type { TopicDefinition } from '../../src/topic/topic-definition.ts'

type Wish = Partial<Pick<TopicDefinition, 'partitions' | 'replicas' | 'config' | 'internal'>>

/** What is said of a topic of four partitions and two replicas. */
function said(wanted: Wish): string[] {
  const lines: string[] = []
  const logger = { ...silentLogger, warn: (...given: unknown[]) => void lines.push(given.at(-1) as string) }
  const config = { 'cleanup.policy': 'compact,delete', 'retention.ms': '1000' }
  const definition = { name: 'orders', config: {}, internal: false, ...wanted } as TopicDefinition
  compareTopic(definition, { name: 'orders', id: 'i', partitions: 4, replicas: 2, config }, logger)
  return lines
}

test('what agrees, and what was left to the log, is not spoken of', () => {
  expect(said({})).toEqual([])
  expect(said({ partitions: 4, replicas: 2, config: { 'cleanup.policy': 'delete,compact' } })).toEqual([])
})

test('differences are named, all in one line, and left', () => {
  const config = { 'retention.ms': '5', 'cleanup.policy': 'delete', 'no.such': '1' }
  expect(said({ replicas: 3, config })).toEqual([
    'Topic orders differs from its declaration and is left as it is: it has 2 replicas, declared 3; retention.ms is 1000, ' +
      'declared 5; cleanup.policy is compact,delete, declared delete; no.such is no setting of this log, declared 1',
  ])
})

test.each([
  [false, /has 4 partitions, but 3 were declared. Declare 4, or leave/],
  [true, /has 4 partitions, but 3 are needed .* reset the app's internal topics/],
])('another partition count is an error; internal: %s', (internal, message) => {
  expect(() => said({ partitions: 3, internal })).toThrow(message)
})

test('a log that keeps no copies is not asked for any', () => {
  const lines: unknown[] = []
  const logger = { ...silentLogger, warn: (...given: unknown[]) => void lines.push(given) }
  const definition = { name: 'orders', config: {}, internal: false, replicas: 3 } as unknown as TopicDefinition
  compareTopic(definition, { name: 'orders', id: 'i', partitions: 4, config: {} }, logger)
  expect(lines).toEqual([])
})
