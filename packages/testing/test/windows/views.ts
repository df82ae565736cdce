import { type App, type AppOptions, createApp, json, type TumblingOptions, type Windowed } from '@faust/core'
import type { Stream, Topic, WindowedTable } from '@faust/core'
import { afterEach } from 'vitest'
import { testApp, type TestDriver, type TestDriverOptions } from '../../src/index.ts'

/** Pages that are viewed, counted by the minute; each closed window is noted. */
export interface Views {
  readonly app: App
  readonly pages: Topic<string, number>
  readonly views: WindowedTable<string, number, number>
  /** Views that came too late for their minute. */
  readonly late: Topic<string, number>
  readonly final: Stream<string, Windowed<number>>
  /** What each update answered: how many windows took it. */
  readonly taken: number[]
}

export const MINUTE = 60_000

/** Times of 1970 are older than what a topic keeps by itself. */
export const topic = { partitions: 1, config: { 'retention.ms': '-1' } }

export function pageViews(options: Partial<TumblingOptions> = {}, settings: Partial<AppOptions> = {}): Views {
  const app = createApp({ id: 'views', ...settings })
  const pages = app.topic('pages', { ...topic, value: json<number>() })
  const late = app.topic('late-pages', { ...topic, value: json<number>() })
  const views = app
    .table('views', { value: json<number>(), default: () => 0 })
    .tumbling({ size: MINUTE, grace: 10_000, late, ...options })
  const taken: number[] = []
  app.agent('count', pages, { tables: [views] }, async (stream) => {
    for await (const { key, value } of stream.events()) {
      taken.push((await views.update(key!, (count) => count + value)).length)
    }
  })
  const final = views.final(app.topic('finals', { ...topic, value: json<Windowed<number>>() }))
  return { app, pages, views, late, final, taken }
}

const drivers: TestDriver[] = []

/** Drives an app until its test ends. */
export async function drive(app: App, options: TestDriverOptions = {}): Promise<TestDriver> {
  const driver = await testApp(app, options)
  drivers.push(driver)
  return driver
}

afterEach(async () => {
  for (const driver of drivers.splice(0)) await driver.close().catch(() => {})
})

/** A view of page `key` at this second, `value` times. */
export const at = (second: number, key = 'a', value = 1): { key: string; value: number; timestamp: number } => ({
  key,
  value,
  timestamp: second * 1000,
})

/** Everything an iteration gives; Node 20 has no `Array.fromAsync`. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}
