import { startKafka } from '@faust-tools/services'
import { createApp, json, silentLogger, systemClock } from '@faust/core'
import { ConfigResourceTypes, Kafka, logLevel } from 'kafkajs'
import { expect, onTestFinished, test } from 'vitest'
import { kafkajsTransport } from '../src/index.ts'

/** What an app made that has since compacted its changelog, which leaves a batch without records at its beginning. */
const APP = 'compacted'
const CHANGELOG = `${APP}-counts-changelog`
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

test('a table is restored from a changelog that begins with empty batches, where kafkajs stands still', async () => {
  await using kafka = await startKafka({ properties: { 'log.cleaner.backoff.ms': '200' } })
  const { brokers } = kafka
  const transport = kafkajsTransport({ brokers })
  await transport.start({ app: 'writer', clock: systemClock(), logger: silentLogger })
  onTestFinished(() => transport.close())
  const config = {
    // Until everything is written: a cleaner that comes between two segments would find too little to do afterwards.
    'cleanup.policy': 'delete',
    'min.cleanable.dirty.ratio': '0.01',
    'segment.ms': '1000',
    'segment.bytes': String(2 ** 20),
  }
  await transport.admin.declareTopics([{ name: CHANGELOG, partitions: 1, config }])
  const now = Date.now() - 60_000
  // So large that the cleaner does not join the segment with the next one: what is left of it is a batch without records.
  const large = (value: string): string => value.padStart(440_000)
  const segments: readonly (readonly [key: string, value: string | null])[][] = [
    [
      ['a', large('1')],
      ['b', large('1')],
    ],
    [
      ['a', large('2')],
      ['b', large('2')],
      ['gone', '1'],
    ],
    [
      ['a', '3'],
      ['b', '3'],
      ['gone', null],
    ],
    [['c', '7']],
  ]
  // Of the last batch of each producer the broker keeps at least the header. The records' times lie a segment apart.
  for (const [at, entries] of segments.entries()) {
    const producer = transport.producer()
    await producer.init()
    const timestamp = now + at * 5000
    const records = entries.map(([key, value]) => ({
      key: bytes(key),
      value: value === null ? null : bytes(value),
      timestamp,
    }))
    await producer.send(CHANGELOG, 0, records)
    await producer.close()
  }
  const client = new Kafka({ brokers, logLevel: logLevel.NOTHING })
  const admin = client.admin()
  onTestFinished(() => admin.disconnect())
  await admin.alterConfigs({
    validateOnly: false,
    resources: [
      {
        type: ConfigResourceTypes.TOPIC,
        name: CHANGELOG,
        configEntries: Object.entries({ ...config, 'cleanup.policy': 'compact' }).map(([name, value]) => ({
          name,
          value,
        })),
      },
    ],
  })
  const firstOffset = async (): Promise<number | undefined> => {
    const reader = transport.reader({ isolation: 'read-committed' })
    try {
      await reader.assign([{ topic: CHANGELOG, partition: 0, offset: 0 }])
      for (;;) {
        for (const { records } of await reader.poll({ maxWait: 1000 })) {
          const first = records.at(0)
          if (first !== undefined) return first.offset
        }
      }
    } finally {
      await reader.close()
    }
  }
  await expect.poll(firstOffset, { timeout: 120_000, interval: 200 }).toBeGreaterThanOrEqual(5)

  const app = createApp({ id: APP, transport: kafkajsTransport({ brokers }), logger: silentLogger })
  onTestFinished(() => app.stop())
  const counts = app.table('counts', { value: json<number>() })
  app.agent('count', app.topic('orders', { partitions: 1 }), { tables: [counts] }, async (stream) => {
    for await (const _ of stream);
  })
  await app.start()
  const found: [string, number][] = []
  for await (const entry of counts.entries()) found.push(entry)
  expect(found).toEqual([
    ['a', 3],
    ['b', 3],
    ['c', 7],
  ])

  const consumer = client.consumer({ groupId: 'itself', maxWaitTimeInMs: 50 })
  onTestFinished(() => consumer.disconnect())
  await consumer.connect()
  await consumer.subscribe({ topic: CHANGELOG, fromBeginning: true })
  let fetches = 0
  let messages = 0
  consumer.on('consumer.fetch', () => void fetches++)
  await consumer.run({ eachMessage: async () => void messages++ })
  await expect.poll(() => fetches).toBeGreaterThan(30)
  expect(messages).toBe(0)
})
