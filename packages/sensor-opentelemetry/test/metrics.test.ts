import { createApp, json, silentLogger, systemClock, text } from '@faust/core'
import { testApp } from '@faust/testing'
import { afterEach, expect, test } from 'vitest'
import { METRICS } from '../src/attributes.ts'
import { opentelemetrySensor } from '../src/index.ts'
import { metering } from './support/sdk.ts'

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

function sdk() {
  const made = metering()
  closing.push(made.close)
  return made
}

async function started(options: ReturnType<typeof metering>['options']) {
  const sensor = opentelemetrySensor(options)
  await sensor.start({ app: 'shop', clock: systemClock(), logger: silentLogger })
  return sensor
}

test('an exporter gets what an app did, in base units', async () => {
  const { options, read } = sdk()
  const app = createApp({ id: 'shop', logger: silentLogger })
  const sales = app.topic('sales', { partitions: 1, value: json<{ product: string; price: number }>() })
  const revenue = app.table('revenue', { key: text(), value: json<number>(), default: () => 0 })
  app.agent('sum', sales.groupBy('product'), { tables: [revenue] }, async (stream) => {
    for await (const { product, price } of stream) await revenue.update(product, (sum) => sum + price)
  })
  const driver = await testApp(app, { sensors: [opentelemetrySensor(options)] })
  closing.push(() => driver.close())
  await driver.send(
    sales,
    [1, 2, 3].map((price) => ({ value: { product: 'tea', price } })),
  )
  await driver.commit()

  const metrics = await read()
  const value = (name: string, attributes: Record<string, unknown>): unknown =>
    metrics
      .get(name)
      ?.points.find((point) => Object.entries(attributes).every(([key, own]) => point.attributes[key] === own))?.value
  expect(value(METRICS.consumed, { 'messaging.destination.name': 'sales' })).toBe(3)
  expect(metrics.get(METRICS.consumed)!.points[0]!.attributes).toEqual({
    'messaging.system': 'kafka',
    'messaging.operation.name': 'poll',
    'messaging.operation.type': 'receive',
    'messaging.destination.name': 'sales',
    'messaging.consumer.group.name': 'shop',
    'faust.app': 'shop',
  })
  const repartition = 'shop-sales-product-repartition'
  expect(value(METRICS.sent, { 'messaging.destination.name': repartition })).toBe(3)
  expect(value(METRICS.processed, { 'faust.agent': 'sum' })).toBe(3)
  expect(value(METRICS.tableOperations, { 'faust.table': 'revenue', 'faust.table.operation': 'set' })).toBe(3)
  expect(value(METRICS.commitEntries, {})).toBe(1)
  expect(value(METRICS.lag, { 'messaging.destination.name': 'sales', 'messaging.destination.partition.id': '0' })).toBe(
    0,
  )
  expect(value(METRICS.committedOffset, { 'messaging.destination.name': 'sales' })).toBe(3)
  expect(value(METRICS.tasks, {})).toBeGreaterThan(0)
  expect(value(METRICS.state, { 'faust.state': 'running' })).toBe(1)
  expect(value(METRICS.state, { 'faust.state': 'starting' })).toBe(0)
  expect(metrics.get(METRICS.commitDuration)!.unit).toBe('s')
  for (const { points } of metrics.values())
    for (const { attributes } of points) expect(attributes['faust.app']).toBe('shop')
})

test('times are seconds; what failed has the kind of its error, and not its message', async () => {
  const { options, read } = sdk()
  const sensor = await started(options)
  const sent = { topic: 't', partition: 0, count: 2, bytes: 9 }
  sensor.onSent!({ ...sent, duration: 1500 })
  sensor.onSent!({ ...sent, duration: 250, error: new RangeError('secret') })
  sensor.onCommit!({ duration: 500, entries: 0, offsets: [], error: undefined })
  const metrics = await read()
  const points = metrics.get(METRICS.operationDuration)!.points as readonly {
    attributes: Record<string, unknown>
    value: { sum: number }
  }[]
  expect(points.map(({ attributes, value }) => [attributes['error.type'], value.sum])).toEqual([
    [undefined, 1.5],
    ['RangeError', 0.25],
  ])
  expect(metrics.get(METRICS.sentBytes)!.points.map(({ value }) => value)).toEqual([9])
  // Whoever throws `undefined` has failed, too.
  expect(metrics.get(METRICS.commitDuration)!.points[0]!.attributes['error.type']).toBe('_OTHER')
  expect(JSON.stringify([...metrics])).not.toContain('secret')
  await sensor.close()
})

test('a partition that went to another worker has no lag here, and after close nothing is told anew', async () => {
  const { options, read } = sdk()
  const sensor = await started(options)
  const received = { topic: 't', count: 1, bytes: 1, nextOffset: 5, lag: 2 }
  sensor.onReceived!({ ...received, partition: 0 })
  sensor.onReceived!({ ...received, partition: 1 })
  sensor.onRestore!({ table: 'sums', partition: 1, done: 1, total: 4, records: 1, duration: 5 })
  sensor.onStandby!({ table: 'sums', partition: 2, offset: 1, lag: 7, following: true })
  const lags = async (): Promise<unknown> =>
    (await read())
      .get(METRICS.lag)
      ?.points.map(({ attributes, value }) => [attributes['messaging.destination.partition.id'], value])
  expect(await lags()).toEqual([
    ['0', 2],
    ['1', 2],
  ])
  sensor.onCommit!({ duration: 1, entries: 0, offsets: [{ topic: 't', partition: 0, offset: 4 }] })
  expect((await read()).get(METRICS.restoreRemaining)!.points[0]).toMatchObject({
    value: 3,
    attributes: { 'faust.table': 'sums', 'faust.table.partition': '1' },
  })
  expect((await read()).get(METRICS.standbyLag)!.points[0]!.value).toBe(7)

  sensor.onReleased!({ topics: [{ topic: 't', partition: 1 }], tables: [{ table: 'sums', partition: 1 }] })
  sensor.onStandby!({ table: 'sums', partition: 2, offset: 1, lag: 0, following: false })
  const after = [
    ['0', 3],
    ['1', 0],
  ]
  expect(await lags()).toEqual(after)
  expect((await read()).get(METRICS.restoreRemaining)!.points[0]!.value).toBe(0)
  expect((await read()).get(METRICS.standbyLag)!.points[0]!.value).toBe(0)

  await sensor.close()
  sensor.onReceived!({ ...received, lag: 9, partition: 0 })
  expect(await lags()).toEqual(after)
})

test('metrics and traces can each be left out', () => {
  const hooks = (sensor: object): string[] => Object.keys(sensor).filter((name) => /^(?:on[A-Z]|trace$)/.test(name))
  expect(hooks(opentelemetrySensor({ metrics: false }))).toEqual(['trace'])
  expect(hooks(opentelemetrySensor({ traces: false }))).not.toContain('trace')
})
