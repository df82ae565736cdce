import { json, text } from '@faust/core'
import { expect, test } from 'vitest'
import { testApp } from '../../src/index.ts'
import { drive, newApp, type Order, orderCount, shout } from './programs.ts'

test('orders are counted through a repartition topic when send resolves', async () => {
  const { app, orders, counts } = orderCount()
  const driver = await drive(app)
  const begun = driver.clock.now()
  await driver.send(orders, [
    { key: '1', value: { accountId: 'ann', amount: 3 } },
    { key: '2', value: { accountId: 'ben', amount: 5 } },
    { key: '3', value: { accountId: 'ann', amount: 8 } },
  ])
  expect(await driver.table(counts)).toEqual(
    new Map([
      ['ann', 2],
      ['ben', 1],
    ]),
  )
  expect(await counts.get('nobody')).toBe(0)
  expect(driver.clock.now()).toBe(begun)
  expect(app.status().partitions.every(({ committed }) => committed === 0)).toBe(true)
  await driver.send(orders, { value: { accountId: 'ann', amount: 1 } })
  expect((await driver.table(counts)).get('ann')).toBe(3)
})

test('under exactly-once outputs and tables are there as well when send resolves', async () => {
  const { app, orders, counts } = orderCount()
  const { app: shouting, said, shouted } = shout({ guarantee: 'exactly-once' })
  const driver = await drive(app.configure({ guarantee: 'exactly-once' }))
  const begun = driver.clock.now()
  await driver.send(orders, [
    { key: '1', value: { accountId: 'ann', amount: 3 } },
    { key: '2', value: { accountId: 'ann', amount: 8 } },
  ])
  expect(await driver.table(counts)).toEqual(new Map([['ann', 2]]))
  const other = await drive(shouting)
  await other.send(said, { value: 'hello' })
  expect(await other.read(shouted)).toMatchObject([{ value: 'HELLO' }])
  expect(driver.clock.now()).toBe(begun)
})

test('the repartition topic can be read by its stream', async () => {
  const { app, orders } = orderCount()
  const driver = await drive(app)
  await driver.send(orders, { key: '1', value: { accountId: 'ann', amount: 3 }, timestamp: 77 })
  expect(await driver.read(orders.groupBy('accountId'))).toMatchObject([
    { key: 'ann', value: { accountId: 'ann', amount: 3 }, timestamp: 77 },
  ])
})

test('a great many records are all done when send resolves', async () => {
  const { app, orders, counts } = orderCount()
  const driver = await drive(app)
  const many = Array.from({ length: 40_000 }, (_, index) => ({
    key: `order-${index}`,
    value: { accountId: `account-${index % 100}`, amount: index },
  }))
  await driver.send(orders, many)
  const table = await driver.table(counts)
  expect(table.size).toBe(100)
  expect([...table.values()].every((count) => count === 400)).toBe(true)
})

test('outputs are read once, decoded, with key, headers and timestamp, in the order of their writing', async () => {
  const app = newApp()
  const orders = app.topic<Order>('orders')
  const large = app.topic<{ amount: number }>('large')
  const source = orders.filter(({ amount }) => amount >= 10).map(({ amount }) => ({ amount }))
  app.agent('sort-out', source, async (stream) => {
    for await (const event of stream.events()) await large.send(event)
  })
  const driver = await drive(app)
  const note = new TextEncoder().encode('hello')
  const send = (key: string, amount: number): Promise<void> =>
    driver.send(orders, {
      key,
      value: { accountId: 'ann', amount },
      headers: [['note', note]],
      timestamp: 1000 + amount,
    })
  for (const [key, amount] of Object.entries({ a: 30, b: 4, c: 10, d: 20 })) await send(key, amount)
  expect(await driver.read(large)).toMatchObject([
    { key: 'a', value: { amount: 30 }, timestamp: 1030, headers: [['note', note]] },
    { key: 'c', value: { amount: 10 }, timestamp: 1010 },
    { key: 'd', value: { amount: 20 }, timestamp: 1020 },
  ])
  expect(await driver.read(large)).toEqual([])
  await send('e', 99)
  expect((await driver.read(large)).map(({ key }) => key)).toEqual(['e'])
  expect((await driver.read(orders)).map(({ key }) => key)).toEqual(['a', 'b', 'c', 'd', 'e'])
})

test('what an agent yields, and what follows from it over several topics, is there', async () => {
  const app = newApp()
  const numbers = Array.from({ length: 5 }, (_, index) =>
    app.topic<number, number>(`step-${index}`, { key: json<number>() }),
  )
  for (const [index, source] of numbers.slice(0, -1).entries()) {
    app.agent(`step-${index}`, source, { sinks: [numbers[index + 1]!] }, async function* (stream) {
      for await (const value of stream) yield value + 1
    })
  }
  const driver = await drive(app)
  await driver.send(numbers[0]!, [
    { key: 1, value: 0 },
    { key: 2, value: 10 },
  ])
  const last = await driver.read(numbers[4]!)
  expect(new Map(last.map(({ key, value }) => [key, value]))).toEqual(
    new Map([
      [1, 4],
      [2, 14],
    ]),
  )
})

test('records are typed by their topic', async () => {
  const { app, said } = shout()
  const driver = await drive(app)
  // @ts-expect-error A number is no text.
  await driver.send(said, { value: 5 }).catch(() => {})
})

test('serializers that answer later keep the order', async () => {
  const app = newApp()
  const slow = {
    ...text(),
    encode: async (value: string) => {
      await Promise.resolve()
      return new TextEncoder().encode(value)
    },
    decode: async (bytes: Uint8Array) => {
      await Promise.resolve()
      return new TextDecoder().decode(bytes)
    },
  }
  const source = app.topic<string>('source', { value: slow, partitions: 1 })
  const target = app.topic<string>('target', { value: slow, partitions: 1 })
  app.agent('copy', source, async (stream) => {
    for await (const value of stream) void target.send({ value })
  })
  const driver = await drive(app)
  const values = ['a', 'b', 'c', 'd']
  await driver.send(
    source,
    values.map((value) => ({ value })),
  )
  expect((await driver.read(target)).map(({ value }) => value)).toEqual(values)
})

test('a record that can not be decoded is named, and can be read again', async () => {
  const app = newApp()
  const raw = app.topic<string>('raw', { value: text() })
  const driver = await drive(app)
  await driver.send(raw, { value: '{' })
  const asJson = newApp().topic('raw', { value: json() })
  for (const _ of [1, 2]) {
    await expect(driver.read(asJson)).rejects.toMatchObject({
      code: 'FAUST_DECODE',
      message: expect.stringMatching(/^The value at topic raw, partition \d, offset 0 is not what json/) as string,
    })
  }
  expect((await driver.read(raw)).map(({ value }) => value)).toEqual(['{'])
})

test('deletions are nulls', async () => {
  const app = newApp()
  const source = app.topic<string>('source', { tombstones: true })
  const names = app.table<string>('names')
  app.agent('keep', source, { tables: [names] }, async (stream) => {
    for await (const { key, value } of stream.events()) {
      if (value === null) await names.delete(key!)
      else await names.set(key!, value)
    }
  })
  const driver = await drive(app)
  await driver.send(source, [
    { key: 'a', value: 'ann' },
    { key: 'b', value: 'ben' },
    { key: 'a', value: null },
  ])
  expect(await driver.table(names)).toEqual(new Map([['b', 'ben']]))
  expect((await driver.read(source)).filter(({ key }) => key === 'a').map(({ value }) => value)).toEqual(['ann', null])
})

test('commit writes offsets and tables', async () => {
  const { app, orders } = orderCount()
  const driver = await drive(app)
  await driver.send(orders, { key: '1', value: { accountId: 'ann', amount: 3 } })
  expect(await driver.commit()).toBe(true)
  const { partitions } = app.status()
  expect(partitions.filter(({ committed, logEnd }) => logEnd > 0 && committed === logEnd)).toHaveLength(2)
})

test('two drivers in one process do not meet', async () => {
  const programs = [shout(), shout()]
  const driven = await Promise.all(programs.map(async (program) => ({ ...program, driver: await drive(program.app) })))
  await Promise.all(
    driven.map(async ({ driver, said }, index) => {
      await driver.send(said, { key: 'k', value: `hello ${index}` })
      await driver.advance(5000 * (index + 1))
    }),
  )
  const outputs = await Promise.all(driven.map(({ driver, shouted }) => driver.read(shouted)))
  expect(outputs.map((records) => records.map(({ value }) => value))).toEqual([['HELLO 0'], ['HELLO 1']])
  const [one, two] = driven.map(({ driver }) => driver.clock.monotonic())
  expect(two! - one!).toBe(5000)
})

test('calls that come together all succeed', async () => {
  const { app, said, shouted } = shout()
  const driver = await drive(app)
  await Promise.all([
    driver.send(said, { key: 'k', value: 'a' }),
    driver.advance(1000),
    driver.send(said, { key: 'k', value: 'b' }),
    driver.commit(),
  ])
  expect((await driver.read(shouted)).map(({ value }) => value)).toEqual(['A', 'B'])
})

test('a driver is disposed of like any other resource', async () => {
  const { app } = shout()
  const driver = await testApp(app)
  await driver[Symbol.asyncDispose]()
  await driver.close()
  expect(app.state).toBe('stopped')
})
