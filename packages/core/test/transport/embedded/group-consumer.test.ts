import { expect, test } from 'vitest'
import { fixture, record } from './support/fixture.ts'
import { member } from './support/member.ts'

test('a member gets all partitions, reads after seek and commits', async () => {
  const { clock, worker } = fixture()
  const transport = await worker()
  await transport.admin.declareTopics([{ name: 'orders', partitions: 2 }])
  const producer = transport.producer()
  await producer.init()
  await producer.send('orders', 0, [record('a', '1'), record('b', '2')])
  await producer.send('orders', 1, [record('c', '3')])

  const one = member(transport, { topics: ['orders'], from: null })
  await clock.until(one.consumer.start())
  expect(one.holds).toEqual(['orders-0', 'orders-1'])
  expect(await one.values()).toEqual([])
  one.consumer.seek({ topic: 'orders', partition: 0 }, 1)
  one.consumer.seek({ topic: 'orders', partition: 1 }, 0)
  expect((await one.values()).toSorted((a, b) => Number(a) - Number(b))).toEqual(['2', '3'])
  await one.consumer.commit([{ topic: 'orders', partition: 0, offset: 2, metadata: 'm' }])
  const committed = await transport.admin.committedOffsets(
    'group',
    [
      { topic: 'orders', partition: 0 },
      { topic: 'orders', partition: 1 },
    ],
    { requireStable: true },
  )
  expect(committed).toEqual([
    { topic: 'orders', partition: 0, offset: 2, metadata: 'm', leaderEpoch: -1 },
    { topic: 'orders', partition: 1, offset: null, metadata: '', leaderEpoch: -1 },
  ])
  await clock.until(one.consumer.close({ leave: true }))
  expect(one.diary).toEqual(['assigned orders-0 orders-1', 'revoked orders-0 orders-1'])
})

test('a second member takes over half, and the first keeps reading what it keeps', async () => {
  const { clock, worker } = fixture()
  const [a, b] = [await worker(), await worker()]
  await a.admin.declareTopics([{ name: 'orders', partitions: 4 }])
  const one = member(a, { topics: ['orders'] })
  await clock.until(one.consumer.start())
  const two = member(b, { topics: ['orders'] })
  const started = two.consumer.start()
  await clock.advance(10_000)
  await started
  expect(one.holds).toHaveLength(2)
  expect(two.holds).toHaveLength(2)
  expect([...one.holds, ...two.holds].sort()).toEqual(['orders-0', 'orders-1', 'orders-2', 'orders-3'])
  expect(one.consumer.membership()?.generation).toBe(two.consumer.membership()?.generation)
  await clock.until(two.consumer.close({ leave: true }))
  await clock.advance(10_000)
  expect(one.holds).toHaveLength(4)
  await clock.until(a.close())
  await clock.until(b.close())
})
