import { isFaustError } from '@faust/core'
import { expect, test } from 'vitest'
import { groupWorld, place } from './support/group-world.ts'

const ALL = 't 0,t 1,t 2,t 3'
const codeOf = (error: unknown): string => (isFaustError(error) ? error.code : String(error))

test('● static members send the instance id in every request of the group', async () => {
  const { clock, broker, member } = groupWorld()
  const one = member({ instanceId: 'name' })
  await clock.run(() => one.consumer.start())
  await clock.run(() => one.consumer.heartbeat())
  await clock.run(() => one.consumer.commit([{ ...place(0), offset: 1 }]))
  await clock.run(() => one.consumer.close({ leave: true }))
  for (const api of ['JoinGroup', 'SyncGroup', 'Heartbeat', 'OffsetCommit']) {
    expect(broker.of(api).map(({ request }) => request.instanceId)).toContain('name')
    expect(new Set(broker.of(api).map(({ request }) => request.instanceId)).size).toBe(1)
  }
  expect(broker.of('LeaveGroup')[0]?.request.members[0].instanceId).toBe('name')
  expect(one.consumer.membership()).toBeNull()
})

test('● a static restart into a stable group is no rebalance, and a rejoin after it is one', async () => {
  const { clock, member, until } = groupWorld()
  const [one, two] = [member(), member({ instanceId: 'name' })]
  await clock.run(() => one.consumer.start())
  await clock.run(() => two.consumer.start())
  await until(() => one.owned().length === 2 && two.owned().length === 2, 'both share')
  await clock.advance(5_000)
  const [events, owned, generation] = [one.events.length, two.owned(), one.consumer.membership()?.generation ?? 0]
  await clock.run(() => two.consumer.close({ leave: false }))
  const again = member({ instanceId: 'name' })
  await clock.run(() => again.consumer.start())
  expect(again.owned()).toEqual(owned)
  await clock.advance(20_000)
  expect(one.events).toHaveLength(events)
  expect(again.consumer.membership()?.generation).toBe(generation)
  again.consumer.rejoin('its address is another one')
  await clock.advance(5_000)
  expect(one.consumer.membership()?.generation).toBe(generation + 1)
  expect(again.owned()).toEqual(owned)
})

test('● the restarted static leader sees the old leader id, and follows', async () => {
  const { clock, broker, member } = groupWorld()
  const one = member({ instanceId: 'name' })
  await clock.run(() => one.consumer.start())
  await clock.run(() => one.consumer.close({ leave: false }))
  const again = member({ instanceId: 'name' })
  await clock.run(() => again.consumer.start())
  expect(again.owned().join()).toBe(ALL)
  expect(again.assignor.led).toBe(0)
  expect(broker.of('SyncGroup').at(-1)?.request.assignments).toEqual([])
})

test('● 82: the newer instance wins; the older never joins again and takes nothing with it', async () => {
  const { clock, broker, member, until } = groupWorld()
  const one = member({ instanceId: 'name' })
  await clock.run(() => one.consumer.start())
  const two = member({ instanceId: 'name' })
  await clock.run(() => two.consumer.start())
  await until(() => one.fetcher.failure !== null, 'one is fenced')
  const joins = broker.of('JoinGroup').length
  expect(one.events.at(-1)).toBe(`lost ${ALL}`)
  expect(one.consumer.membership()).toBeNull()
  const calls = [
    () => one.consumer.poll({ maxWait: 0 }),
    () => one.consumer.commit([{ ...place(0), offset: 1 }]),
    () => one.consumer.heartbeat(),
  ]
  for (const call of calls) expect(await clock.run(() => call().then(() => '', codeOf))).toBe('FAUST_INSTANCE_FENCED')
  expect(one.fetcher.failure?.message).toContain('"name"')
  await clock.advance(60_000)
  expect(broker.of('JoinGroup')).toHaveLength(joins)
  await clock.run(() => one.consumer.close({ leave: true }))
  expect(broker.of('LeaveGroup')).toEqual([])
  expect(two.owned().join()).toBe(ALL)
})

test('LeaveGroup is sent with close({ leave: true }) only, after onRevoked', async () => {
  const { clock, broker, member, until } = groupWorld()
  const [one, two] = [member({ sessionTimeout: 30_000 }), member({ sessionTimeout: 30_000 })]
  await clock.run(() => one.consumer.start())
  await clock.run(() => two.consumer.start())
  await until(() => one.owned().length === 2 && two.owned().length === 2, 'both share')
  await clock.run(() => two.consumer.close({ leave: false }))
  expect(two.events.at(-1)).toMatch(/^revoked t \d,t \d$/)
  expect(broker.of('LeaveGroup')).toEqual([])
  await until(() => one.owned().length === 4, 'its session is over')
  const id = one.consumer.membership()?.memberId
  await clock.run(() => one.consumer.close({ leave: true }))
  expect(broker.of('LeaveGroup').map(({ request }) => request.members)).toEqual([[{ memberId: id, instanceId: null }]])
})

test('an assignor that others do not share ends the consumer with FAUST_GROUP_PROTOCOL', async () => {
  const { clock, broker, member } = groupWorld()
  const answer = { throttleTime: 0, error: 23, generation: -1, protocol: '', leader: '', memberId: '', members: [] }
  broker.script('JoinGroup', () => answer)
  const one = member()
  expect(await clock.run(() => one.consumer.start().then(() => '', codeOf))).toBe('FAUST_GROUP_PROTOCOL')
  expect(await clock.run(() => one.consumer.poll({ maxWait: 0 }).then(() => '', codeOf))).toBe('FAUST_GROUP_PROTOCOL')
})

test('a hook that throws ends the consumer', async () => {
  const { clock, broker, member } = groupWorld()
  const failure = new Error('broken hook')
  const one = member({ hooks: { onAssigned: () => Promise.reject(failure) } })
  expect(await clock.run(() => one.consumer.start().catch((error: unknown) => error))).toBe(failure)
  expect(one.consumer.membership()).toBeNull()
  const heartbeats = broker.of('Heartbeat').length
  await clock.advance(60_000)
  expect(broker.of('Heartbeat')).toHaveLength(heartbeats)
  await clock.run(() => one.consumer.close({ leave: false }))
})
