import { expect, test } from 'vitest'
import {
  type App,
  embeddedTransport,
  type GroupConsumerOptions,
  json,
  type TopicPartition,
  type Transport,
  text,
} from '../../src/index.ts'
import { createEmbeddedLog, type EmbeddedLog } from '../../src/transport/embedded/log/embedded-log.ts'
import { testApp } from '../support/test-app.ts'
import { collect, until } from '../support/until.ts'

interface Input {
  readonly id: number
  readonly amount: number
}

interface Tables {
  readonly counts: Map<string, number>
  readonly most: Map<string, number>
  readonly ids: Map<string, number[]>
}

/** What was done to the partitions of one worker. */
interface Watched {
  readonly transport: Transport & { kill(): void }
  readonly paused: TopicPartition[]
  readonly revoked: TopicPartition[]
  readonly assigned: TopicPartition[]
}

/** A transport that notes what its consumer is told and tells. */
function watched(log: EmbeddedLog): Watched {
  const transport = embeddedTransport({ log })
  const notes = { paused: [] as TopicPartition[], revoked: [] as TopicPartition[], assigned: [] as TopicPartition[] }
  const original = transport.groupConsumer.bind(transport)
  transport.groupConsumer = (options: GroupConsumerOptions) => {
    const { hooks } = options
    const consumer = original({
      ...options,
      hooks: {
        onRejoin: () => hooks.onRejoin(),
        onLost: (partitions) => hooks.onLost(partitions),
        onRevoked: (partitions) => {
          notes.revoked.push(...partitions)
          return hooks.onRevoked(partitions)
        },
        onAssigned: (partitions, membership) => {
          notes.assigned.push(...partitions)
          return hooks.onAssigned(partitions, membership)
        },
      },
    })
    const pause = consumer.pause.bind(consumer)
    consumer.pause = (partitions) => {
      notes.paused.push(...partitions)
      pause(partitions)
    }
    return consumer
  }
  return { transport, ...notes }
}

interface Worker extends Watched {
  readonly app: App
  /** Ids in the order the handler got them. */
  readonly handled: number[]
  readonly tables: () => Promise<Tables>
}

function worker(log: EmbeddedLog): Worker {
  const notes = watched(log)
  const app = testApp({
    transport: notes.transport,
    sessionTimeout: 600,
    heartbeatInterval: 50,
    revokeTimeout: 1000,
    stopTimeout: 2000,
  })
  const input = app.topic('input', { value: json<Input>(), partitions: 8 })
  const counts = app.table('counts', { value: json<number>(), default: () => 0 })
  const most = app.table('most', { value: json<number>(), default: () => 0 })
  const ids = app.table('ids', { value: json<number[]>(), default: () => [] })
  const handled: number[] = []
  app.agent('work', input, { tables: [counts, most, ids] }, async (stream) => {
    for await (const { key, value } of stream.events()) {
      await counts.update(key!, (n) => n + 1)
      await most.update(key!, (n) => Math.max(n, value.amount))
      await ids.update(key!, (all) => (all.includes(value.id) ? all : [...all, value.id]))
      handled.push(value.id)
    }
  })
  const tables = async (): Promise<Tables> => ({
    counts: new Map(await collect(counts.entries())),
    most: new Map(await collect(most.entries())),
    ids: new Map(await collect(ids.entries())),
  })
  return { ...notes, app, handled, tables }
}

const KEYS = 40
const key = (id: number): string => `key-${id % KEYS}`
const amount = (id: number): number => (id * 7919) % 1000

/** Sends `count` inputs a few at a time until told to stop waiting, calling `at` on the way. */
async function feed(log: EmbeddedLog, count: number, steps: Readonly<Record<number, () => unknown>>): Promise<void> {
  const app = testApp({ log, id: 'feeder' })
  const input = app.topic('input', { value: json<Input>(), partitions: 8 })
  await app.start()
  for (let id = 0; id < count; id++) {
    await steps[id]?.()
    await input.send({ key: key(id), value: { id, amount: amount(id) } })
    if (id % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 1))
  }
  await app.stop()
}

function recount(total: number): Tables {
  const expected: Tables = { counts: new Map(), most: new Map(), ids: new Map() }
  for (let id = 0; id < total; id++) {
    expected.counts.set(key(id), (expected.counts.get(key(id)) ?? 0) + 1)
    expected.most.set(key(id), Math.max(expected.most.get(key(id)) ?? 0, amount(id)))
    expected.ids.set(key(id), [...(expected.ids.get(key(id)) ?? []), id])
  }
  return expected
}

test('two workers share, join, leave and crash: every record has its effect', async () => {
  const total = 6000
  const log = createEmbeddedLog({})
  const workers: Worker[] = []
  const start = async (): Promise<Worker> => {
    const one = worker(log)
    workers.push(one)
    await one.app.start()
    return one
  }
  const first = await start()
  expect(first.assigned).toHaveLength(8)
  let second!: Worker
  let third!: Worker
  await feed(log, total, {
    1000: async () => {
      second = await start()
    },
    2500: () => second.app.stop(),
    3500: async () => {
      third = await start()
      await until('the third has its share', () => third.assigned.length === 4)
    },
    4500: () => first.transport.kill(),
  })
  const seen = (): Set<number> => new Set(workers.flatMap(({ handled }) => handled))
  await until('every record was handled', () => seen().size === total, 20_000)
  await third.app.commit()
  // Joins moved half of the partitions and no more; what stayed was neither taken nor paused.
  expect(second.assigned).toHaveLength(4)
  expect(third.assigned.length).toBeGreaterThanOrEqual(4)
  const moved = [...second.assigned, ...third.assigned.slice(0, 4)]
  expect(first.revoked).toHaveLength(8)
  expect(first.revoked.every((one) => moved.some(({ partition }) => partition === one.partition))).toBe(true)
  expect(workers.flatMap(({ paused }) => paused)).toEqual([])

  const expected = recount(total)
  await until('the survivor has everything', async () => (await third.tables()).counts.size === KEYS)
  const found = await third.tables()
  expect(found.most).toEqual(expected.most)
  expect(new Map([...found.ids].map(([name, all]) => [name, all.toSorted((a, b) => a - b)]))).toEqual(expected.ids)
  const handledTwice = workers.flatMap(({ handled }) => handled).length - total
  let excess = 0
  for (const [name, count] of expected.counts) {
    expect(found.counts.get(name)).toBeGreaterThanOrEqual(count)
    excess += found.counts.get(name)! - count
  }
  expect(excess).toBeLessThanOrEqual(handledTwice)
  await third.app.stop()

  // The changelogs alone give the same tables again.
  const fresh = await start()
  expect(await fresh.tables()).toEqual(found)
}, 60_000)

test('a clean hand-over repeats nothing', async () => {
  const total = 3000
  const log = createEmbeddedLog({})
  const first = worker(log)
  await first.app.start()
  const second = worker(log)
  await feed(log, total, { 800: () => second.app.start(), 2000: () => first.app.stop() })
  const handled = (): number[] => [...first.handled, ...second.handled]
  await until('every record was handled', () => new Set(handled()).size === total)
  expect(handled()).toHaveLength(total)
  await until('the second has everything', async () => (await second.tables()).counts.size === KEYS)
  expect((await second.tables()).counts).toEqual(recount(total).counts)
}, 60_000)

test('kept partitions are read on while others are being given up', async () => {
  const log = createEmbeddedLog({})
  let revoking = false
  let release!: () => void
  const gate = new Promise<void>((resolve) => (release = resolve))
  const transport = embeddedTransport({ log })
  const original = transport.groupConsumer.bind(transport)
  let leaving: readonly TopicPartition[] = []
  transport.groupConsumer = (options) =>
    original({
      ...options,
      hooks: {
        onRejoin: () => options.hooks.onRejoin(),
        onLost: (partitions) => options.hooks.onLost(partitions),
        onAssigned: (partitions, membership) => options.hooks.onAssigned(partitions, membership),
        onRevoked: async (partitions) => {
          revoking = true
          leaving = partitions
          await gate
          await options.hooks.onRevoked(partitions)
        },
      },
    })
  const read: string[] = []
  const declare = (app: App) => {
    const topic = app.topic('input', { value: text(), partitions: 2 })
    app.agent('read', topic, async (stream) => {
      for await (const value of stream) read.push(value)
    })
    return topic
  }
  const first = testApp({ transport })
  const topic = declare(first)
  await first.start()
  const second = testApp({ log })
  declare(second)
  const joining = second.start()
  await until('a partition is being given up', () => revoking)
  expect(leaving).toHaveLength(1)
  const kept = 1 - leaving[0]!.partition
  for (let n = 0; n < 50; n++) await topic.send({ value: `${n}`, partition: kept })
  await until('the kept one was read on', () => read.length === 50)
  expect(await first.commit()).toBe(true)
  release()
  await joining
})
