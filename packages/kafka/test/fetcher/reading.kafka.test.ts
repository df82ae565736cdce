import { randomUUID } from 'node:crypto'
import { kafkaTool } from '@faust-tools/services'
import { expect, inject, test } from 'vitest'
import type { KafkaReader } from '../../src/index.ts'
import { text } from '../support/bytes.ts'
import { createTopic } from '../support/create-topic.ts'
import { RealKafka } from './support/real-kafka.ts'
import { rejection } from './support/reading.ts'

const broker = inject('kafkaBrokers')[0]!
const unique = (): string => `fetcher-${randomUUID().slice(0, 8)}`

async function newTopic(partitions = 1): Promise<string> {
  const topic = unique()
  await createTopic(broker, topic, partitions)
  return topic
}

/** Everything up to the end that `assign` told. */
async function readAll(reader: KafkaReader, topic: string, maxRecords?: number): Promise<(string | null)[]> {
  const [start] = await reader.assign([{ topic, partition: 0, offset: 0 }])
  const found: (string | null)[] = []
  for (let next = 0; next < start!.end;) {
    for (const { records, nextOffset, highWatermark } of await reader.poll({ maxWait: 1000, maxRecords })) {
      expect(nextOffset).toBeGreaterThan(next)
      expect(highWatermark).toBeGreaterThanOrEqual(nextOffset)
      found.push(...Array.from(records, ({ value }) => text(value)))
      next = nextOffset
    }
  }
  return found
}

test('nested aborts, aborts that span fetches, and control records at the end', async () => {
  await using kafka = await RealKafka.connect()
  const topic = await newTopic()
  const [one, two] = [await kafka.transactional(), await kafka.transactional()]
  const large = 'x'.repeat(400_000)
  await kafka.begin(one, topic)
  await kafka.begin(two, topic)
  await kafka.produce(topic, 0, ['outer'], one)
  await kafka.produce(topic, 0, ['inner'], two)
  await kafka.produce(topic, 0, ['plain'])
  await kafka.end(two, false)
  // More than one fetch of 1 MiB.
  for (let i = 0; i < 6; i++) await kafka.produce(topic, 0, [large], one)
  await kafka.produce(topic, 0, ['plain too'])
  await kafka.end(one, false)
  await kafka.begin(two, topic)
  await kafka.produce(topic, 0, ['kept'], two)
  await kafka.end(two, true)
  await kafka.begin(one, topic)
  await kafka.produce(topic, 0, ['gone at the end'], one)
  await kafka.end(one, false)
  expect(await readAll(kafka.reader(), topic)).toEqual(['plain', 'plain too', 'kept'])
  expect(await readAll(kafka.reader(), topic, 1)).toEqual(['plain', 'plain too', 'kept'])
  const all = await readAll(kafka.reader('read-uncommitted'), topic)
  expect(all).toEqual(['outer', 'inner', 'plain', ...Array(6).fill(large), 'plain too', 'kept', 'gone at the end'])
})

test('an open transaction holds read-committed back, not the end that assign tells', async () => {
  await using kafka = await RealKafka.connect()
  const topic = await newTopic()
  const one = await kafka.transactional()
  await kafka.begin(one, topic)
  await kafka.produce(topic, 0, ['open'], one)
  await kafka.produce(topic, 0, ['behind'])
  const reader = kafka.reader()
  expect(await reader.assign([{ topic, partition: 0, offset: 0 }])).toMatchObject([{ logStart: 0, end: 2 }])
  expect(await reader.poll({ maxWait: 300 })).toEqual([])
  const waiting = reader.poll({ maxWait: 10_000 })
  await kafka.end(one, true)
  expect((await waiting).flatMap(({ records }) => Array.from(records, ({ value }) => text(value)))).toEqual([
    'open',
    'behind',
  ])
})

test('a record of 900 KB, alone and among small ones', async () => {
  await using kafka = await RealKafka.connect()
  const topic = await newTopic()
  const large = 'y'.repeat(900_000)
  await kafka.produce(topic, 0, ['before'])
  await kafka.produce(topic, 0, [large])
  await kafka.produce(topic, 0, [large])
  await kafka.produce(topic, 0, ['after'])
  expect(await readAll(kafka.reader(), topic)).toEqual(['before', large, large, 'after'])
})

test('records deleted beyond the position', async () => {
  await using kafka = await RealKafka.connect()
  const topic = await newTopic()
  await kafka.produce(topic, 0, ['a', 'b', 'c', 'd'])
  const reader = kafka.reader()
  const place = { topic, partition: 0 }
  await reader.assign([{ ...place, offset: 0 }])
  const [first] = await reader.poll({ maxWait: 5000, maxRecords: 1 })
  expect(first?.nextOffset).toBe(1)
  await kafka.deleteRecords(topic, 3)
  expect(await reader.assign([{ ...place, offset: 1 }])).toMatchObject([{ logStart: 3, end: 4 }])
  const facts = { code: 'FAUST_OFFSET_OUT_OF_RANGE', topic, partition: 0, offset: 1, logStart: 3, logEnd: 4 }
  expect(await rejection(reader.poll({ maxWait: 5000 }))).toMatchObject(facts)
  expect(await rejection(reader.poll({ maxWait: 5000 }))).toMatchObject(facts)
  await reader.assign([{ ...place, offset: 3 }])
  const [last] = await reader.poll({ maxWait: 5000 })
  expect(Array.from(last!.records, ({ value }) => text(value))).toEqual(['d'])
})

test('a topic that was deleted and made again, longer than before', async () => {
  await using kafka = await RealKafka.connect()
  const topic = await newTopic()
  await kafka.produce(topic, 0, ['old'])
  const reader = kafka.reader()
  await reader.assign([{ topic, partition: 0, offset: 0 }])
  expect(await reader.poll({ maxWait: 5000 })).toHaveLength(1)
  await kafkaTool('org.apache.kafka.tools.TopicCommand', ['--bootstrap-server', broker, '--delete', '--topic', topic])
  await createTopic(broker, topic, 1)
  await kafka.produce(topic, 0, ['new 0', 'new 1', 'new 2'])
  let code = ''
  for (let i = 0; i < 50 && code !== 'FAUST_TOPIC_RECREATED'; i++) {
    code = await reader.poll({ maxWait: 200 }).then(
      (batches) => {
        expect(batches).toEqual([])
        return ''
      },
      (error: { code: string }) => error.code,
    )
  }
  expect(code).toBe('FAUST_TOPIC_RECREATED')
  await reader.assign([{ topic, partition: 0, offset: 0 }])
  const [again] = await reader.poll({ maxWait: 5000 })
  expect(Array.from(again!.records, ({ value }) => text(value))).toEqual(['new 0', 'new 1', 'new 2'])
})

test('a hundred partitions, and a poll that waits for one of them', async () => {
  await using kafka = await RealKafka.connect()
  const topic = await newTopic(100)
  const reader = kafka.reader()
  const places = Array.from({ length: 100 }, (_, partition) => ({ topic, partition, offset: 0 }))
  expect(await reader.assign(places)).toHaveLength(100)
  for (const { partition } of places) await kafka.produce(topic, partition, [`a${partition}`, `b${partition}`])
  const found = new Map<number, (string | null)[]>()
  for (let i = 0; i < 400 && [...found.values()].flat().length < 200; i++) {
    for (const { partition, records } of await reader.poll({ maxWait: 1000, maxRecords: 7 })) {
      found.set(partition, [...(found.get(partition) ?? []), ...Array.from(records, ({ value }) => text(value))])
    }
  }
  for (const { partition } of places) expect(found.get(partition)).toEqual([`a${partition}`, `b${partition}`])
  const waiting = reader.poll({ maxWait: 10_000 })
  await kafka.produce(topic, 42, ['last'])
  expect(await waiting).toMatchObject([{ partition: 42, nextOffset: 3 }])
})
