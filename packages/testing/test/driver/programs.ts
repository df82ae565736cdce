import { type App, type AppOptions, createApp, json, type Table, text, type Topic } from '@faust/core'
import { afterEach } from 'vitest'
import { type TestDriver, testApp, type TestDriverOptions } from '../../src/index.ts'

const drivers: TestDriver[] = []

afterEach(async () => {
  await Promise.all(drivers.splice(0).map((driver) => driver.close().catch(() => {})))
})

/** A driver that is closed after its test. */
export async function drive(app: App, options?: TestDriverOptions): Promise<TestDriver> {
  const driver = await testApp(app, options)
  drivers.push(driver)
  return driver
}

/** An app with nothing declared yet. */
export function newApp(options: Partial<AppOptions> = {}): App {
  return createApp({ id: 'test', ...options })
}

/** Waits `ms` of real time. */
export function realTime(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms))
}

export interface Order {
  readonly accountId: string
  readonly amount: number
}

/** The README's first program: orders counted by account, through a repartition topic. */
export function orderCount(): { app: App; orders: Topic<string, Order>; counts: Table<string, number, number> } {
  const app = newApp({ id: 'hello-app' })
  const orders = app.topic<Order>('orders', { key: text(), value: json<Order>() })
  const counts = app.table<number>('order-count', { key: text(), value: json<number>(), default: () => 0 })
  app.agent('count-orders', orders.groupBy('accountId'), { tables: [counts] }, async (stream) => {
    for await (const order of stream) {
      await counts.update(order.accountId, (count) => count + 1)
    }
  })
  return { app, orders, counts }
}

/** A program that sends every value on, in upper case. */
export function shout(options?: Partial<AppOptions>): {
  app: App
  said: Topic<string, string>
  shouted: Topic<string, string>
} {
  const app = newApp(options)
  const said = app.topic<string>('said')
  const shouted = app.topic<string>('shouted')
  app.agent('shout', said, async (stream) => {
    for await (const { key, value } of stream.events()) await shouted.send({ key, value: value.toUpperCase() })
  })
  return { app, said, shouted }
}
