import { type App, createApp, json, silentLogger } from '@faust/core'
import { afterEach, expect, inject, test } from 'vitest'
import { kafkajsTransport } from '../src/index.ts'

const apps: App[] = []
afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.stop({ leave: true })))
})

interface Order {
  readonly id: number
  readonly account: string
}

/** A worker of one program: orders are counted by account, through a repartition topic. */
function worker(
  id: string,
  options: { readonly ttl?: number } = {},
): {
  app: App
  send: (order: Order) => Promise<void>
  counts: () => Promise<[string, number][]>
} {
  const transport = kafkajsTransport({ brokers: inject('kafkaBrokers') })
  const app = createApp({ id, transport, logger: silentLogger, commitInterval: 100 })
  app.done.catch(() => {})
  apps.push(app)
  const orders = app.topic('orders-of-app-test', { partitions: 4, value: json<Order>() })
  const table = app.table('counts', { value: json<number>(), default: () => 0, ...options })
  app.agent('count', orders.groupBy('account'), { tables: [table] }, async (stream) => {
    for await (const { account } of stream) await table.update(account, (count) => count + 1)
  })
  const counts = async (): Promise<[string, number][]> => {
    const found: [string, number][] = []
    for await (const entry of table.entries()) found.push(entry)
    return found
  }
  return { app, send: (value) => orders.send({ key: String(value.id), value }), counts }
}

const until = async (condition: () => Promise<boolean>): Promise<void> => {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20))
}

test('the same app on a real Kafka: two workers share the work, one leaves, a third rebuilds the table, a changed one is refused', async () => {
  const id = `app-test-${process.pid}-${Date.now()}`
  const first = worker(id)
  await first.app.start()
  const send = (from: number, to: number): Promise<unknown> =>
    Promise.all(
      Array.from({ length: to - from }, (_, index) => {
        const order = from + index
        return first.send({ id: order, account: `account-${order % 10}` })
      }),
    )
  await send(0, 1000)
  const second = worker(id)
  await second.app.start()
  await send(1000, 2000)
  const both = async (): Promise<[string, number][]> => [...(await first.counts()), ...(await second.counts())]
  const sum = (entries: readonly [string, number][]): number => entries.reduce((total, [, count]) => total + count, 0)
  await until(async () => sum(await both()) === 2000)
  expect(new Map(await both()).size).toBe(10)
  for (const { app } of [first, second]) await expect.poll(() => app.status().partitions.length).toBeGreaterThan(0)

  await second.app.stop({ leave: true })
  await until(async () => sum(await first.counts()) === 2000)
  await first.app.stop({ leave: true })
  const third = worker(id)
  await third.app.start()
  expect((await third.counts()).toSorted(([a], [b]) => (a < b ? -1 : 1))).toEqual(
    Array.from({ length: 10 }, (_, account) => [`account-${account}`, 200]),
  )
  await expect(worker(id, { ttl: 1000 }).app.start()).rejects.toMatchObject({ code: 'FAUST_TABLE_CHANGED' })
})
