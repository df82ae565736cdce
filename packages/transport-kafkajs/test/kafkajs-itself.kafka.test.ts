import { silentLogger, systemClock, type Transport } from '@faust/core'
import { connect } from 'node:net'
import { Kafka, logLevel, type Producer } from 'kafkajs'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import { kafkajsTransport } from '../src/index.ts'
import { losingProxy } from './support/losing-proxy.ts'
import { unique } from './support/real-cluster.ts'

// Where kafkajs's own producer and consumer go wrong without a word, and ours do not: the same topic, read or written both
// ways. When a case of kafkajs itself fails here, kafkajs was mended, and the reason to avoid that part of it is gone.

const brokers = inject('kafkaBrokers')
const kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING })

async function ours(): Promise<Transport> {
  const transport = kafkajsTransport({ brokers })
  await transport.start({ app: 'test', clock: systemClock(), logger: silentLogger })
  onTestFinished(() => transport.close())
  return transport
}

async function newTopic(): Promise<string> {
  const topic = unique('itself')
  await (await ours()).admin.declareTopics([{ name: topic, partitions: 1 }])
  return topic
}

async function transactional(): Promise<Producer> {
  const producer = kafka.producer({
    transactionalId: unique('transactional'),
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    // A transaction right behind another one is told to wait; by default for 300 ms and more.
    retry: { initialRetryTime: 5, retries: 50 },
  })
  await producer.connect()
  onTestFinished(() => producer.disconnect())
  return producer
}

/** Values as our reader gets them, up to the end. */
async function readByUs(topic: string): Promise<string[]> {
  const reader = (await ours()).reader({ isolation: 'read-committed' })
  const [{ end } = { end: 0 }] = await reader.assign([{ topic, partition: 0, offset: 0 }])
  const found: string[] = []
  for (let next = 0; next < end;) {
    for (const { records, nextOffset } of await reader.poll({ maxWait: 1000 })) {
      found.push(...Array.from(records, ({ value }) => new TextDecoder().decode(value ?? undefined)))
      next = nextOffset
    }
  }
  return found
}

/** Values as kafkajs's consumer gets them, up to the one that is known to be the last. */
async function readByKafkajs(topic: string, last: string): Promise<string[]> {
  const consumer = kafka.consumer({ groupId: unique('itself'), allowAutoTopicCreation: false, maxWaitTimeInMs: 100 })
  onTestFinished(() => consumer.disconnect())
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  const found: string[] = []
  await consumer.run({ eachMessage: async ({ message }) => void found.push(message.value!.toString()) })
  await expect.poll(() => found).toContain(last)
  return found
}

describe('aborted transactions that nest on a partition', () => {
  async function nested(): Promise<string> {
    const topic = await newTopic()
    const [outer, inner] = [await transactional(), await transactional()]
    const first = await outer.transaction()
    await first.send({ topic, messages: [{ value: 'aborted, outer' }] })
    const second = await inner.transaction()
    await second.send({ topic, messages: [{ value: 'aborted, inner' }] })
    await second.abort()
    await first.send({ topic, messages: [{ value: 'aborted, outer again' }] })
    await first.abort()
    const third = await inner.transaction()
    await third.send({ topic, messages: [{ value: 'committed' }] })
    await third.commit()
    return topic
  }

  test('kafkajs hands aborted records over', async () => {
    expect((await readByKafkajs(await nested(), 'committed')).length).toBeGreaterThan(1)
  })

  test('we do not', async () => {
    expect(await readByUs(await nested())).toEqual(['committed'])
  })
})

describe("an aborted record whose key looks like a marker's", () => {
  async function lookalike(): Promise<string> {
    const topic = await newTopic()
    const producer = await transactional()
    const aborted = await producer.transaction()
    await aborted.send({ topic, messages: [{ key: Buffer.from([0, 0, 0, 0]), value: 'aborted, lookalike' }] })
    await aborted.send({ topic, messages: [{ value: 'aborted, behind it' }] })
    await aborted.abort()
    const committed = await producer.transaction()
    await committed.send({ topic, messages: [{ value: 'committed' }] })
    await committed.commit()
    return topic
  }

  test('ends the filter of kafkajs', async () => {
    expect(await readByKafkajs(await lookalike(), 'committed')).toContain('aborted, behind it')
  })

  test('does not end ours', async () => {
    expect(await readByUs(await lookalike())).toEqual(['committed'])
  })
})

describe('sends that do not wait for one another', () => {
  const values = Array.from({ length: 50 }, (_, i) => `value ${i}`)

  test('change their order in kafkajs', async () => {
    const topic = await newTopic()
    const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1, allowAutoTopicCreation: false })
    await producer.connect()
    onTestFinished(() => producer.disconnect())
    await producer.send({ topic, messages: [{ value: 'first' }] })
    await Promise.all(values.map((value) => producer.send({ topic, messages: [{ value }] })))
    const found = await readByUs(topic)
    expect(found).toHaveLength(values.length + 1)
    expect(found.slice(1)).not.toEqual(values)
  })

  test('keep it in ours', async () => {
    const topic = await newTopic()
    const producer = (await ours()).producer()
    await producer.init()
    const encoder = new TextEncoder()
    await Promise.all(values.map((value) => producer.send(topic, 0, [{ key: null, value: encoder.encode(value) }])))
    expect(await readByUs(topic)).toEqual(values)
  })
})

// Ours meets lost answers on a broker in packages/kafka/test/producer: producing.kafka.test.ts.
describe('answers to an idempotent producer of kafkajs that get lost', () => {
  const PRODUCE = 0

  async function losing(retries: number) {
    const topic = await newTopic()
    const proxy = await losingProxy(brokers[0]!)
    const behind = new Kafka({
      brokers,
      logLevel: logLevel.NOTHING,
      socketFactory: ({ onConnect }) => connect(proxy.port, '127.0.0.1', onConnect),
      retry: { retries, initialRetryTime: 50 },
    })
    const producer = behind.producer({ idempotent: true, maxInFlightRequests: 1, allowAutoTopicCreation: false })
    await producer.connect()
    onTestFinished(() => producer.disconnect())
    const send = (value: string) => producer.send({ topic, messages: [{ value }] })
    await send('first')
    return { lose: (count: number) => proxy.lose(PRODUCE, count), send, topic }
  }

  test('a send behind a rejected one is taken for its repetition: acknowledged, and not in the log', async () => {
    const { lose, send, topic } = await losing(1)
    lose(2)
    await expect(send('rejected')).rejects.toHaveProperty('name')
    await send('acknowledged')
    await send('last')
    const found = await readByUs(topic)
    expect(found).toContain('last')
    expect(found).not.toContain('acknowledged')
  })

  test('of sends on their way together one is acknowledged and not in the log, another is there twice', async () => {
    const { lose, send, topic } = await losing(5)
    lose(1)
    const values = ['a', 'b', 'c', 'd']
    const sent = await Promise.allSettled(values.map((value) => send(value)))
    const acknowledged = values.filter((_, index) => sent[index]!.status === 'fulfilled')
    const found = await readByUs(topic)
    const times = acknowledged.map((value) => found.filter((one) => one === value).length)
    expect(times.some((count) => count !== 1)).toBe(true)
  })
})
