import { failure } from '@faust-tools/test-support'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { startKafka } from '@faust-tools/services'
import { createApp, text } from '@faust/core'
import type { App } from '@faust/core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { resealed } from '../../kafka/test/support/batches.ts'
import { kafkajsTransport } from '../src/index.ts'
import type { KafkajsTransportOptions } from '../src/index.ts'
import { capturedLogger } from './support/captured-logger.ts'
import { unique } from './support/real-cluster.ts'

let kafka: Awaited<ReturnType<typeof startKafka>>

// Of its own, as its log is going to be damaged.
beforeAll(async () => {
  kafka = await startKafka()
})

afterAll(() => kafka.stop())

/** An app that is stopped at the end of the test, what it logs, and what it ends with. */
function makeApp(options: Partial<KafkajsTransportOptions> = {}): {
  readonly app: App
  logged(): string
  readonly ended: Promise<void>
} {
  const { logger, text: logged } = capturedLogger()
  const transport = kafkajsTransport({ brokers: kafka.brokers, ...options })
  const app = createApp({ id: unique('wrong'), transport, logger, commitInterval: 100 })
  const ended = app.done
  ended.catch(() => {})
  onTestFinished(() => app.stop({ leave: true }).catch(() => {}))
  return { app, logged, ended }
}

/** Names a topic of one partition with three batches. */
async function topicWithThree(): Promise<string> {
  const name = unique('three')
  const { app } = makeApp()
  const topic = app.topic(name, { partitions: 1, value: text() })
  await app.start()
  for (const value of ['first', 'second', 'third']) await topic.send({ key: 'k', value })
  await app.stop({ leave: true })
  return name
}

/** Changes the second batch of it in the log itself. Its attributes are at 21, and its checksum covers them. */
function damage(topic: string, change: (batch: Uint8Array) => Uint8Array): void {
  const file = join(kafka.node(0).dataDirectory, `${topic}-0`, '00000000000000000000.log')
  const bytes = readFileSync(file)
  const start = 12 + bytes.readInt32BE(8)
  const end = start + 12 + bytes.readInt32BE(start + 8)
  bytes.set(change(Uint8Array.from(bytes.subarray(start, end))), start)
  writeFileSync(file, bytes, { flag: 'r+' })
}

/** What an app ends with that reads the topic, and what it has seen of it. */
async function read(topic: string): Promise<{ error: Awaited<ReturnType<typeof failure>>; seen: string[] }> {
  const { app, ended } = makeApp()
  const seen: string[] = []
  app.agent('read', app.topic(topic, { value: text() }), async (stream) => {
    for await (const value of stream) seen.push(value)
  })
  await app.start()
  return { error: await failure(ended), seen }
}

test('an address at which nobody listens, and one that does not exist: within half a minute', async () => {
  const addresses = ['127.0.0.1:1', 'no-such-host.invalid:9092']
  const errors = await Promise.all(
    addresses.map((address) => {
      const { app } = makeApp({ brokers: [address] })
      app.topic('any', { value: text() })
      return failure(app.start())
    }),
  )
  for (const [at, { code, message }] of errors.entries()) {
    expect(code).toBe('FAUST_TRANSPORT_UNAVAILABLE')
    expect(message).toContain(`Could not connect to Kafka broker ${addresses[at]}`)
    expect(message).toContain('is it running, is the address right')
  }
})

test('a port at which something else answers: at once', async () => {
  const server = createServer((_request, response) => response.end('hello'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const { app } = makeApp({ brokers: [address] })
  const began = performance.now()
  const error = await failure(app.start())
  expect(error.code).toBe('FAUST_BROKER_UNSUPPORTED')
  expect(error.message).toContain(`What answers at ${address} is no Kafka broker`)
  expect(performance.now() - began).toBeLessThan(20_000)
})

describe('topics', () => {
  test('one that is missing and may not be made', async () => {
    const { app } = makeApp()
    const name = unique('missing')
    app.topic(name, { create: false, value: text() })
    const error = await failure(app.start())
    expect(error.code).toBe('FAUST_TOPIC_MISSING')
    expect(error.message).toContain(name)
  })

  test('another partition count is an error, other differences are said', async () => {
    const name = await topicWithThree()
    const { app } = makeApp()
    app.topic(name, { partitions: 3, value: text() })
    const error = await failure(app.start())
    expect(error.code).toBe('FAUST_TOPIC_DIFFERS')
    expect(error.message).toContain(`Topic ${name} has 1 partition, but 3 were declared`)

    const other = makeApp()
    other.app.topic(name, { replicas: 3, config: { 'retention.ms': '1000' }, value: text() })
    await other.app.start()
    expect(other.logged()).toContain(
      `Topic ${name} differs from its declaration and is left as it is: it has 1 replica, declared 3; ` +
        'retention.ms is 604800000, declared 1000',
    )
  })

  test('more replicas than brokers', async () => {
    const { app } = makeApp()
    app.topic(unique('many'), { replicas: 3, value: text() })
    const error = await failure(app.start())
    expect(error.code).toBe('FAUST_SETTING_INVALID')
    expect(error.message).toContain('there are fewer brokers')
  })
})

describe('records', () => {
  test('too large for the topic, with what it takes', async () => {
    const { app } = makeApp()
    const name = unique('small')
    const topic = app.topic(name, { partitions: 1, config: { 'max.message.bytes': '2000' }, value: text() })
    await app.start()
    const error = await failure(topic.send({ key: 'k', value: 'x'.repeat(5_000) }))
    expect(error.code).toBe('FAUST_RECORD_TOO_LARGE')
    expect(error.message).toContain(`topic ${name}, which takes 2000`)
  })

  test('damaged in the log: the app ends with the place, and is no dead consumer', async () => {
    const topic = await topicWithThree()
    damage(topic, (batch) => {
      batch[batch.length - 3]! ^= 1
      return batch
    })
    const { error, seen } = await read(topic)
    expect(error.code).toBe('FAUST_ANSWER_INVALID')
    expect(error.message).toContain(
      `The batch of records at offset 1 of topic ${topic}, partition 0 does not match its checksum`,
    )
    expect(error.message).toContain('read on behind it')
    expect(seen).toEqual(['first'])
  })

  test('packed by a codec that nobody knows', async () => {
    const topic = await topicWithThree()
    damage(topic, (batch) => {
      batch[22] = 7
      return resealed(batch)
    })
    const { error, seen } = await read(topic)
    expect(error.code).toBe('FAUST_NOT_SUPPORTED')
    expect(error.message).toContain(`Topic ${topic}, partition 0, offset 1: A batch of records is packed by codec 7`)
    expect(seen).toEqual(['first'])
  })

  test('to be packed by one that does not exist', async () => {
    const { app } = makeApp({ compression: 'brotli' as 'gzip' })
    app.topic(unique('packed'), { value: text() })
    const error = await failure(app.start())
    expect(error.code).toBe('FAUST_SETTING_INVALID')
    expect(error.message).toContain('"brotli": choose none, gzip, snappy, lz4, zstd')
  })
})
