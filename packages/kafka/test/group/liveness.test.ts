import { isFaustError } from '@faust/core'
import { expect, test } from 'vitest'
import { deferred, sleep } from '../../src/connection/wait.ts'
import { never } from './support/fake-coordinator.ts'
import { groupWorld, place } from './support/group-world.ts'

const ALL = 't 0,t 1,t 2,t 3'
const codeOf = (error: unknown): string => (isFaustError(error) ? error.code : String(error))
const outcome = (call: Promise<void>): Promise<string> => call.then(() => 'well', codeOf)

test('● heartbeats go on while hooks are awaited', async () => {
  const { clock, broker, member } = groupWorld()
  const hold = { onRejoin: deferred(), onAssigned: deferred() }
  const one = member({ hooks: { onRejoin: () => hold.onRejoin.promise, onAssigned: () => hold.onAssigned.promise } })
  void one.consumer.start()
  await clock.advance(25_000)
  expect(one.events).toEqual([`assigned ${ALL} …`])
  expect(broker.of('Heartbeat').length).toBeGreaterThanOrEqual(8)
  hold.onAssigned.resolve()
  await clock.advance(100)
  one.consumer.rejoin('test')
  const before = broker.of('Heartbeat').length
  await clock.advance(25_000)
  expect(broker.of('Heartbeat').length).toBeGreaterThanOrEqual(before + 8)
  expect(one.events.at(-1)).toBe('rejoin …')
  hold.onRejoin.resolve()
  await clock.advance(1_000)
  expect(one.consumer.membership()?.generation).toBe(2)
})

test('● heartbeats stop from JoinGroup to its answer, and go on before SyncGroup is answered', async () => {
  const { clock, broker, member } = groupWorld()
  const one = member({ sessionTimeout: 60_000 })
  await clock.run(() => one.consumer.start())
  const [join, sync] = [deferred(), deferred()]
  broker.script('JoinGroup', (_, pass) => join.promise.then(pass), 1)
  broker.script('SyncGroup', (_, pass) => sync.promise.then(pass), 1)
  one.consumer.rejoin('test')
  await clock.advance(20_000)
  expect(broker.of('Heartbeat').filter(({ at }) => at > 3_000)).toEqual([])
  join.resolve()
  await clock.advance(8_000)
  const beats = broker.of('Heartbeat').map(({ request }) => request.generation)
  expect(beats.slice(-2)).toEqual([2, 2])
  sync.resolve()
  await clock.advance(100)
  expect(one.events).toEqual([`assigned ${ALL}`, 'rejoin', 'assigned '])
})

test('onRejoin is awaited for half the rebalance time-out, and hooks stay one at a time', async () => {
  const { clock, member } = groupWorld()
  const hold = deferred()
  const one = member({ rebalanceTimeout: 10_000, hooks: { onRejoin: () => hold.promise } })
  await clock.run(() => one.consumer.start())
  one.consumer.rejoin('test')
  await clock.advance(4_900)
  expect(one.consumer.membership()?.generation).toBe(1)
  await clock.advance(200)
  expect(one.consumer.membership()?.generation).toBe(2)
  expect(one.events.at(-1)).toBe('rejoin …')
  hold.resolve()
  await clock.advance(10)
  expect(one.events.at(-1)).toBe('assigned ')
})

test('a slow hook and a refused heartbeat: the loss counts at once, onLost comes when the hook is over', async () => {
  const { clock, broker, member } = groupWorld()
  const hold = deferred()
  let late = ''
  const one = member({
    hooks: {
      onRejoin: async () => {
        await hold.promise
        late = await outcome(one.consumer.commit([{ ...place(0), offset: 1 }]))
      },
    },
  })
  await clock.run(() => one.consumer.start())
  one.consumer.rejoin('test')
  await clock.advance(10)
  broker.script('Heartbeat', () => ({ throttleTime: 0, error: 25 }), 1)
  await clock.advance(3_000)
  expect(one.consumer.membership()).toBeNull()
  expect(one.fetcher.here.size).toBe(0)
  expect(one.events.at(-1)).toBe('rejoin …')
  hold.resolve()
  // The group waits for the member of before until its session is over.
  await clock.advance(15_000)
  expect(late).toBe('FAUST_MEMBER_UNKNOWN')
  expect(one.events.slice(1)).toEqual(['rejoin', `lost ${ALL}`, `assigned ${ALL}`])
  expect(broker.of('OffsetCommit')).toEqual([])
})

test('22 from a heartbeat without a join under way is a loss', async () => {
  const { clock, broker, member, until } = groupWorld()
  const one = member()
  await clock.run(() => one.consumer.start())
  broker.script('Heartbeat', () => ({ throttleTime: 0, error: 22 }), 1)
  expect(await clock.run(() => outcome(one.consumer.heartbeat()))).toBe('FAUST_GENERATION_STALE')
  await until(() => one.events.length === 3, 'it is back')
  expect(one.events).toEqual([`assigned ${ALL}`, `lost ${ALL}`, `assigned ${ALL}`])
})

test('a late answer to a heartbeat of an older generation is not listened to', async () => {
  const { clock, broker, member } = groupWorld()
  const one = member()
  await clock.run(() => one.consumer.start())
  const hold = deferred()
  broker.script('Heartbeat', () => hold.promise.then(() => ({ throttleTime: 0, error: 22 })), 1)
  const proof = outcome(one.consumer.heartbeat())
  await clock.advance(10)
  one.consumer.rejoin('test')
  await clock.advance(100)
  expect(one.consumer.membership()?.generation).toBe(2)
  hold.resolve()
  expect(await clock.run(() => proof)).toBe('well')
  expect(one.events).toEqual([`assigned ${ALL}`, 'rejoin', 'assigned '])
})

test('a session without an answer is lost by time', async () => {
  const { clock, broker, member, until } = groupWorld()
  const [one, two] = [member(), member()]
  await clock.run(() => one.consumer.start())
  await clock.run(() => two.consumer.start())
  await until(() => one.owned().length === 2 && two.owned().length === 2, 'both share')
  await clock.advance(4_000)
  const id = one.consumer.membership()?.memberId
  const stop = broker.script('Heartbeat', ({ request }, pass) => (request.memberId === id ? never() : pass()))
  const at = clock.monotonic()
  await until(() => one.consumer.membership() === null, 'it is lost')
  expect(clock.monotonic() - at).toBeLessThanOrEqual(10_100)
  stop()
  await until(() => one.owned().length === 2 && two.owned().length === 2, 'both share again')
  expect(one.events.filter((event) => event.startsWith('lost'))).toHaveLength(1)
})

test('the coordinator is lost during SyncGroup: 22 from the new one is another join, not a loss', async () => {
  const { clock, broker, member } = groupWorld()
  const one = member()
  await clock.run(() => one.consumer.start())
  broker.script('SyncGroup', () => ({ throttleTime: 0, error: 16, assignment: new Uint8Array() }), 1)
  broker.script('SyncGroup', () => ({ throttleTime: 0, error: 22, assignment: new Uint8Array() }), 1)
  one.consumer.rejoin('test')
  await clock.advance(5_000)
  expect(one.events).toEqual([`assigned ${ALL}`, 'rejoin', 'assigned '])
  expect(one.assignor.held.at(-1)).toMatchObject({ generation: 1 })
  expect(one.assignor.held.at(-1)?.owned).toHaveLength(4)
})

test('SyncGroup that is never answered ends with the session, and its late answer reaches nobody', async () => {
  const { clock, broker, member, until } = groupWorld()
  const one = member()
  await clock.run(() => one.consumer.start())
  const hold = deferred()
  const stop = broker.script('Heartbeat', never)
  broker.script('SyncGroup', (_, pass) => hold.promise.then(pass), 1)
  one.consumer.rejoin('test')
  await until(() => one.consumer.membership() === null, 'it is lost')
  stop()
  hold.resolve()
  await until(() => one.owned().length === 4, 'it is back')
  expect(one.events.slice(1)).toEqual(['rejoin', `lost ${ALL}`, `assigned ${ALL}`])
  expect(broker.closedLanes).toContain('join')
})

test('27 on SyncGroup: joins again without onRejoin, which would wait for commits that wait for the join', async () => {
  const { clock, broker, member } = groupWorld()
  const one = member()
  await clock.run(() => one.consumer.start())
  broker.script('SyncGroup', () => ({ throttleTime: 0, error: 27, assignment: new Uint8Array() }), 2)
  one.consumer.rejoin('test')
  await clock.advance(2_000)
  expect(one.events).toEqual([`assigned ${ALL}`, 'rejoin', 'assigned '])
})

test('the heartbeat proves membership by an answer', async () => {
  const { clock, broker, member } = groupWorld()
  const one = member()
  expect(await clock.run(() => outcome(one.consumer.heartbeat()))).toBe('FAUST_MEMBER_UNKNOWN')
  await clock.run(() => one.consumer.start())
  const before = broker.of('Heartbeat').length
  await clock.run(() => one.consumer.heartbeat())
  expect(broker.of('Heartbeat')).toHaveLength(before + 1)
  broker.script('Heartbeat', never)
  const proof = outcome(one.consumer.heartbeat())
  expect(await clock.run(() => proof)).toMatch(/FAUST_TRANSPORT_UNAVAILABLE|FAUST_MEMBER_UNKNOWN/)
})

test('● 20 joins under load: no kept partition is revoked, every commit counts', async () => {
  const { clock, broker, member } = groupWorld()
  const [one, two] = [member(), member()]
  await clock.run(() => one.consumer.start())
  await clock.run(() => two.consumer.start())
  await clock.advance(10_000)
  const owned = [...one.owned(), ...two.owned()]
  expect(owned.sort().join()).toBe(ALL)
  let running = true
  let offset = 0
  const load = [one, two].map(async (each) => {
    while (running) {
      const mine = offset++
      await each.consumer.commit(each.consumer.assignment().map((held) => ({ ...held, offset: mine })))
      await sleep(clock, 40)
    }
  })
  const from = [one.events.length, two.events.length]
  for (let turn = 0; turn < 20; turn++) {
    const before = one.consumer.membership()?.generation ?? 0
    ;(turn % 2 === 0 ? one : two).consumer.rejoin('test')
    await clock.advance(3_500)
    expect(one.consumer.membership()?.generation).toBe(before + 1)
  }
  running = false
  await clock.run(() => Promise.all(load))
  for (const [at, each] of [one, two].entries()) {
    const events = each.events.slice(from[at])
    expect(new Set(events)).toEqual(new Set(['rejoin', 'assigned ']))
    expect(events).toHaveLength(40)
  }
  expect(broker.of('OffsetCommit').length).toBeGreaterThan(1_000)
})
