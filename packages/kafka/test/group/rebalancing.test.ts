import { expect, test } from 'vitest'
import { deferred } from '../../src/connection/wait.ts'
import { lostConnection } from './support/fake-coordinator.ts'
import { groupWorld } from './support/group-world.ts'

const ALL = 't 0,t 1,t 2,t 3'

test('the first JoinGroup may be answered 79 with a member id, with which it is sent again', async () => {
  const { clock, broker, member } = groupWorld()
  const one = member()
  await clock.run(() => one.consumer.start())
  const [first, second] = broker.of('JoinGroup').map(({ request }) => request.memberId)
  expect(first).toBe('')
  expect(second).toBe(one.consumer.membership()?.memberId)
  expect(one.events).toEqual([`assigned ${ALL}`])
  expect(one.consumer.assignment()).toHaveLength(4)
  expect(one.fetcher.here.size).toBe(4)
  await clock.run(() => one.consumer.close({ leave: false }))
})

test('JoinGroup and SyncGroup take the lane join, everything else control', async () => {
  const { clock, broker, member } = groupWorld()
  const one = member()
  await clock.run(() => one.consumer.start())
  await clock.run(() => one.consumer.heartbeat())
  await clock.run(() => one.consumer.commit([{ topic: 't', partition: 0, offset: 1 }]))
  await clock.run(() => one.consumer.close({ leave: true }))
  const lanes = new Map(broker.arrived.map(({ api, lane }) => [api, lane]))
  expect(Object.fromEntries(lanes)).toEqual({
    Metadata: 'control',
    FindCoordinator: 'control',
    JoinGroup: 'join',
    SyncGroup: 'join',
    Heartbeat: 'control',
    OffsetCommit: 'control',
    LeaveGroup: 'control',
  })
})

test('members of one client have lanes of their own for joins, or each would wait for the other', async () => {
  const { clock, broker, cluster, member, until } = groupWorld()
  const shared = cluster()
  const [one, two] = [member({ cluster: shared }), member({ cluster: shared })]
  await clock.run(() => one.consumer.start())
  await clock.run(() => two.consumer.start())
  await until(() => one.owned().length === 2 && two.owned().length === 2, 'both share')
  expect(new Set(broker.of('JoinGroup').map(({ lane }) => lane)).size).toBe(2)
  await clock.run(() => Promise.all([one.consumer.close({ leave: true }), two.consumer.close({ leave: true })]))
})

test('cooperative: only what moves is revoked, awaited, and an immediate join lets the other have it', async () => {
  const { clock, broker, member, until } = groupWorld()
  const hold = deferred()
  const one = member({ hooks: { onRevoked: () => hold.promise } })
  await clock.run(() => one.consumer.start())
  const two = member()
  const started = two.consumer.start()
  await until(() => one.events.at(-1)?.startsWith('revoked') === true, 'one is asked to give up')
  expect(one.consumer.assignment()).toHaveLength(2)
  expect(one.fetcher.here.size).toBe(2)
  await clock.advance(5_000)
  expect(two.owned()).toEqual([])
  const joins = broker.of('JoinGroup').length
  hold.resolve()
  await clock.run(() => started)
  await until(() => two.owned().length === 2, 'two has its share')
  expect(broker.of('JoinGroup').length).toBeGreaterThan(joins)
  const generation = one.consumer.membership()?.generation ?? 0
  expect(two.consumer.membership()?.generation).toBe(generation)
  await clock.advance(20_000)
  expect(one.consumer.membership()?.generation).toBe(generation)
  expect([...one.owned(), ...two.owned()].sort().join()).toBe(ALL)
})

test('eager: everything is revoked before every join and assigned anew after it', async () => {
  const { clock, member, until } = groupWorld()
  const one = member({ protocol: 'eager' })
  await clock.run(() => one.consumer.start())
  const two = member({ protocol: 'eager' })
  await clock.run(() => two.consumer.start())
  await until(() => two.owned().length === 2 && one.owned().length === 2, 'both share')
  expect(one.events.slice(0, 3)).toEqual([`assigned ${ALL}`, 'rejoin', `revoked ${ALL}`])
  expect(one.events.at(-1)).toMatch(/^assigned t \d,t \d$/)
})

test('user data travels to the leader and back as they are', async () => {
  const { clock, member, until } = groupWorld()
  const [one, two] = [member({ note: 'ä one' }), member({ note: 'two' })]
  await clock.run(() => one.consumer.start())
  await clock.run(() => two.consumer.start())
  await until(() => two.assignor.received.at(-1)?.userData === 'two|two,ä one', 'user data of both')
})

test('rejoin changes a nonce, so that a follower with the same user data is heard; calls together are one', async () => {
  const { clock, broker, member, until } = groupWorld()
  const [one, two] = [member(), member()]
  await clock.run(() => one.consumer.start())
  await clock.run(() => two.consumer.start())
  await until(() => one.owned().length === 2 && two.owned().length === 2, 'both share')
  await clock.advance(10_000)
  for (const each of [one, two]) {
    const generation = each.consumer.membership()?.generation ?? 0
    for (let turn = 0; turn < 5; turn++) each.consumer.rejoin(`turn ${turn}`)
    await clock.advance(20_000)
    expect(each.consumer.membership()?.generation).toBe(generation + 1)
    expect(each.events.slice(-2)).toEqual(['rejoin', 'assigned '])
  }
  const last = broker.of('JoinGroup').slice(-2)
  expect(last.every(({ request }) => request.instanceId === null)).toBe(true)
})

test('a lost answer to JoinGroup is asked for again with the same bytes', async () => {
  const { clock, broker, member } = groupWorld()
  let lost = 0
  broker.script('JoinGroup', async ({ request }, pass) => {
    const answer = await pass()
    if (request.memberId !== '' && lost++ === 0) throw lostConnection()
    return answer
  })
  const one = member()
  await clock.run(() => one.consumer.start())
  const [, second, third] = broker.of('JoinGroup').map(({ request }) => request)
  expect(third).toEqual(second)
  expect(one.owned().join()).toBe(ALL)
})

test('the coordinator that moves (14, 15, 16) is followed', async () => {
  const { clock, broker, member, until } = groupWorld()
  const one = member()
  await clock.run(() => one.consumer.start())
  broker.coordinator = 2
  broker.script('Heartbeat', ({ node }, pass) => (node === 2 ? pass() : { throttleTime: 0, error: 16 }))
  broker.script('OffsetCommit', () => ({ throttleTime: 0, partitions: [{ topic: 't', partition: 0, error: 14 }] }), 1)
  await clock.run(() => one.consumer.heartbeat())
  await clock.run(() => one.consumer.commit([{ topic: 't', partition: 0, offset: 3 }]))
  expect(broker.of('OffsetCommit').map(({ node }) => node)).toEqual([2, 2])
  await until(() => broker.of('Heartbeat').at(-1)?.node === 2, 'heartbeats go to the new one')
  expect(one.events).toEqual([`assigned ${ALL}`])
})

test('every member watches partition counts and topics that come later', async () => {
  const { clock, broker, member, until } = groupWorld()
  const [one, two] = [member({ topics: ['t', 'later'] }), member({ topics: ['t', 'later'] })]
  await clock.run(() => one.consumer.start())
  await clock.run(() => two.consumer.start())
  await until(() => one.owned().length === 2 && two.owned().length === 2, 'both share')
  broker.topics.set('t', 6)
  broker.topics.set('later', 2)
  await until(() => one.owned().length + two.owned().length === 8, 'what is new is shared', 70_000)
})

test('a plan that its leader cannot make for want of topics is made in another round, and nothing is lost', async () => {
  const { clock, broker, member } = groupWorld()
  const one = member({ rebalanceTimeout: 8_000 })
  await clock.run(() => one.consumer.start())
  const stop = broker.script('Metadata', () => {
    throw lostConnection()
  })
  one.consumer.rejoin('test')
  await clock.advance(5_000)
  stop()
  await clock.advance(10_000)
  expect(one.events).toEqual([`assigned ${ALL}`, 'rejoin', 'assigned '])
})
