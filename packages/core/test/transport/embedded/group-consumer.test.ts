import { expect, test } from 'vitest'
import { sleep } from '../../../src/service/wait.ts'
import type { TopicPartition } from '../../../src/transport/record.ts'
import { faultyLink } from './support/faulty-link.ts'
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

test('eager gives up everything before it joins again, and gets its own back', async () => {
  const { clock, worker } = fixture()
  const transport = await worker()
  await transport.admin.declareTopics([{ name: 'orders', partitions: 2 }])
  const one = member(transport, { topics: ['orders'], protocol: 'eager' })
  await clock.until(one.consumer.start())
  one.consumer.rejoin('test')
  one.consumer.rejoin('test again')
  await clock.advance(1000)
  expect(one.diary).toEqual([
    'assigned orders-0 orders-1',
    'rejoin',
    'revoked orders-0 orders-1',
    'assigned orders-0 orders-1',
  ])
  expect(one.assignor.received.map(({ membership }) => membership.generation)).toEqual([1, 2])
  await clock.until(transport.close())
})

test('a commit waits for the join under way; what was not held all the time is never sent', async () => {
  const { clock, log, worker } = fixture()
  const [a, b] = [await worker(), await worker()]
  await a.admin.declareTopics([{ name: 'orders', partitions: 2 }])
  const one = member(a, { topics: ['orders'] })
  await clock.until(one.consumer.start())
  const two = member(b, { topics: ['orders'], hooks: { onRejoin: () => sleep(clock, 2000) } })
  await clock.until(two.consumer.start())
  await clock.advance(10_000)
  const [kept] = one.consumer.assignment()
  const [foreign] = two.consumer.assignment()
  expect(one.holds).toHaveLength(1)
  // The group waits for the other, whose hook takes its time: this one has sent its join already.
  one.consumer.rejoin('test')
  await clock.advance(100)
  const commit = one.consumer.commit([{ ...(kept as TopicPartition), offset: 7 }])
  await clock.advance(100)
  const read = () => log.fetchOffsets('group', [kept as TopicPartition], { requireStable: true })[0]?.offset
  expect(read()).toBeNull()
  await clock.advance(10_000)
  await commit
  expect(read()).toBe(7)
  const stale = { code: 'FAUST_GENERATION_STALE' }
  await expect(one.consumer.commit([{ ...(foreign as TopicPartition), offset: 9 }])).rejects.toMatchObject(stale)
  await clock.until(a.close())
  await clock.until(b.close())
})

test('without an answer for a session a member gives up, and joins again when the log is back', async () => {
  let cut = false
  const { clock, worker } = fixture()
  const transport = await worker({ link: faultyLink(clock, () => (cut ? 'lose-request' : null)) })
  await transport.admin.declareTopics([{ name: 'orders', partitions: 1 }])
  const one = member(transport, { topics: ['orders'] })
  await clock.until(one.consumer.start())
  const before = one.consumer.membership()
  cut = true
  await clock.advance(8000)
  expect(one.consumer.membership()).toEqual(before)
  await clock.advance(8000)
  expect(one.consumer.membership()).toBeNull()
  expect(one.diary).toEqual(['assigned orders-0', 'lost orders-0'])
  cut = false
  await clock.advance(20_000)
  expect(one.diary.at(-1)).toBe('assigned orders-0')
  expect(one.consumer.membership()?.memberId).not.toBe(before?.memberId)
  await clock.until(transport.close())
})

test('a hook that throws ends the consumer, which can still leave', async () => {
  const { clock, log, worker } = fixture()
  const transport = await worker()
  await transport.admin.declareTopics([{ name: 'orders', partitions: 1 }])
  const failing = { onAssigned: () => Promise.reject(new Error('the hook failed')) }
  const one = member(transport, { topics: ['orders'], hooks: failing })
  await expect(clock.until(one.consumer.start())).rejects.toThrow('the hook failed')
  await expect(one.consumer.poll({ maxWait: 0 })).rejects.toThrow('the hook failed')
  expect(one.diary).toEqual(['assigned orders-0', 'lost orders-0'])
  await clock.until(one.consumer.close({ leave: true }))
  expect(log.describeGroups(['group'])[0]?.members).toEqual([])
  await clock.until(transport.close())
})

test('an onRejoin that takes too long is not waited for, and no hook is called beside it', async () => {
  const { clock, worker } = fixture()
  const transport = await worker()
  await transport.admin.declareTopics([{ name: 'orders', partitions: 1 }])
  let running = 0
  let overlaps = 0
  const watch = async (ms: number) => {
    overlaps += running++
    await sleep(clock, ms)
    running--
  }
  const hooks = { onRejoin: () => watch(1500), onAssigned: () => watch(0) }
  const one = member(transport, { topics: ['orders'], hooks, rebalanceTimeout: 2000 })
  await clock.until(one.consumer.start())
  one.consumer.rejoin('test')
  await clock.advance(1200)
  // It joined after half the rebalance time-out, and waits for the hook before it calls the next.
  expect(one.assignor.received).toHaveLength(2)
  expect(one.diary).toEqual(['assigned orders-0', 'rejoin'])
  await clock.advance(1000)
  expect(one.diary).toEqual(['assigned orders-0', 'rejoin', 'assigned'])
  expect(overlaps).toBe(0)
  await clock.until(transport.close())
})

test('new partitions, new topics and deleted topics lead to a rebalance', async () => {
  const { clock, log, worker } = fixture()
  const transport = await worker()
  await transport.admin.declareTopics([{ name: 'orders', partitions: 1 }])
  const one = member(transport, { topics: ['orders', 'later'] })
  await clock.until(one.consumer.start())
  expect(one.holds).toEqual(['orders-0'])
  log.createPartitions('orders', 2)
  await clock.advance(1000)
  expect(one.holds).toEqual(['orders-0', 'orders-1'])
  log.createTopics([{ name: 'later', partitions: 1 }, { name: 'unrelated' }])
  await clock.advance(1000)
  expect(one.holds).toEqual(['later-0', 'orders-0', 'orders-1'])
  const generation = one.consumer.membership()?.generation
  log.createTopics([{ name: 'also unrelated'.replaceAll(' ', '-') }])
  await clock.advance(1000)
  expect(one.consumer.membership()?.generation).toBe(generation)
  log.deleteTopics(['orders'])
  await clock.advance(1000)
  expect(one.holds).toEqual(['later-0'])
  await clock.until(transport.close())
})

test('the newer life of an instance fences the older for good, which names the identity', async () => {
  const { clock, worker } = fixture()
  const [a, b] = [await worker(), await worker()]
  await a.admin.declareTopics([{ name: 'orders', partitions: 1 }])
  const older = member(a, { topics: ['orders'], instanceId: 'worker-1' })
  await clock.until(older.consumer.start())
  const newer = member(b, { topics: ['orders'], instanceId: 'worker-1' })
  await clock.until(newer.consumer.start())
  await clock.advance(4000)
  const fenced = { code: 'FAUST_INSTANCE_FENCED', message: expect.stringContaining('worker-1') as string }
  await expect(older.consumer.poll({ maxWait: 0 })).rejects.toMatchObject(fenced)
  await expect(older.consumer.commit([])).rejects.toMatchObject(fenced)
  expect(older.diary).toEqual(['assigned orders-0', 'lost orders-0'])
  await clock.advance(60_000)
  expect(older.consumer.membership()).toBeNull()
  expect(newer.consumer.membership()).not.toBeNull()
  await clock.until(a.close())
  await clock.until(b.close())
})

test.each([
  ['a last hook that hangs', () => new Promise<void>(() => {}), false],
  ['a log that is out of reach', undefined, true],
])('close takes no longer than it is given, whatever it waits for: %s', async (_, onRevoked, cut) => {
  const { clock, worker } = fixture()
  let away = false
  const transport = await worker({ link: faultyLink(clock, () => (away ? 'lose-request' : null)) })
  await transport.admin.declareTopics([{ name: 'orders', partitions: 1 }])
  const one = member(transport, { topics: ['orders'], hooks: onRevoked === undefined ? {} : { onRevoked } })
  await clock.until(one.consumer.start())
  away = cut
  const begun = clock.monotonic()
  await clock.until(one.consumer.close({ leave: true, within: 700 }))
  expect(clock.monotonic() - begun).toBeLessThanOrEqual(1000)
})
