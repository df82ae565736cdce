import { expect, inject, test } from 'vitest'
import { outcome } from './support/bench.ts'
import { RealCluster, sendTo } from './support/real-cluster.ts'

const connect = (): Promise<RealCluster> => RealCluster.connect(inject('kafkaBrokers'))
const numbered = (count: number): string[] => Array.from({ length: count }, (_, index) => `v${index}`)

test('sequences of a fresh producer wrap around at 2^31, also within a batch and when answers are lost', async () => {
  await using kafka = await connect()
  const topic = await kafka.topic()
  const producer = await kafka.producer({}, { firstSequence: 2 ** 31 - 10 })
  const values = numbered(40)
  expect(await sendTo(producer, topic, 0, ...values.slice(0, 4))).toBe(0)
  kafka.connection.lose('Produce', 2)
  expect(await sendTo(producer, topic, 0, ...values.slice(4, 12))).toBe(4)
  kafka.connection.lose('Produce', 1)
  expect(await sendTo(producer, topic, 0, ...values.slice(12, 20))).toBe(12)
  for (const value of values.slice(20)) await sendTo(producer, topic, 0, value)
  expect(await kafka.read(topic)).toEqual(values)
})

test('lost answers neither lose nor double nor reorder anything', async () => {
  await using kafka = await connect()
  const topic = await kafka.topic(3)
  const producer = await kafka.producer()
  const values = numbered(300)
  const sends: Promise<number>[] = []
  for (const [index, value] of values.entries()) {
    if (index % 20 === 0) kafka.connection.lose('Produce', 1)
    sends.push(sendTo(producer, topic, index % 3, value))
    if (index % 7 === 0) await Promise.resolve(sends.at(-1))
  }
  await Promise.all(sends)
  for (const partition of [0, 1, 2]) {
    expect(await kafka.read(topic, partition)).toEqual(values.filter((_, index) => index % 3 === partition))
  }
})

test('what is too large for the topic is divided, and a record that is too large is refused', async () => {
  await using kafka = await connect()
  const topic = await kafka.topic(1, { 'max.message.bytes': '5000' })
  const producer = await kafka.producer()
  const values = Array.from({ length: 60 }, (_, index) => `${index} ${'x'.repeat(500)}`)
  const large = outcome(sendTo(producer, topic, 0, 'y'.repeat(6000)))
  await sendTo(producer, topic, 0, ...values)
  expect(await large).toMatchObject({ code: 'FAUST_RECORD_TOO_LARGE' })
  expect(await kafka.read(topic)).toEqual(values)
})

test('the record that a broker names is the one whose send is refused', async () => {
  await using kafka = await connect()
  const topic = await kafka.topic(1, { 'cleanup.policy': 'compact' })
  const producer = await kafka.producer()
  const value = new TextEncoder().encode('v')
  const keyed = { key: value, value }
  const sends = [[keyed], [keyed, { key: null, value }], [keyed], [{ key: null, value }]].map((records) =>
    outcome(producer.send(topic, 0, records)),
  )
  expect(await Promise.all(sends)).toMatchObject([
    { baseOffset: 0 },
    { code: 'FAUST_RECORD_INVALID', error: { message: expect.stringMatching(/record 1 of this send: .*key/) } },
    { baseOffset: 1 },
    { code: 'FAUST_RECORD_INVALID', error: { message: expect.stringContaining('record 0 of this send') } },
  ])
})

test('after a batch of unknown fate init begins anew', async () => {
  await using kafka = await connect()
  const topic = await kafka.topic()
  const producer = await kafka.producer({}, { deliveryTimeout: 3_000, requestTimeout: 1_000 })
  await sendTo(producer, topic, 0, 'a')
  kafka.connection.lose('Produce', 1000)
  expect(await outcome(sendTo(producer, topic, 0, 'b'))).toMatchObject({ code: 'FAUST_DELIVERY_UNKNOWN' })
  kafka.connection.lose('Produce', 0)
  await producer.init()
  await sendTo(producer, topic, 0, 'c')
  expect(await kafka.read(topic)).toEqual(['a', 'b', 'c'])
})

test('a missing topic and a missing partition are named', async () => {
  await using kafka = await connect()
  const topic = await kafka.topic(2)
  const producer = await kafka.producer()
  const refused = [outcome(sendTo(producer, `${topic}-not`, 0, 'x')), outcome(sendTo(producer, topic, 2, 'x'))]
  await sendTo(producer, topic, 1, 'a')
  expect(await Promise.all(refused)).toMatchObject([
    { code: 'FAUST_TOPIC_MISSING' },
    { code: 'FAUST_PARTITION_UNKNOWN' },
  ])
  expect((await kafka.admin.describeTopics([`${topic}-not`])).length).toBe(0)
})

test('a topic that is deleted and made again takes records again', async () => {
  await using kafka = await connect()
  const topic = await kafka.topic()
  const producer = await kafka.producer()
  for (const value of numbered(5)) await sendTo(producer, topic, 0, value)
  await kafka.admin.deleteTopics([topic])
  const stored: string[] = []
  for (let turn = 0; stored.length < 3; turn++) {
    await kafka.admin.declareTopics([{ name: topic, partitions: 1 }])
    const result = await outcome(sendTo(producer, topic, 0, `new ${turn}`))
    if (typeof result === 'number') stored.push(`new ${turn}`)
    else if (result.code === 'FAUST_DELIVERY_UNKNOWN') await producer.init()
  }
  expect((await kafka.read(topic)).filter((value) => stored.includes(value))).toEqual(stored)
})

test.each(['gzip', 'snappy', 'lz4'] as const)('batches compressed by %s are taken', async (compression) => {
  await using kafka = await connect()
  const topic = await kafka.topic()
  const producer = await kafka.producer({}, { compression })
  const values = Array.from({ length: 3000 }, (_, index) => `the same again and again ${index}`)
  await sendTo(producer, topic, 0, ...values)
  expect(await kafka.read(topic)).toEqual(values)
})
