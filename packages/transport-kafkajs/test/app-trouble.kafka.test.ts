import {
  type App,
  type AppOptions,
  createApp,
  json,
  silentLogger,
  systemClock,
  text,
  type Transport,
} from '@faust/core'
import { afterEach, expect, inject, onTestFinished, test } from 'vitest'
import { kafkajsTransport } from '../src/index.ts'
import { unique } from './support/real-cluster.ts'

const apps: App[] = []
afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.stop({ leave: true }).catch(() => {})))
})

const brokers = inject('kafkaBrokers')

function newApp(id: string, options: Partial<AppOptions> = {}): App {
  const app = createApp({
    id,
    transport: kafkajsTransport({ brokers }),
    logger: silentLogger,
    commitInterval: 100,
    sessionTimeout: 6000,
    heartbeatInterval: 500,
    ...options,
  })
  app.done.catch(() => {})
  apps.push(app)
  return app
}

/** A transport of the test's own, for what an app may not do. */
async function outside(): Promise<Transport> {
  const transport = kafkajsTransport({ brokers })
  await transport.start({ app: 'outside', clock: systemClock(), logger: silentLogger })
  onTestFinished(() => transport.close())
  return transport
}

const eventually = (condition: () => unknown, timeout = 120_000) => expect.poll(condition, { timeout, interval: 20 })

/** Ten records in each partition of a topic, from somebody else. */
async function fill(name: string, values: readonly string[]): Promise<void> {
  const feeder = newApp(unique('feeder'))
  const topic = feeder.topic(name, { value: text() })
  await feeder.start()
  await Promise.all([0, 1].flatMap((partition) => values.map((value) => topic.send({ value, partition }))))
}

const fresh = Array.from({ length: 10 }, (_, i) => `new ${i}`)
/** Those of both partitions. */
const allFresh = [...fresh, ...fresh].toSorted()
const freshOf = (read: readonly string[]): string[] => read.filter((value) => value.startsWith('new')).toSorted()

test('a topic is deleted under consumption: the others go on, and made again it is read from its start', async () => {
  const [id, doomed, other] = [unique('app'), unique('doomed'), unique('other')]
  const app = newApp(id)
  const read: string[] = []
  const topics = [doomed, other].map((name) => app.topic(name, { value: text(), partitions: 2 }))
  for (const [at, topic] of topics.entries()) {
    app.agent(`read-${at}`, topic, async (stream) => {
      for await (const value of stream) read.push(value)
    })
  }
  await app.start()
  await topics[0]!.send({ value: 'before' })
  await eventually(() => read).toEqual(['before'])

  const { admin } = await outside()
  await admin.deleteTopics([doomed])
  for (let i = 0; i < 20; i++) {
    await topics[1]!.send({ value: `beside ${i}` })
    await eventually(() => read).toContain(`beside ${i}`)
  }
  await eventually(() => app.status().partitions.map(({ topic }) => topic)).toEqual([other, other])
  await admin.declareTopics([{ name: doomed, partitions: 2 }])
  await fill(doomed, fresh)
  await eventually(() => freshOf(read)).toEqual(allFresh)
})

test('a topic that is another one before anybody looked: no record of it is passed over', async () => {
  const [id, doomed] = [unique('app'), unique('doomed')]
  const app = newApp(id)
  let crash: unknown
  app.done.catch((error: unknown) => (crash = error))
  const read: string[] = []
  const topic = app.topic(doomed, { value: text(), partitions: 2 })
  app.agent('read', topic, async (stream) => {
    for await (const value of stream) read.push(value)
  })
  await app.start()
  await Promise.all([0, 1].map((partition) => topic.send({ value: 'before', partition })))
  await eventually(() => read).toEqual(['before', 'before'])
  await eventually(() => app.status().partitions.map(({ committed }) => committed)).toEqual([1, 1])

  // More of them than before, so that the old position lies within the new log.
  const { admin } = await outside()
  await admin.deleteTopics([doomed])
  await admin.declareTopics([{ name: doomed, partitions: 2 }])
  await fill(doomed, fresh)
  await eventually(() => crash !== undefined || freshOf(read).length === allFresh.length).toBe(true)
  if (crash === undefined) {
    expect(freshOf(read)).toEqual(allFresh)
  } else {
    // What its tables stand for is another topic's: that is for somebody to decide. The next start begins at the beginning.
    expect(crash).toMatchObject({ code: 'FAUST_TOPIC_RECREATED' })
    expect(freshOf(read)).toEqual([])
    const next = newApp(id)
    const again: string[] = []
    next.agent('read', next.topic(doomed, { value: text() }), async (stream) => {
      for await (const value of stream) again.push(value)
    })
    await next.start()
    await eventually(() => freshOf(again)).toEqual(allFresh)
  }
})

test('records are deleted beyond the position: it is said, and everything behind them is read', async () => {
  const errors: string[] = []
  const logger = { ...silentLogger, error: (_facts: unknown, message?: string) => void errors.push(message ?? '') }
  const name = unique('cut')
  const app = newApp(unique('app'), { logger, queueRecords: 10 })
  const topic = app.topic(name, { value: json<number>(), partitions: 1 })
  const read: number[] = []
  let release!: () => void
  const gate = new Promise<void>((resolve) => (release = resolve))
  app.agent('read', topic, async (stream) => {
    for await (const value of stream) {
      read.push(value)
      await gate
    }
  })
  await app.start()
  // Batch by batch, so that most of them stay in the log while the first is in hand.
  for (let at = 0; at < 400; at += 10) {
    await Promise.all(Array.from({ length: 10 }, (_, i) => topic.send({ value: at + i })))
  }
  await eventually(() => read).toEqual([0])
  const position = (): number => app.status().partitions[0]!.position
  const { admin } = await outside()
  expect(position()).toBeLessThan(300)
  await admin.deleteRecords([{ topic: name, partition: 0, offset: 300 }])
  release()
  await eventually(() => read.at(-1)).toBe(399)
  const behind = Array.from({ length: 100 }, (_, i) => 300 + i)
  expect(read.slice(-100)).toEqual(behind)
  expect(new Set(read).size).toBe(read.length)
  if (read.length < 400) expect(errors.join()).toContain('had been deleted unread')
})

test('a record of 900 KB goes through an agent, a table, its changelog and another topic', async () => {
  const id = unique('app')
  const large = 'x'.repeat(900_000)
  const declare = (): {
    app: App
    entries: () => Promise<Map<string, string>>
    send: (value: string) => Promise<void>
  } => {
    const app = newApp(id)
    const topic = app.topic(`${id}-large`, { value: text(), partitions: 1 })
    const out = app.topic(`${id}-out`, { value: text(), partitions: 1 })
    const table = app.table('large', { value: text() })
    app.agent('keep', topic, { tables: [table], sinks: [out] }, async function* (stream) {
      for await (const { key, value } of stream.events()) {
        await table.set(key!, value)
        yield value
      }
    })
    const entries = async (): Promise<Map<string, string>> => {
      const found = new Map<string, string>()
      for await (const [key, value] of table.entries()) found.set(key, value)
      return found
    }
    return { app, entries, send: (value) => topic.send({ key: value.slice(0, 3), value }) }
  }
  const first = declare()
  await first.app.start()
  await Promise.all(['a small one', large, 'b small one', large].map((value) => first.send(value)))
  const expected = new Map([
    ['a s', 'a small one'],
    ['b s', 'b small one'],
    ['xxx', large],
  ])
  await eventually(async () => (await first.entries()).size).toBe(3)
  expect(await first.entries()).toEqual(expected)
  const { admin } = await outside()
  await eventually(async () => (await admin.offsets([{ topic: `${id}-out`, partition: 0 }]))[0]?.logEnd).toBe(4)
  await first.app.stop({ leave: true })
  const second = declare()
  await second.app.start()
  expect(await second.entries()).toEqual(expected)
})

test('a thousand partitions, shared by two workers: each record is handled, none is forgotten', async () => {
  const id = unique('app')
  const count = 1000
  const handled: number[] = []
  const declare = () => {
    const app = newApp(id, { sessionTimeout: 30_000, heartbeatInterval: 3000 })
    const topic = app.topic(`${id}-wide`, { value: json<number>(), partitions: count })
    app.agent('read', topic, async (stream) => {
      for await (const value of stream) handled.push(value)
    })
    return { app, topic }
  }
  const [first, second] = [declare(), declare()]
  await first.app.start()
  const send = (from: number) =>
    Promise.all(Array.from({ length: count }, (_, at) => first.topic.send({ value: from + at, partition: at })))
  await send(0)
  await eventually(() => handled.length).toBe(count)
  await second.app.start()
  await eventually(() => first.app.status().partitions.length).toBe(count / 2)
  await eventually(() => second.app.status().partitions.filter(({ live }) => live).length).toBe(count / 2)
  await send(count)
  await eventually(() => handled.length).toBe(2 * count)
  expect(new Set(handled).size).toBe(2 * count)
})
