import { expect, test } from 'vitest'
import { deferred } from '../../src/connection/wait.ts'
import { never } from './support/fake-coordinator.ts'
import { groupWorld, place } from './support/group-world.ts'

test('close is idempotent, awaits its own end, and nothing is sent after it', async () => {
  const { clock, broker, member } = groupWorld()
  const one = member()
  await clock.run(() => one.consumer.start())
  const first = one.consumer.close({ leave: false })
  expect(one.consumer.close({ leave: true })).toBe(first)
  await clock.run(() => first)
  expect(one.fetcher.closed).toBe(1)
  expect([one.consumer.membership(), one.consumer.assignment()]).toEqual([null, []])
  await expect(one.consumer.poll({ maxWait: 0 })).rejects.toMatchObject({ code: 'FAUST_CLOSED' })
  await expect(one.consumer.start()).rejects.toMatchObject({ code: 'FAUST_CLOSED' })
  const sent = (): number => broker.arrived.filter(({ api }) => api !== 'Metadata').length
  const before = sent()
  await clock.advance(120_000)
  expect(sent()).toBe(before)
})

test('one that was never started can be closed', async () => {
  const { clock, broker, member } = groupWorld()
  const one = member()
  await clock.run(() => one.consumer.close({ leave: true }))
  expect(broker.arrived).toEqual([])
})

test('close during a join lets it end, so that the last commit counts as the new generation', async () => {
  const { clock, broker, member } = groupWorld()
  const one = member({
    hooks: { onRevoked: (gone) => one.consumer.commit(gone.map((each) => ({ ...each, offset: 4 }))) },
  })
  await clock.run(() => one.consumer.start())
  const hold = deferred()
  broker.script('JoinGroup', (_, pass) => hold.promise.then(pass), 1)
  one.consumer.rejoin('test')
  await clock.advance(10)
  const closed = one.consumer.close({ leave: true })
  await clock.advance(2_000)
  expect(broker.of('LeaveGroup')).toEqual([])
  hold.resolve()
  await clock.run(() => closed)
  expect(broker.of('OffsetCommit').map(({ request }) => request.generation)).toEqual([2])
  expect(broker.stored.size).toBe(4)
  const order = broker.arrived.map(({ api }) => api)
  expect(order.indexOf('LeaveGroup')).toBeGreaterThan(order.indexOf('OffsetCommit'))
})

test('close during a join that does not end gives it up in time, and the old generation commits', async () => {
  const { clock, broker, member } = groupWorld()
  const one = member({
    hooks: { onRevoked: (gone) => one.consumer.commit(gone.map((each) => ({ ...each, offset: 4 }))) },
  })
  await clock.run(() => one.consumer.start())
  broker.script('JoinGroup', never)
  one.consumer.rejoin('test')
  await clock.advance(10)
  const begin = clock.monotonic()
  await clock.run(() => one.consumer.close({ leave: true }))
  expect(clock.monotonic() - begin).toBeLessThan(6_000)
  expect(broker.of('OffsetCommit').map(({ request }) => request.generation)).toEqual([1])
  expect(broker.of('LeaveGroup')).toHaveLength(1)
  expect(broker.closedLanes).toContain('join')
})

test('close while the first join waits rejects start, and commits and hooks are not left hanging', async () => {
  const { clock, broker, member } = groupWorld()
  broker.script('JoinGroup', never)
  const one = member()
  const started = one.consumer.start().catch((error: unknown) => error)
  await clock.advance(10)
  const call = one.consumer.commit([{ ...place(0), offset: 1 }]).catch((error: unknown) => error)
  await clock.run(() => one.consumer.close({ leave: true }))
  expect(await started).toMatchObject({ code: 'FAUST_CLOSED' })
  expect(await call).toMatchObject({ code: 'FAUST_MEMBER_UNKNOWN' })
  expect(one.events).toEqual([])
})

test('close waits for a hook under way, at most the rebalance time-out, and never runs two', async () => {
  const { clock, member } = groupWorld()
  const one = member({ rebalanceTimeout: 5_000, hooks: { onRejoin: never } })
  await clock.run(() => one.consumer.start())
  one.consumer.rejoin('test')
  await clock.advance(10)
  const begin = clock.monotonic()
  await clock.run(() => one.consumer.close({ leave: false }))
  expect(clock.monotonic() - begin).toBeLessThanOrEqual(10_100)
  expect(one.events.at(-1)).toBe('rejoin …')
})

test('a coordinator that does not answer LeaveGroup holds up no close', async () => {
  const { clock, broker, member } = groupWorld()
  broker.script('LeaveGroup', never)
  const one = member()
  await clock.run(() => one.consumer.start())
  const begin = clock.monotonic()
  await clock.run(() => one.consumer.close({ leave: true }))
  expect(clock.monotonic() - begin).toBeLessThan(6_000)
})

test.each([
  ['a hook that hangs', { hooks: { onRejoin: never } }],
  ['a last hook that hangs', { hooks: { onRevoked: never } }],
  ['a coordinator that does not answer', {}],
])('close takes no longer than it is given, whatever it waits for: %s', async (_, options) => {
  const { clock, broker, member } = groupWorld()
  const one = member(options)
  await clock.run(() => one.consumer.start())
  broker.script('LeaveGroup', never)
  one.consumer.rejoin('test')
  await clock.advance(10)
  const begin = clock.monotonic()
  await clock.run(() => one.consumer.close({ leave: true, within: 700 }))
  expect(clock.monotonic() - begin).toBeLessThanOrEqual(800)
})
