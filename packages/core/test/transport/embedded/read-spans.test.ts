import { expect, test } from 'vitest'
import { createEmbeddedLog } from '../../../src/transport/embedded/log/embedded-log.ts'
import type { EmbeddedLog } from '../../../src/transport/embedded/log/embedded-log.ts'
import { produce, texts, transactional } from './support/broker.ts'
import { record } from './support/fixture.ts'
import { manualClock } from './support/manual-clock.ts'

const READ = { topic: 't', partition: 0, offset: 0, isolation: 'read-uncommitted', maxBytes: 1_000_000 } as const

function shape(log: EmbeddedLog, more: object = {}) {
  const { spans, aborted, nextOffset, error } = log.readSpans({ ...READ, ...more })
  return {
    error,
    aborted,
    nextOffset,
    spans: spans.map(({ kind, baseOffset, records }) => [kind, baseOffset, records.length]),
  }
}

test('spans show what is stored: who wrote it, markers, and which transactions were aborted', async () => {
  const clock = manualClock()
  const log = createEmbeddedLog({ clock })
  log.createTopics([{ name: 't', partitions: 1 }])
  const [lost, won] = [transactional(log, 'lost'), transactional(log, 'won')]
  lost.add('t')
  won.add('t')
  produce(log, 't', texts('plain'))
  lost.send('t', record('k', '1'))
  lost.send('t', record('k', '2'))
  won.send('t', record('k', '3'))
  lost.end(false)
  await clock.advance(10)
  const all = [
    ['data', 0, 1],
    ['data', 1, 2],
    ['data', 3, 1],
    ['abort', 4, 0],
  ]
  const aborted = [{ producerId: lost.producerId, firstOffset: 1 }]
  expect(shape(log)).toEqual({ error: 0, aborted, nextOffset: 5, spans: all })
  expect(shape(log, { isolation: 'read-committed' })).toEqual({
    error: 0,
    aborted,
    nextOffset: 3,
    spans: all.slice(0, 2),
  })
  won.end(true)
  await clock.advance(10)
  expect(shape(log, { offset: 2, isolation: 'read-committed' })).toEqual({
    error: 0,
    aborted,
    nextOffset: 6,
    spans: [...all.slice(1), ['commit', 5, 0]],
  })
  expect(shape(log, { maxBytes: 0 })).toMatchObject({ nextOffset: 1, spans: [['data', 0, 1]] })
  expect(shape(log, { offset: 6 })).toMatchObject({ error: 0, nextOffset: 6, spans: [] })
  expect(shape(log, { offset: 7 })).toMatchObject({ error: 1 })
  expect(shape(log, { topic: 'nope' })).toMatchObject({ error: 3 })
  const [, span] = log.readSpans(READ).spans
  expect(span).toMatchObject({ producerId: lost.producerId, producerEpoch: 0, baseSequence: 0, transactional: true })
  await log.close()
})

test('a time leads to the first record that is not older', async () => {
  const log = createEmbeddedLog({ clock: manualClock() })
  log.createTopics([{ name: 't', partitions: 1 }])
  produce(log, 't', [record('a', '1', 100), record('b', '2', 300), record('c', '3', 200)])
  const find = (timestamp: number) => log.offsetForTime({ topic: 't', partition: 0 }, timestamp)
  expect([0, 100, 101, 300, 301].map((time) => find(time).offset)).toEqual([0, 0, 1, 1, -1])
  log.deleteRecords([{ topic: 't', partition: 0, offset: 2 }])
  expect(find(150)).toEqual({ error: 0, offset: 2, timestamp: 200 })
  expect(log.offsetForTime({ topic: 'nope', partition: 0 }, 0).error).toBe(3)
  await log.close()
})
