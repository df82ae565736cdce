import { json } from '@faust/core'
import { expect, test } from 'vitest'
import { virtualClock } from '../../src/index.ts'
import { drive, newApp, orderCount, shout } from './programs.ts'

const order = (accountId: string): { key: string; value: { accountId: string; amount: number } } => ({
  key: accountId,
  value: { accountId, amount: 1 },
})

test('the same program once more finds its tables and goes on behind what it has done', async () => {
  const first = orderCount()
  const before = await drive(first.app)
  await before.send(first.orders, [order('ann'), order('ann'), order('ben')])
  await before.close()
  const second = orderCount()
  const after = await drive(second.app, { world: before.world })
  expect(await after.table(second.counts)).toEqual(
    new Map([
      ['ann', 2],
      ['ben', 1],
    ]),
  )
  await after.send(second.orders, order('ann'))
  expect((await after.table(second.counts)).get('ann')).toBe(3)
  expect(await after.read(second.orders)).toHaveLength(1)
  expect(await before.read(first.orders)).toHaveLength(4)
})

test('after a crash comes again what was not committed, and nothing else', async () => {
  const first = shout({ workerId: 'one' })
  const before = await drive(first.app)
  await before.send(first.said, { key: 'k', value: 'committed' })
  await before.commit()
  await before.send(first.said, { key: 'k', value: 'not committed' })
  await before.crash()
  await expect(before.advance(1)).rejects.toMatchObject({ code: 'FAUST_CLOSED' })
  const second = shout({ workerId: 'one' })
  const after = await drive(second.app, { world: before.world })
  expect((await after.read(second.shouted)).map(({ value }) => value)).toEqual(['NOT COMMITTED'])
  expect((await before.read(first.shouted)).map(({ value }) => value)).toEqual([
    'COMMITTED',
    'NOT COMMITTED',
    'NOT COMMITTED',
  ])
})

test('a crashed worker without a kept identity is waited for as long as its session', async () => {
  const first = shout()
  const before = await drive(first.app)
  await before.crash()
  const crashed = before.clock.monotonic()
  const second = shout()
  const after = await drive(second.app, { world: before.world })
  await after.send(second.said, { key: 'k', value: 'hello' })
  expect(await after.read(second.shouted)).toHaveLength(1)
  expect(after.clock.monotonic() - crashed).toBeLessThanOrEqual(10_000)
})

test('an app beside another one is part of what follows', async () => {
  const { app, said, shouted } = shout({ id: 'shouter' })
  const one = await drive(app)
  const reader = newApp({ id: 'reader' })
  const seen: string[] = []
  reader.agent('read', reader.topic<string>('shouted'), async (stream) => {
    for await (const value of stream) seen.push(value)
  })
  const two = await drive(reader, { world: one.world })
  expect(two.clock).toBe(one.clock)
  await one.send(said, { key: 'k', value: 'hello' })
  expect(seen).toEqual(['HELLO'])
  expect(await two.read(shouted)).toHaveLength(1)
  expect(await one.read(shouted)).toHaveLength(1)
  await two.close()
  await one.send(said, { key: 'k', value: 'again' })
  expect(await one.read(shouted)).toHaveLength(1)
})

test('two workers of one app share its partitions, and the one that stays takes over', async () => {
  const programs = [orderCount(), orderCount()] as const
  const accounts = Array.from({ length: 10 }, (_, index) => `account-${index}`)
  const one = await drive(programs[0].app)
  await one.send(programs[0].orders, accounts.map(order))
  const two = await drive(programs[1].app, { world: one.world })
  await two.advance(5000)
  expect(programs.map(({ app }) => app.status().partitions.length)).toEqual([4, 4])
  await two.send(programs[1].orders, accounts.map(order))
  const tables = [await one.table(programs[0].counts), await two.table(programs[1].counts)]
  expect(tables.map(({ size }) => size > 0)).toEqual([true, true])
  expect(tables.flatMap((table) => [...table.values()])).toEqual(accounts.map(() => 2))
  await one.commit()
  await two.commit()
  await one.crash()
  await two.advance(20_000)
  expect(await two.table(programs[1].counts)).toEqual(new Map(accounts.map((account) => [account, 2])))
})

test('handlers that hang hold up neither a rebalance nor a stop', async () => {
  const clock = virtualClock()
  const program = (hangs: boolean) => {
    const app = newApp({ revokeTimeout: 1000, stopTimeout: 1000, stallTimeout: 3_600_000 })
    const input = app.topic<string>('input', { partitions: 2 })
    const seen: string[] = []
    app.agent('work', input, { isolatedPartitions: true }, async (stream) => {
      for await (const value of stream) {
        if (hangs) await new Promise<void>((resolve) => void clock.setTimeout(resolve, 3_600_000))
        seen.push(value)
      }
    })
    return { app, input, seen }
  }
  const [hanging, healthy] = [program(true), program(false)]
  const one = await drive(hanging.app, { clock, patience: 0 })
  await one.send(hanging.input, [
    { value: 'a', partition: 0 },
    { value: 'b', partition: 1 },
  ])
  const two = await drive(healthy.app, { world: one.world, patience: 0 })
  await two.advance(10_000)
  expect(hanging.app.status().partitions).toHaveLength(1)
  expect(healthy.seen).toHaveLength(1)
  await one.close()
  await two.advance(10_000)
  expect(healthy.seen.toSorted()).toEqual(['a', 'b'])
  expect(hanging.seen).toEqual([])
})

test('two versions of an app share their source and nothing else', async () => {
  const program = (version: number) => {
    const app = newApp({ id: 'shop', version })
    const orders = app.topic('orders', { value: json<{ account: string }>() })
    const byAccount = orders.groupBy('account')
    const counts = app.table('counts', { value: json<number>(), default: () => 0 })
    app.agent('count', byAccount, { tables: [counts] }, async (stream) => {
      for await (const { account } of stream) await counts.update(account, (count) => count + 1)
    })
    return { app, orders, byAccount, counts }
  }
  const [old, next] = [program(1), program(2)]
  const first = await drive(old.app)
  await first.send(old.orders, [{ value: { account: 'a' } }, { value: { account: 'a' } }])
  const second = await drive(next.app, { world: first.world })
  expect(await second.table(next.counts)).toEqual(new Map([['a', 2]]))
  expect(await second.read(next.byAccount)).toHaveLength(2)
  expect(await first.read(old.byAccount)).toHaveLength(2)
  expect(await first.table(old.counts)).toEqual(new Map([['a', 2]]))
})
