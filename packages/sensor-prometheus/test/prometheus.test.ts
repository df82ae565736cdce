import {
  createApp,
  createEmbeddedLog,
  embeddedTransport,
  json,
  type Sensor,
  silentLogger,
  systemClock,
} from '@faust/core'
import { sensorConformance } from '@faust/testing'
import * as client from 'prom-client'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { prometheusSensor } from '../src/index.ts'
import { type Family, parseExposition } from './exposition.ts'

let registry: client.Registry
beforeEach(() => {
  registry = new client.Registry()
})

const scrape = async (): Promise<Map<string, Family>> => parseExposition(await registry.metrics())

/** The values of one series, by the values of its labels. */
async function values(name: string, sample = name): Promise<Record<string, number>> {
  const { samples } = (await scrape()).get(name)!
  return Object.fromEntries(
    samples.filter((each) => each.name === sample).map((each) => [Object.values(each.labels).join(' '), each.value]),
  )
}

async function started(app = 'shop', options: { buckets?: number[] } = {}): Promise<Required<Sensor>> {
  const sensor = prometheusSensor({ client, registry, ...options })
  await sensor.start({ app, clock: systemClock(), logger: silentLogger })
  return sensor as Required<Sensor>
}

const received = { count: 10, bytes: 1000, nextOffset: 10, lag: 5 }

describe('the kit', () => {
  sensorConformance({ test, create: () => prometheusSensor({ client, registry }) })
})

test('what any facts lead to can be read, names of all kinds among them', async () => {
  const sensor = await started('a "shop" \\ of\nüs')
  for (const topic of ['sales', '__proto__', 'with "quotes" and \\ and\nline', '\\n', 'ünï \u{1f980}', '']) {
    sensor.onReceived({ topic, partition: 3, ...received })
    expect((await values('faust_lag_records'))[`a "shop" \\ of\nüs ${topic} 3`]).toBe(5)
  }
})

test('a scrape gets what an app did, in base units', async () => {
  const app = createApp({ id: 'shop', logger: silentLogger, sensors: [prometheusSensor({ client, registry })] })
  const sales = app.topic('sales', { value: json<{ product: string; price: number }>() })
  const revenue = app.table('revenue', { value: json<number>(), default: () => 0 })
  app.agent('sum', sales.groupBy('product'), { tables: [revenue] }, async (stream) => {
    for await (const { product, price } of stream) await revenue.update(product, (sum) => sum + price)
  })
  await app.start()
  for (const price of [1, 2, 3]) await sales.send({ value: { product: 'tea', price } })
  await app.commit()
  await vi.waitFor(
    async () => expect(await values('faust_table_operations_total')).toMatchObject({ 'shop revenue set': 3 }),
    {
      timeout: 15_000,
    },
  )

  expect(await values('faust_received_records_total')).toMatchObject({ 'shop sales': 3 })
  expect(await values('faust_state')).toMatchObject({ 'shop running': 1, 'shop starting': 0, 'shop crashed': 0 })
  const committed = await values('faust_committed_offset')
  expect(Object.values(committed).reduce((sum, offset) => sum + offset)).toBe(6)
  const processing = await values('faust_processing_duration_seconds', 'faust_processing_duration_seconds_sum')
  expect(processing['shop sum']).toBeLessThan(30)

  await app.stop()
  const after = await scrape()
  expect(
    [...after].filter(([, { type, samples }]) => type === 'gauge' && samples.length > 0).map(([name]) => name),
  ).toEqual(['faust_state'])
  expect(await values('faust_state')).toMatchObject({ 'shop stopped': 1, 'shop running': 0 })
  expect(await values('faust_received_records_total')).toMatchObject({ 'shop sales': 3 })
})

test('the gauges of a partition go with it', async () => {
  const log = createEmbeddedLog({ initialRebalanceDelay: 0 })
  const start = async (id: string, sensors: Sensor[]) => {
    const app = createApp({
      id: 'shop',
      workerId: id,
      commitInterval: 20,
      logger: silentLogger,
      sensors,
      transport: embeddedTransport({ log }),
    })
    const sales = app.topic('sales', { value: json<number>(), partitions: 2 })
    app.agent('read', sales, async (stream) => {
      for await (const _ of stream);
    })
    await app.start()
    for (const partition of [0, 1]) await sales.send({ value: 1, partition })
    return app
  }
  const places = async (): Promise<string[]> => Object.keys(await values('faust_lag_records'))
  const one = await start('one', [prometheusSensor({ client, registry })])
  await vi.waitFor(
    async () => expect(await places()).toEqual(expect.arrayContaining(['shop sales 0', 'shop sales 1'])),
    {
      timeout: 15_000,
    },
  )
  const two = await start('two', [])
  await vi.waitFor(async () => expect(await places()).toHaveLength(1), { timeout: 15_000 })
  expect(await values('faust_assigned_tasks')).toEqual({ shop: 1 })
  await Promise.all([one.stop(), two.stop()])
})

test('lag is what was not committed; a commit told late does not bring a partition back', async () => {
  const sensor = await started()
  const place = { topic: 'sales', partition: 0 }
  const commit = (offset: number): void =>
    sensor.onCommit({ duration: 250, entries: 4, offsets: [{ ...place, offset }] })
  sensor.onReceived({ ...place, ...received })
  expect(await values('faust_lag_records')).toEqual({ 'shop sales 0': 5 })
  commit(7)
  expect(await values('faust_lag_records')).toEqual({ 'shop sales 0': 8 })
  sensor.onReceived({ ...place, ...received, nextOffset: 20, lag: 0 })
  expect(await values('faust_lag_records')).toEqual({ 'shop sales 0': 13 })
  sensor.onReleased({ topics: [place], tables: [] })
  commit(20)
  expect(await values('faust_lag_records')).toEqual({})
  expect(await values('faust_committed_offset')).toEqual({})
  expect(await values('faust_committed_entries_total')).toEqual({ shop: 8 })
  expect(await values('faust_commit_duration_seconds', 'faust_commit_duration_seconds_sum')).toEqual({ 'shop ok': 0.5 })
})

test("restores and copies are shown until they are somebody else's", async () => {
  const sensor = await started()
  const place = { table: 'revenue', partition: 1 }
  sensor.onRestore({ ...place, done: 3, total: 12, records: 3, duration: 100 })
  expect(await values('faust_restore_left_records')).toEqual({ 'shop revenue 1': 9 })
  expect(await values('faust_restore_progress_ratio')).toEqual({ 'shop revenue 1': 0.25 })
  sensor.onRestore({ ...place, done: 12, total: 12, records: 10, duration: 4000 })
  expect(await values('faust_restore_progress_ratio')).toEqual({ 'shop revenue 1': 1 })
  const restored = await values('faust_restore_duration_seconds', 'faust_restore_duration_seconds_bucket')
  expect([restored['2.5 shop revenue'], restored['5 shop revenue']]).toEqual([0, 1])
  sensor.onRestore({ table: 'empty', partition: 0, done: 0, total: 0, records: 0, duration: 0 })
  expect(await values('faust_restore_progress_ratio')).toMatchObject({ 'shop empty 0': 1 })

  sensor.onStandby({ ...place, offset: 9, lag: 3, following: true })
  sensor.onReleased({ topics: [], tables: [place, { table: 'empty', partition: 0 }] })
  expect(await values('faust_restore_left_records')).toEqual({})
  expect(await values('faust_standby_lag_records')).toEqual({ 'shop revenue 1': 3 })
  sensor.onStandby({ ...place, offset: 9, lag: 0, following: false })
  expect(await values('faust_standby_lag_records')).toEqual({})
})

test('what fails is counted apart', async () => {
  const sensor = await started()
  const place = { topic: 't', partition: 0 }
  sensor.onSent({ ...place, count: 2, bytes: 9, duration: 12.5, error: new Error('no') })
  sensor.onCommit({ duration: 1, entries: 3, offsets: [{ ...place, offset: 1 }], error: new Error('no') })
  sensor.onFailed({ ...place, agent: 'a', offset: 0, error: 'no', attempts: 1, outcome: 'retry' })
  sensor.onStall({ kind: 'fetch', ...place, offset: 0, duration: 60_000 })
  expect(await values('faust_refused_records_total')).toEqual({ 'shop t': 2 })
  expect(await values('faust_sent_records_total')).toEqual({})
  expect(await values('faust_send_duration_seconds', 'faust_send_duration_seconds_sum')).toEqual({
    'shop error': 0.0125,
  })
  expect(await values('faust_commit_duration_seconds', 'faust_commit_duration_seconds_count')).toEqual({
    'shop error': 1,
  })
  expect(await values('faust_committed_entries_total')).toEqual({})
  expect(await values('faust_failures_total')).toEqual({ 'shop a retry': 1 })
  expect(await values('faust_stalls_total')).toEqual({ 'shop fetch': 1 })
})

test('two apps share a registry, and neither takes the other along when it ends', async () => {
  const [shop, bank] = [await started('shop'), await started('bank')]
  for (const sensor of [shop, bank]) sensor.onReceived({ topic: 't', partition: 0, ...received })
  expect(await values('faust_lag_records')).toEqual({ 'shop t 0': 5, 'bank t 0': 5 })
  await shop.close()
  shop.onReceived({ topic: 't', partition: 0, ...received })
  expect(await values('faust_lag_records')).toEqual({ 'bank t 0': 5 })
  expect(await values('faust_received_records_total')).toEqual({ 'shop t': 10, 'bank t': 10 })
})

test('two sensors of one app do not share a registry while both run', async () => {
  const refused = {
    code: 'FAUST_SETTING_INVALID',
    message: expect.stringMatching(
      /`registry` is in use by another sensor of app shop.* registry of its own/,
    ) as string,
  }
  const sensors = [prometheusSensor({ client, registry }), prometheusSensor({ client, registry })]
  const app = createApp({ id: 'shop', logger: silentLogger, sensors })
  await expect(app.start()).rejects.toMatchObject(refused)
  await app.stop()

  const running = await started()
  running.onReceived({ topic: 't', partition: 0, ...received })
  const second = prometheusSensor({ client, registry })
  await expect(second.start({ app: 'shop', clock: systemClock(), logger: silentLogger })).rejects.toMatchObject(refused)
  second.onState!({ state: 'crashed' })
  await second.close()
  expect(await values('faust_lag_records')).toEqual({ 'shop t 0': 5 })
  expect(await values('faust_state')).toMatchObject({ 'shop idle': 1, 'shop crashed': 0 })
  await expect(started()).rejects.toMatchObject(refused)

  await running.close()
  const next = await started()
  next.onReceived({ topic: 't', partition: 0, ...received })
  expect(await values('faust_received_records_total')).toEqual({ 'shop t': 20 })
})

test('it names, explains and bounds its metrics as Prometheus asks', async () => {
  await started()
  for (const [name, { help, type }] of await scrape()) {
    expect(name).toMatch(/^faust_[a-z]+(?:_[a-z]+)*$/)
    expect(help).toMatch(/\.$/)
    expect(name.endsWith('_total')).toBe(type === 'counter')
    expect(name.endsWith('_seconds')).toBe(type === 'histogram')
  }
})

test('a registry of the OpenMetrics format is as good', async () => {
  const open = new client.Registry<client.OpenMetricsContentType>()
  open.setContentType(client.openMetricsContentType)
  for (const app of ['shop', 'bank']) {
    const sensor = prometheusSensor({ client, registry: open })
    await sensor.start({ app, clock: systemClock(), logger: silentLogger })
    sensor.onReceived!({ topic: 't', partition: 0, ...received })
    expect(await open.metrics()).toContain(`faust_received_records_total{app="${app}",topic="t"} 10`)
  }
})

test("prom-client's own registry is the default", async () => {
  const sensor = prometheusSensor({ client })
  await sensor.start({ app: 'shop', clock: systemClock(), logger: silentLogger })
  expect(await client.register.metrics()).toContain('faust_state{app="shop",state="idle"} 1')
  client.register.clear()
})

test("what can't be is refused, with what to do", async () => {
  const invalid = { code: 'FAUST_SETTING_INVALID' }
  expect(() => prometheusSensor({ client, registri: registry } as never)).toThrow(/`registri` does not exist/)
  expect(() => prometheusSensor({} as never)).toThrow(/`client` must be the module/)
  expect(() => prometheusSensor({ client: client.register } as never)).toThrow(/`client` must be the module/)
  for (const buckets of [[0], [-1, 1], [2, 1], [1, 1], [Number.NaN], [1, Infinity]]) {
    expect(() => prometheusSensor({ client, buckets })).toThrow(expect.objectContaining(invalid))
  }
  await started('shop', { buckets: [0.1, 1] })
  await expect(started('bank', { buckets: [0.1, 2] })).rejects.toThrow(
    /`buckets` is not that of another sensor.*0\.1, 1/,
  )

  registry.clear()
  const mine = new client.Gauge({
    name: 'faust_state',
    help: 'Mine.',
    labelNames: ['app', 'mood'],
    registers: [registry],
  })
  mine.set({ app: 'shop', mood: 'good' }, 1)
  await expect(started()).rejects.toMatchObject({
    ...invalid,
    message: expect.stringContaining('faust_state') as string,
  })
})
