import { createApp, json } from '@faust/core'
import { expect, test } from 'vitest'
import { collect, drive } from '../windows/views.ts'

interface Sale {
  readonly product: string
  readonly shop: string
}

/** Sales by shop, joined with prices that every worker has, and sums that every worker can read. */
function shops() {
  const app = createApp({ id: 'shops', sessionTimeout: 6000, heartbeatInterval: 2000 })
  const prices = app.topic('prices', {
    value: json<number>(),
    partitions: 3,
    tombstones: true,
    config: { 'cleanup.policy': 'compact' },
  })
  const sales = app.topic('sales', { value: json<Sale>(), partitions: 4 })
  const unknown = app.topic('unknown', { value: json<string>() })
  const price = app.globalTable('price', { from: prices })
  const sums = app.table('sums', { value: json<number>(), default: () => 0 })
  const everywhere = app.globalTable('sums-everywhere', { from: sums, default: () => 0 })
  app.agent('sum', sales, { tables: [sums, price] }, async (stream) => {
    for await (const { key, value } of stream.events()) {
      const each = await price.get(value.product)
      if (each === undefined || each === null) await unknown.send({ value: value.product })
      else await sums.update(key!, (sum) => sum + each)
    }
  })
  return { app, prices, sales, unknown, price, sums, everywhere }
}

const sale = (shop: string, product: string) => ({ key: shop, value: { shop, product } })
const SHOPS = Array.from({ length: 12 }, (_, n) => `shop-${n}`)

test('a topic is read whole by every worker, with deletions, whatever partition a key is in', async () => {
  const { app, prices, price, sales, sums, unknown } = shops()
  const driver = await drive(app)
  await driver.send(prices, [
    { key: 'pen', value: 2 },
    { key: 'book', value: 10, partition: 0 },
    { key: 'book', value: 10, partition: 0 },
    { key: 'lamp', value: 30 },
  ])
  await driver.send(prices, { key: 'lamp', value: null })
  expect(await price.get('book')).toBe(10)
  expect(await price.has('lamp')).toBe(false)
  expect(await collect(price.keys({ prefix: 'p' }))).toEqual(['pen'])
  expect(await price.size()).toBe(2)
  await driver.send(sales, [sale('a', 'pen'), sale('b', 'book'), sale('a', 'book'), sale('a', 'lamp')])
  expect([await sums.get('a'), await sums.get('b')]).toEqual([12, 10])
  expect((await driver.read(unknown)).map(({ value }) => value)).toEqual(['lamp'])
})

test('a worker that starts waits until its copy holds what was there', async () => {
  const first = shops()
  const one = await drive(first.app)
  await one.send(first.prices, { key: 'pen', value: 2 })
  await one.crash()
  const second = shops()
  const two = await drive(second.app, { world: one.world })
  await two.send(second.sales, [sale('a', 'pen')])
  expect(await two.read(second.unknown)).toEqual([])
  expect(await second.sums.get('a')).toBe(2)
})

test('a table that handlers fill can be read whole on every worker', async () => {
  const first = shops()
  const one = await drive(first.app)
  await one.send(first.prices, { key: 'pen', value: 2 })
  const second = shops()
  const two = await drive(second.app, { world: one.world })
  await one.advance(10_000)
  await one.send(
    first.sales,
    SHOPS.map((shop) => sale(shop, 'pen')),
  )
  await one.advance(2000)
  const all = new Map(SHOPS.map((shop) => [shop, 2]))
  expect((await collect(first.sums.keys())).length).toBeLessThan(SHOPS.length)
  for (const { everywhere } of [first, second]) {
    expect(new Map(await collect(everywhere.entries()))).toEqual(all)
    expect(await everywhere.get('nobody')).toBe(0)
  }
  await two.close()
})

test('an agent that does not name it is told so, and so is who copies what can’t be copied', async () => {
  const app = createApp({ id: 'wrong' })
  const topic = app.topic('prices', { value: json<number>(), partitions: 1 })
  const price = app.globalTable('price', { from: topic })
  const codes: string[] = []
  app.agent('look', topic, async (stream) => {
    for await (const { key } of stream.events()) {
      await price.get(key!).catch(({ code }: { code: string }) => codes.push(code))
    }
  })
  const ending = app.table('ending', { value: json<number>(), ttl: 1000 })
  expect(() => app.globalTable('copy', { from: ending })).toThrow(/ttl/)
  expect(() => app.globalTable('price', { from: topic })).toThrow(/taken/)
  const driver = await drive(app)
  await driver.send(topic, { key: 'pen', value: 1 })
  expect(codes).toEqual(['FAUST_TABLE_NOT_DECLARED'])

  const unfilled = createApp({ id: 'unfilled' })
  unfilled.globalTable('copy', { from: unfilled.table('nobody') })
  await expect(drive(unfilled)).rejects.toMatchObject({ code: 'FAUST_SETTING_INVALID' })
})
