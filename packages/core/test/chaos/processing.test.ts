import { expect, test } from 'vitest'
import {
  type App,
  type AppOptions,
  embeddedTransport,
  FaustError,
  json,
  partitionForKey,
  type Serializer,
  type Transport,
} from '../../src/index.ts'
import { createEmbeddedLog } from '../../src/transport/embedded/log/embedded-log.ts'
import { testApp } from '../support/test-app.ts'
import { collect, until } from '../support/until.ts'

/** A commit only where a test or a stop asks for one. */
const NEVER = 3_600_000
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const lost = (): FaustError => new FaustError('FAUST_TRANSPORT_UNAVAILABLE', 'lost on its way', { retriable: true })

/** JSON that answers later; `delay` is asked for every value. */
function later<T>(delay: (value: T) => number | undefined = () => undefined): Serializer<T> {
  const plain = json<T>()
  const wait = async (ms: number | undefined): Promise<void> => void (ms !== undefined && (await sleep(ms)))
  return {
    ...plain,
    supports: { keys: true },
    encode: async (value, context) => {
      const bytes = await plain.encode(value, context)
      await wait(delay(value))
      return bytes
    },
    decode: async (bytes, context) => plain.decode(bytes, context),
  }
}

/** Two keys whose values go to different lanes of two. */
function keysOfTwoLanes(): readonly [string, string] {
  const lane = (key: string): number => partitionForKey(new TextEncoder().encode(key), 2)
  return ['a', ['b', 'c', 'd', 'e', 'f'].find((key) => lane(key) !== lane('a'))!]
}

test('keys that begin with zeros are keys of their own', async () => {
  const app = testApp()
  const topic = app.topic('input', { partitions: 1 })
  const table = app.table('table', { value: json<number>(), default: () => 0 })
  let done = false
  app.agent('work', topic, { tables: [table] }, async (stream) => {
    for await (const _ of stream) {
      await table.update('\0a', (n) => n + 1)
      await table.update('\0\0a', (n) => n + 10)
      done = true
    }
  })
  await app.start()
  await topic.send({ key: 'k', value: 1 })
  await until('both were written', () => done)
  expect(await collect(table.entries())).toEqual([
    ['\0\0a', 10],
    ['\0a', 1],
  ])
})

test('updates begun together are all counted, however small the cache and whatever answers late', async () => {
  const app = testApp({ tableCacheBytes: 0 })
  const topic = app.topic('input', { value: json<number>(), partitions: 1 })
  const table = app.table('table', { key: later<string>(), value: json<number>(), default: () => 0 })
  const source = app.topic('source', { key: later<string>(), value: json<number>(), partitions: 1 })
  let done = 0
  app.agent('pass', topic, async (stream) => {
    for await (const value of stream) await source.send({ key: 'k', value })
  })
  app.agent('work', source, { tables: [table] }, async (stream) => {
    for await (const _ of stream) {
      await Promise.all(['a', 'b', 'a', 'c', 'a'].map((key) => table.update(key, (n) => n + 1)))
      done++
    }
  })
  await app.start()
  await Promise.all(Array.from({ length: 50 }, (_, value) => topic.send({ value })))
  await until('all were handled', () => done === 50)
  expect(await collect(table.entries())).toEqual([
    ['a', 150],
    ['b', 50],
    ['c', 50],
  ])
})

test('a stop lets slower lanes and agents come up to what others have done, so that nothing is done twice', async () => {
  const log = createEmbeddedLog({})
  const [slowKey, fastKey] = keysOfTwoLanes()
  const lanes: number[] = []
  const quick: number[] = []
  const program = (): { app: App; send: (value: number) => Promise<void> } => {
    const app = testApp({ log, commitInterval: NEVER })
    const topic = app.topic('input', { value: json<number>(), partitions: 1 })
    app.agent('lanes', topic, { concurrency: 2 }, async (stream) => {
      for await (const value of stream) {
        if (value === 0) await sleep(50)
        lanes.push(value)
      }
    })
    app.agent('quick', topic, async (stream) => {
      for await (const value of stream) quick.push(value)
    })
    return { app, send: (value) => topic.send({ key: value < 3 ? slowKey : fastKey, value }) }
  }
  const first = program()
  await first.app.start()
  await Promise.all([0, 1, 2, 3, 4, 5].map((value) => first.send(value)))
  await until('the fast lane is through', () => lanes.includes(5))
  expect(lanes).not.toContain(0)
  await first.app.stop()
  const second = program()
  await second.app.start()
  await second.send(6)
  await until('the second goes on', () => lanes.includes(6) && quick.includes(6))
  expect(lanes.toSorted((one, other) => one - other)).toEqual([0, 1, 2, 3, 4, 5, 6])
  expect(quick).toEqual([0, 1, 2, 3, 4, 5, 6])
})

test('what a handler hides about its ended lease does not count as done', async () => {
  const log = createEmbeddedLog({})
  const hidden: unknown[] = []
  const program = (slow: number, options: Partial<AppOptions>) => {
    const app = testApp({ log, commitInterval: NEVER, ...options })
    const topic = app.topic('input', { value: json<number>(), partitions: 1 })
    const table = app.table('table', { value: json<number>() })
    app.agent('work', topic, { tables: [table] }, async (stream) => {
      for await (const value of stream) {
        await sleep(slow)
        await table.set(`${value}`, value).catch((error: unknown) => hidden.push(error))
      }
    })
    return { app, topic, table }
  }
  const first = program(300, { stopTimeout: 200 })
  await first.app.start()
  await first.topic.send({ value: 7 })
  await until('it is in hand', () => first.app.status().partitions[0]!.agents[0]!.inHand === 1)
  await first.app.stop()
  const second = program(0, {})
  await second.app.start()
  await until('it comes again', () => second.table.has('7'))
  await until('the first one has written as well', () => hidden.length > 0)
  expect(hidden).toMatchObject([{ code: 'FAUST_LEASE_ENDED' }])
})

test('no value of a list is done before what was begun for any of them', async () => {
  const app = testApp({ commitInterval: NEVER })
  const topic = app.topic('input', { value: json<number>(), partitions: 1 })
  const output = app.topic('output', { value: later<number>((value) => value * 100), partitions: 1 })
  app.agent('work', topic, async (stream) => {
    for await (const list of stream.take(2)) for (const value of list) void output.send({ value })
  })
  await app.start()
  await topic.send({ value: 1 })
  await topic.send({ value: 0 })
  const at = () => app.status().partitions[0]!
  await until('both are read', () => at().position === 2 && at().agents[0]!.gathering === 0)
  await sleep(20)
  expect(at().frontier).toBe(0)
  await until('both are done', () => at().frontier === 2)
})

test('values given back to a lane keep the order of their partition', async () => {
  const app = testApp()
  const topic = app.topic('input', { value: json<string>(), partitions: 3 })
  const handled: string[] = []
  app.agent('work', topic, { concurrency: 2 }, async (stream) => {
    // Gathers for three partitions; the first full list ends the call, and the rest goes back.
    for await (const list of stream.take(3, { within: 2000 })) {
      handled.push(...list)
      return
    }
  })
  await app.start()
  const send = async (value: string, partition: number): Promise<void> => {
    await topic.send({ key: 'k', value, partition })
    await sleep(10)
  }
  await send('b1', 1)
  await send('c1', 2)
  await send('b2', 1)
  for (const value of ['a1', 'a2', 'a3']) await send(value, 0)
  for (const value of ['b3', 'b4', 'b5', 'b6']) await send(value, 1)
  await until('a list of the second partition is full', () => handled.length >= 6)
  expect(handled.filter((value) => value.startsWith('b')).slice(0, 3)).toEqual(['b1', 'b2', 'b3'])
})

test('a slow encoder of a failed cycle does not write over the next cycle', async () => {
  const log = createEmbeddedLog({})
  const transport: Transport = embeddedTransport({ log })
  let refuse = false
  const made = transport.producer.bind(transport)
  transport.producer = (options) => {
    const producer = made(options)
    const send = producer.send.bind(producer)
    producer.send = (topic, partition, records) => {
      if (!refuse || topic !== 'test-other-changelog') return send(topic, partition, records)
      refuse = false
      return Promise.reject(lost())
    }
    return producer
  }
  const program = (options: Parameters<typeof testApp>[0]) => {
    const app = testApp({ commitInterval: NEVER, ...options })
    const topic = app.topic('input', { value: json<number>(), partitions: 1 })
    // The first cycle has old bytes of `a` in hand while it waits for those of `b`, which the second one has frozen anew.
    const delays: Record<number, number> = { 10: 100, 20: 20, 21: 60 }
    const slow = app.table('slow', { value: later<number>((value) => delays[value]) })
    const other = app.table('other', { value: json<number>() })
    let handled = 0
    app.agent('work', topic, { tables: [slow, other] }, async (stream) => {
      for await (const value of stream) {
        await slow.set('a', value * 10)
        await slow.set('b', value * 10 + 1)
        await other.set('k', value)
        handled = value
      }
    })
    return { app, topic, slow, handled: () => handled }
  }
  const first = program({ transport })
  await first.app.start()
  await first.topic.send({ value: 1 })
  await until('the first is done', () => first.handled() === 1)
  refuse = true
  const failed = first.app.commit()
  await sleep(50)
  await first.topic.send({ value: 2 })
  await until('the second is done', () => first.handled() === 2)
  expect(await first.app.commit()).toBe(true)
  expect(await failed).toBe(false)
  await sleep(100)
  await first.app.stop()
  const second = program({ log })
  await second.app.start()
  expect(await collect(second.slow.entries())).toEqual([
    ['a', 20],
    ['b', 21],
  ])
})

/** A transport whose calls fail as often as `failures` says. */
function failing(options: Parameters<typeof embeddedTransport>[0]) {
  const transport: Transport = embeddedTransport(options)
  const failures = { poll: 0, commit: 0, read: 0 }
  const { groupConsumer, reader } = transport
  transport.groupConsumer = (given) => {
    const consumer = groupConsumer.call(transport, given)
    const { poll, commit } = consumer
    consumer.poll = (how) => (failures.poll-- > 0 ? Promise.reject(lost()) : poll.call(consumer, how))
    consumer.commit = (offsets) =>
      failures.commit-- > 0
        ? Promise.reject(new FaustError('FAUST_GENERATION_STALE', 'a partition was taken away meanwhile'))
        : commit.call(consumer, offsets)
    return consumer
  }
  transport.reader = (given) => {
    const made = reader.call(transport, given)
    const { poll } = made
    made.poll = (how) => (failures.read-- > 0 ? Promise.reject(lost()) : poll.call(made, how))
    return made
  }
  return { transport, failures }
}

function keeper(options: Parameters<typeof testApp>[0], startAt: 'earliest' | 'latest' = 'earliest') {
  const app = testApp(options)
  const topic = app.topic('input', { value: json<number>(), partitions: 1, startAt })
  const table = app.table('table', { value: json<number>() })
  app.agent('work', topic, { tables: [table] }, async (stream) => {
    for await (const value of stream) await table.set(`${value}`, value)
  })
  return { app, topic, table }
}

test('a log that does not answer for a while ends neither a restore nor a worker', async () => {
  const log = createEmbeddedLog({})
  const first = keeper({ log })
  await first.app.start()
  await first.topic.send({ value: 1 })
  await until('it is in the table', () => first.table.has('1'))
  await first.app.stop()
  const { transport, failures } = failing({ log })
  failures.read = failures.poll = 3
  const second = keeper({ transport })
  await second.app.start()
  expect(await second.table.get('1')).toBe(1)
  await second.topic.send({ value: 2 })
  await until('it reads on', () => second.table.has('2'))
  expect(second.app.status().state).toBe('running')
})

test('a rebalance while start offsets are committed ends no worker', async () => {
  const { transport, failures } = failing({})
  failures.commit = 1
  const { app, topic, table } = keeper({ transport }, 'latest')
  await app.start()
  await topic.send({ value: 1 })
  await until('it works', () => table.has('1'))
  expect(app.status().state).toBe('running')
})
