import { createApp, json, silentLogger, systemClock } from '@faust/core'
import { sensorConformance } from '@faust/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { statsdSensor } from '../src/index.ts'
import { udpServer } from '@faust-tools/test-support'

let server: Awaited<ReturnType<typeof udpServer>>
beforeEach(async () => {
  server = await udpServer()
})
afterEach(() => server.close())

describe('the kit', () => {
  sensorConformance({ test, create: () => statsdSensor({ port: server.port }) })
})

test('a server gets what an app did', async () => {
  const app = createApp({
    id: 'shop',
    logger: silentLogger,
    sensors: [statsdSensor({ port: server.port, flushInterval: 20 })],
  })
  const sales = app.topic('sales.eu', { value: json<{ product: string; price: number }>() })
  const revenue = app.table('revenue', { value: json<number>(), default: () => 0 })
  app.agent('sum', sales.groupBy('product'), { tables: [revenue] }, async (stream) => {
    for await (const { product, price } of stream) await revenue.update(product, (sum) => sum + price)
  })
  await app.start()
  for (const price of [1, 2, 3]) await sales.send({ value: { product: 'tea', price } })

  expect(await server.sum('shop.agent.sum.events', 3)).toBe(3)
  expect(await server.sum('shop.topic.sales_eu.messages_received', 3)).toBe(3)
  expect(await server.sum('shop.table.revenue.keys_updated', 3)).toBe(3)
  expect(await server.sum('shop.commits', 1)).toBeGreaterThan(0)
  expect(await server.sum('shop.state.running', 1)).toBe(1)
  await app.stop()
  expect(server.metrics.find(({ name }) => name === 'shop.events_runtime')!.type).toBe('ms')
  expect(server.metrics.filter(({ name }) => /^shop\.committed_offset\.sales_eu\.\d+$/.test(name)).at(-1)!.type).toBe(
    'g',
  )
  expect(server.metrics.every(({ tags }) => tags.length === 0)).toBe(true)
  expect(server.odd).toEqual([])
})

test('names of all kinds give lines that a server can read, in packets of the given size', async () => {
  const sensor = statsdSensor({ port: server.port, prefix: 'p', packetSize: 200 })
  await sensor.start({ app: 'shop', clock: systemClock(), logger: silentLogger })
  for (let n = 0; n < 50; n++) sensor.onState!({ state: 'a:b|c@d\ne #f.ü' })
  await sensor.close()
  expect(await server.sum('p.state.a_b_c_d_e__f__', 50)).toBe(50)
  expect(server.odd).toEqual([])
  expect(server.packets.length).toBeGreaterThan(1)
  expect(Math.max(...server.packets)).toBeLessThanOrEqual(200)
})

test('a rebalance tells the tasks that this worker has after it, and how long it took', async () => {
  const sensor = statsdSensor({ port: server.port })
  await sensor.start({ app: 'shop', clock: systemClock(), logger: silentLogger })
  sensor.onRebalance!({ generation: 4, added: 2, removed: 1, kept: 3, duration: 12.5 })
  await sensor.close()
  expect(await server.sum('shop.rebalances', 1)).toBe(1)
  expect(await server.sum('shop.assigned_tasks', 5)).toBe(5)
  expect(await server.sum('shop.rebalance_return_latency', 12.5)).toBe(12.5)
})

test('a refused send is counted as such, with its time, and so is a stall', async () => {
  const sensor = statsdSensor({ port: server.port })
  await sensor.start({ app: 'shop', clock: systemClock(), logger: silentLogger })
  sensor.onSent!({ topic: 't', partition: 0, count: 2, bytes: 9, duration: 12.5, error: new Error('no') })
  sensor.onStall!({ kind: 'commit', topic: 't', partition: 0, offset: 3, duration: 60_000 })
  sensor.onCommit!({ duration: 1, entries: 0, offsets: [], error: new Error('no') })
  await sensor.close()
  expect(await server.sum('shop.messages_sent_error', 2)).toBe(2)
  expect(await server.sum('shop.send_latency_for_error', 12.5)).toBe(12.5)
  expect(await server.sum('shop.commits_error', 1)).toBe(1)
  expect(await server.sum('shop.stalls.commit', 1)).toBe(1)
  expect(server.metrics.some(({ name }) => name === 'shop.messages_sent')).toBe(false)
})

test('a misspelt option is refused', () => {
  expect(() => statsdSensor({ hots: 'x' } as never)).toThrow(/`hots` does not exist/)
})
