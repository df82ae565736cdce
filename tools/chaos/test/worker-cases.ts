import { randomUUID } from 'node:crypto'
import { until as untilWithin } from '@faust-tools/services'
import { intercepted } from '@faust-tools/test-support'
import { type App, createApp, json, silentLogger, text, type TopicPartition, type Transport } from '@faust/core'
import { afterEach, expect, test } from 'vitest'

/** One worker's way to the log that all workers of a test share. */
export interface Access {
  readonly transport: Transport
  /** Ends it as the death of its process would: the group hears nothing of it. */
  crash(): Promise<void>
}

/** The log on which the cases run. */
export interface SharedLog {
  access(): Access
}

const TIMEOUT = 240_000

async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  await untilWithin(what, 120_000, condition)
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

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
  readonly crash: () => Promise<void>
  readonly transport: Transport
  readonly paused: TopicPartition[]
  readonly revoked: TopicPartition[]
  readonly assigned: TopicPartition[]
}

/** A transport that notes what its consumer is told and tells. */
function watched(log: SharedLog): Watched {
  const { transport, crash } = log.access()
  const notes = { paused: [] as TopicPartition[], revoked: [] as TopicPartition[], assigned: [] as TopicPartition[] }
  intercepted(transport, {
    hooks: (app) => ({
      onRevoked: (partitions) => {
        notes.revoked.push(...partitions)
        return app.onRevoked(partitions)
      },
      onAssigned: (partitions, membership) => {
        notes.assigned.push(...partitions)
        return app.onAssigned(partitions, membership)
      },
    }),
    consumer(made) {
      const pause = made.pause.bind(made)
      made.pause = (partitions) => {
        notes.paused.push(...partitions)
        pause(partitions)
      }
    },
  })
  return { transport, crash, ...notes }
}

interface Worker extends Watched {
  readonly app: App
  /** Ids in the order the handler got them. */
  readonly handled: number[]
  readonly tables: () => Promise<Tables>
}

function worker(log: SharedLog, run: string): Worker {
  const notes = watched(log)
  const app = newApp(run, notes.transport)
  const input = app.topic(`${run}-input`, { value: json<Input>(), partitions: 8 })
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

/** Stopped at the end of the test. */
const apps: App[] = []
afterEach(async () => {
  // Those that were crashed have nothing to say to the group.
  await Promise.allSettled(apps.splice(0).map((app) => app.stop()))
})

function newApp(id: string, transport: Transport): App {
  const app = createApp({
    id,
    transport,
    logger: silentLogger,
    commitInterval: 100,
    // What a busy machine does not exceed by itself; the crash of a worker costs as much.
    sessionTimeout: 5000,
    heartbeatInterval: 500,
    revokeTimeout: 5000,
    stopTimeout: 5000,
  })
  app.done.catch(() => {})
  apps.push(app)
  return app
}

/** A name of the test's own. */
const newRun = (): string => `workers-${randomUUID().slice(0, 8)}`

/** Sends `count` inputs a few at a time until told to stop waiting, calling `at` on the way. */
async function feed(
  log: SharedLog,
  run: string,
  count: number,
  steps: Readonly<Record<number, () => unknown>>,
): Promise<void> {
  const app = newApp(`${run}-feeder`, log.access().transport)
  const input = app.topic(`${run}-input`, { value: json<Input>(), partitions: 8 })
  await app.start()
  let sending: Promise<void>[] = []
  for (let id = 0; id < count; id++) {
    await steps[id]?.()
    sending.push(input.send({ key: key(id), value: { id, amount: amount(id) } }))
    if (sending.length < 20) continue
    await Promise.all(sending)
    sending = []
  }
  await Promise.all(sending)
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

/** What several workers of one app promise, whatever log they share. */
export function workerCases(log: SharedLog): void {
  test(
    'two workers share, join, leave and crash: every record has its effect',
    async () => {
      const total = 6000
      const run = newRun()
      const workers: Worker[] = []
      const start = async (): Promise<Worker> => {
        const one = worker(log, run)
        workers.push(one)
        await one.app.start()
        return one
      }
      const first = await start()
      expect(first.assigned).toHaveLength(8)
      let second!: Worker
      let third!: Worker
      let revoked: readonly TopicPartition[] = []
      await feed(log, run, total, {
        1000: async () => {
          second = await start()
          await until('the second has its share', () => second.assigned.length === 4)
        },
        2500: async () => {
          await second.app.stop()
          await until('the first has everything again', () => first.assigned.length === 12)
        },
        3500: async () => {
          third = await start()
          await until('the third has its share', () => third.assigned.length === 4)
        },
        4500: () => {
          revoked = [...first.revoked]
          return first.crash()
        },
      })
      const seen = (): Set<number> => new Set(workers.flatMap(({ handled }) => handled))
      await until('every record was handled', () => seen().size === total)
      await third.app.commit()
      // Joins moved half of the partitions and no more; what stayed was neither taken nor paused.
      expect(second.assigned).toHaveLength(4)
      expect(third.assigned.length).toBeGreaterThanOrEqual(4)
      const moved = [...second.assigned, ...third.assigned.slice(0, 4)]
      expect(revoked).toHaveLength(8)
      expect(revoked.every((one) => moved.some(({ partition }) => partition === one.partition))).toBe(true)
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
    },
    TIMEOUT,
  )

  test(
    'a clean hand-over repeats nothing',
    async () => {
      const total = 3000
      const run = newRun()
      const first = worker(log, run)
      await first.app.start()
      const second = worker(log, run)
      await feed(log, run, total, { 800: () => second.app.start(), 2000: () => first.app.stop() })
      const handled = (): number[] => [...first.handled, ...second.handled]
      await until('every record was handled', () => new Set(handled()).size === total)
      expect(handled()).toHaveLength(total)
      await until('the second has everything', async () => (await second.tables()).counts.size === KEYS)
      expect((await second.tables()).counts).toEqual(recount(total).counts)
    },
    TIMEOUT,
  )

  test(
    'kept partitions are read on while others are being given up',
    async () => {
      const run = newRun()
      let revoking = false
      let release!: () => void
      const gate = new Promise<void>((resolve) => (release = resolve))
      let leaving: readonly TopicPartition[] = []
      const transport = intercepted(log.access().transport, {
        hooks: (app) => ({
          onRevoked: async (partitions) => {
            revoking = true
            leaving = partitions
            await gate
            await app.onRevoked(partitions)
          },
        }),
      })
      const read: string[] = []
      const declare = (app: App) => {
        const topic = app.topic(`${run}-input`, { value: text(), partitions: 2 })
        app.agent('read', topic, async (stream) => {
          for await (const value of stream) read.push(value)
        })
        return topic
      }
      const first = newApp(run, transport)
      const topic = declare(first)
      await first.start()
      const second = newApp(run, log.access().transport)
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
    },
    TIMEOUT,
  )
}
