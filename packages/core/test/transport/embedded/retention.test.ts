import { expect, test } from 'vitest'
import { createEmbeddedLog } from '../../../src/transport/embedded/log/embedded-log.ts'
import { bounds, contents, produce, transactional } from './support/broker.ts'
import { record } from './support/fixture.ts'
import { manualClock } from './support/manual-clock.ts'

function topicWith(config: Record<string, string>) {
  const clock = manualClock()
  const log = createEmbeddedLog({ clock })
  log.createTopics([{ name: 't', partitions: 1, config }])
  return { clock, log, now: clock.now() }
}

test('retention looks at the timestamps of records, not at when they came', async () => {
  const { log, now } = topicWith({ 'retention.ms': '1000' })
  produce(log, 't', [record('a', 'old', now - 5000), record('b', 'older', now - 6000)])
  produce(log, 't', [record('c', 'young', now), record('d', 'old again', now - 5000)])
  log.expire('t')
  expect(contents(log, 't')).toEqual(['2:c=young', '3:d=old again'])
  expect(bounds(log, 't')).toEqual({ logStart: 2, highWatermark: 4, lastStable: 4 })
  await log.close()
})

test('a log whose records are all old becomes empty and goes on where it was', async () => {
  const { clock, log, now } = topicWith({ 'retention.ms': '1000' })
  produce(log, 't', [record('a', '1', now), record('b', '2', now)])
  await clock.advance(2000)
  log.expire()
  expect(bounds(log, 't')).toEqual({ logStart: 2, highWatermark: 2, lastStable: 2 })
  expect(produce(log, 't', [record('c', '3', clock.now())]).baseOffset).toBe(2)
  expect(contents(log, 't')).toEqual(['2:c=3'])
  await log.close()
})

test('LogAppendTime stamps records with the time of the log', async () => {
  const { log, now } = topicWith({ 'retention.ms': '1000', 'message.timestamp.type': 'LogAppendTime' })
  produce(log, 't', [record('a', 'replayed', 5)])
  log.expire()
  expect(contents(log, 't')).toEqual(['0:a=replayed'])
  const bound = { isolation: 'read-uncommitted', maxWait: 0, maxRecords: 9, maxBytes: 999 } as const
  const answers = await log.fetch({ ...bound, partitions: [{ topic: 't', partition: 0, offset: 0 }] })
  expect(answers[0]?.records[0]?.timestamp).toBe(now)
  await log.close()
})

test('a compacted topic expires nothing unless it says delete as well', async () => {
  for (const [policy, left] of [
    ['compact', ['0:a=1']],
    ['compact,delete', []],
  ] as const) {
    const { log } = topicWith({ 'cleanup.policy': policy, 'retention.ms': '1000' })
    produce(log, 't', [record('a', '1', 5)])
    log.expire()
    expect(contents(log, 't')).toEqual(left)
    await log.close()
  }
})

test('a marker without records has the time at which it came', async () => {
  const { clock, log } = topicWith({ 'retention.ms': '1000' })
  const producer = transactional(log, 'p')
  producer.add('t')
  producer.end(true)
  await clock.advance(500)
  log.expire()
  expect(bounds(log, 't').logStart).toBe(0)
  produce(log, 't', [record('a', 'young', clock.now())])
  log.expire()
  expect(bounds(log, 't')).toEqual({ logStart: 0, highWatermark: 2, lastStable: 2 })
  await clock.advance(2000)
  log.expire()
  expect(bounds(log, 't').logStart).toBe(2)
  await log.close()
})

test('nothing of an open transaction expires', async () => {
  const { log } = topicWith({ 'retention.ms': '1000' })
  produce(log, 't', [record('a', 'before', 5)])
  const producer = transactional(log, 'p')
  producer.add('t')
  producer.send('t', record('b', 'open', 5))
  log.expire()
  expect(contents(log, 't')).toEqual(['1:b=open'])
  await log.close()
})

test('retention.bytes lets whole chunks go', async () => {
  const { log } = topicWith({ 'retention.bytes': '5000', 'retention.ms': '-1' })
  for (let round = 0; round < 10; round++) {
    produce(
      log,
      't',
      Array.from({ length: 1024 }, () => record(null, 'x')),
    )
  }
  log.expire()
  expect(bounds(log, 't')).toMatchObject({ logStart: 5 * 1024, highWatermark: 10_240 })
  await log.close()
})

test('deleteRecords moves the log start up, never down, and refuses what lies beyond the end', async () => {
  const { log } = topicWith({})
  produce(log, 't', [record('a', '1'), record('b', '2'), record('c', '3')])
  const remove = (offset: number) => log.deleteRecords([{ topic: 't', partition: 0, offset }])[0]
  expect(remove(2)).toMatchObject({ error: 0, logStart: 2 })
  expect(remove(1)).toMatchObject({ error: 0, logStart: 2 })
  expect(remove(4)).toMatchObject({ error: 1, logStart: 2 })
  expect(contents(log, 't')).toEqual(['2:c=3'])
  expect(remove(-1)).toMatchObject({ error: 0, logStart: 3 })
  expect(log.deleteRecords([{ topic: 'nope', partition: 0, offset: 0 }])[0]).toMatchObject({ error: 3 })
  await log.close()
})
