import { isFaustError } from '@faust/core'
import { expect, test } from 'vitest'
import { deferred } from '../../src/connection/wait.ts'
import type { OffsetCommitRequest } from '../../src/index.ts'
import { never, refused } from './support/fake-coordinator.ts'
import { groupWorld, place } from './support/group-world.ts'

const codeOf = (error: unknown): string => (isFaustError(error) ? error.code : String(error))
const outcome = (call: Promise<void>): Promise<string> => call.then(() => 'stored', codeOf)

test('commits carry leader epoch, metadata and the instance id', async () => {
  const { clock, broker, member } = groupWorld()
  const one = member({ instanceId: 'static' })
  await clock.run(() => one.consumer.start())
  await clock.run(() => one.consumer.commit([{ ...place(2), offset: 7, leaderEpoch: 5, metadata: '{"a":1}' }]))
  expect(broker.stored.get('t 2')).toEqual({ offset: 7, leaderEpoch: 5, metadata: '{"a":1}' })
  await clock.run(() => one.consumer.commit([{ ...place(2), offset: 8 }]))
  expect(broker.stored.get('t 2')).toEqual({ offset: 8, leaderEpoch: -1, metadata: '' })
  expect(broker.of('OffsetCommit').every(({ request }) => request.instanceId === 'static')).toBe(true)
})

test('metadata beyond 4 KB are refused before they are sent', async () => {
  const { clock, broker, member } = groupWorld()
  const one = member()
  await clock.run(() => one.consumer.start())
  const call = one.consumer.commit([{ ...place(0), offset: 1, metadata: 'ü'.repeat(2_049) }])
  expect(await clock.run(() => outcome(call))).toBe('FAUST_RECORD_TOO_LARGE')
  await clock.run(() => one.consumer.commit([{ ...place(0), offset: 1, metadata: 'ü'.repeat(2_048) }]))
  expect(broker.of('OffsetCommit')).toHaveLength(1)
})

test('● from sending JoinGroup until SyncGroup is answered no OffsetCommit is sent', async () => {
  const { clock, broker, member } = groupWorld()
  const one = member()
  await clock.run(() => one.consumer.start())
  const [join, sync] = [deferred(), deferred()]
  broker.script('JoinGroup', (_, pass) => join.promise.then(pass), 1)
  broker.script('SyncGroup', (_, pass) => sync.promise.then(pass), 1)
  one.consumer.rejoin('test')
  await clock.advance(10)
  const call = one.consumer.commit([{ ...place(0), offset: 9 }])
  await clock.advance(5_000)
  join.resolve()
  await clock.advance(5_000)
  expect(broker.of('SyncGroup')).toHaveLength(2)
  expect(broker.of('OffsetCommit')).toEqual([])
  sync.resolve()
  await clock.run(() => call)
  expect(broker.of('OffsetCommit')[0]?.request.generation).toBe(one.consumer.membership()?.generation)
  expect(broker.stored.get('t 0')?.offset).toBe(9)
})

test('● a commit in flight ends before JoinGroup is sent', async () => {
  const { clock, broker, member } = groupWorld()
  const one = member()
  await clock.run(() => one.consumer.start())
  const hold = deferred()
  broker.script('OffsetCommit', (_, pass) => hold.promise.then(pass), 1)
  const call = one.consumer.commit([{ ...place(0), offset: 9 }])
  await clock.advance(10)
  const joins = broker.of('JoinGroup').length
  one.consumer.rejoin('test')
  await clock.advance(5_000)
  expect(broker.of('JoinGroup')).toHaveLength(joins)
  hold.resolve()
  await clock.run(() => call)
  await clock.advance(1_000)
  expect(broker.of('JoinGroup')).toHaveLength(joins + 1)
  expect(broker.of('OffsetCommit')).toHaveLength(1)
})

test('● a commit whose answer does not come in half the rebalance time-out is made again after the join', async () => {
  const { clock, broker, member } = groupWorld()
  const one = member({ rebalanceTimeout: 10_000 })
  await clock.run(() => one.consumer.start())
  broker.script('OffsetCommit', never, 1)
  const call = one.consumer.commit([{ ...place(0), offset: 9 }])
  await clock.advance(10)
  one.consumer.rejoin('test')
  await clock.advance(4_900)
  expect(one.consumer.membership()?.generation).toBe(1)
  await clock.run(() => call)
  expect(broker.of('OffsetCommit').map(({ request }) => request.generation)).toEqual([1, 2])
})

test.each([22, 27])('● a commit that crossed a join and got %i is repeated as the new generation', async (error) => {
  const { clock, broker, member } = groupWorld()
  const one = member({ rebalanceTimeout: 1_000 })
  await clock.run(() => one.consumer.start())
  const hold = deferred()
  broker.script(
    'OffsetCommit',
    async ({ request }) => {
      await hold.promise
      return { throttleTime: 0, partitions: refused((request as OffsetCommitRequest).offsets, error) }
    },
    1,
  )
  const call = one.consumer.commit([{ ...place(0), offset: 9 }])
  await clock.advance(10)
  one.consumer.rejoin('test')
  // Answered in the very moment in which the gate is closed.
  await clock.advance(100)
  hold.resolve()
  await clock.run(() => call)
  expect(broker.of('OffsetCommit').map(({ request }) => request.generation)).toEqual([1, 2])
  expect(one.events.filter((event) => event.startsWith('lost'))).toEqual([])
})

test('● a commit of what was taken away meanwhile is not repeated: FAUST_GENERATION_STALE', async () => {
  const { clock, broker, member, until } = groupWorld()
  const join = deferred()
  const one = member()
  await clock.run(() => one.consumer.start())
  const two = member()
  const stop = broker.script('JoinGroup', (_, pass) => join.promise.then(pass))
  one.consumer.rejoin('test')
  await clock.advance(10)
  const calls = [0, 1, 2, 3].map((partition) => outcome(one.consumer.commit([{ ...place(partition), offset: 9 }])))
  void two.consumer.start()
  await clock.advance(10)
  stop()
  join.resolve()
  await until(() => two.owned().length === 2, 'two has its share')
  const outcomes = await clock.run(() => Promise.all(calls))
  for (const partition of [0, 1, 2, 3]) {
    const kept = one.owned().includes(`t ${partition}`)
    expect(broker.stored.has(`t ${partition}`) ? 'stored' : 'FAUST_GENERATION_STALE').toBe(outcomes[partition])
    if (kept) expect(outcomes[partition]).toBe('stored')
  }
})

test('● a partition that comes back after a break has another tenure', async () => {
  const { clock, broker, member, until } = groupWorld()
  let preferred = 'one'
  const prefer = (): string => preferred
  const rebalanceTimeout = 20_000
  const [one, two] = [
    member({ note: 'one', prefer, rebalanceTimeout }),
    member({ note: 'two', prefer, rebalanceTimeout }),
  ]
  await clock.run(() => one.consumer.start())
  await clock.run(() => two.consumer.start())
  await clock.advance(5_000)
  // One request is under way and given up at every join; the next waits for it, made while the partition was held.
  const stop = broker.script('OffsetCommit', never)
  const first = outcome(one.consumer.commit([{ ...place(0), offset: 1 }]))
  const second = outcome(one.consumer.commit([{ ...place(1), offset: 2 }]))
  await clock.advance(10)
  preferred = 'two'
  one.consumer.rejoin('test')
  await until(() => two.owned().length === 4, 'two has all', 120_000)
  preferred = 'one'
  two.consumer.rejoin('test')
  await until(() => one.owned().length === 4, 'one has all again', 120_000)
  stop()
  const stale = 'FAUST_GENERATION_STALE'
  expect(await clock.run(() => Promise.all([first, second]))).toEqual([stale, stale])
  expect(broker.stored.size).toBe(0)
})

test('commits made in onRevoked count', async () => {
  const { clock, broker, member, until } = groupWorld()
  const one = member({
    hooks: { onRevoked: (gone) => one.consumer.commit(gone.map((each) => ({ ...each, offset: 5 }))) },
  })
  await clock.run(() => one.consumer.start())
  const two = member()
  await clock.run(() => two.consumer.start())
  await until(() => two.owned().length === 2, 'two has its share')
  expect([...broker.stored.keys()].sort()).toEqual(two.owned())
})

test('27 inside a hook does not wait for the join that waits for the hook', async () => {
  const { clock, broker, member } = groupWorld()
  const outcomes: string[] = []
  const one = member({
    hooks: {
      onAssigned: async (partitions) => {
        outcomes.push(await outcome(one.consumer.commit(partitions.map((each) => ({ ...each, offset: 1 })))))
      },
    },
  })
  const answer = {
    throttleTime: 0,
    partitions: refused(
      [0, 1, 2, 3].map((each) => place(each)),
      27,
    ),
  }
  broker.script('OffsetCommit', () => answer, 3)
  await clock.run(() => one.consumer.start())
  expect(outcomes).toEqual(['stored'])
  expect(broker.of('OffsetCommit')).toHaveLength(4)
})

test('22 without a join under way: FAUST_GENERATION_STALE, onLost, and it joins again with its member id', async () => {
  const { clock, broker, member, until } = groupWorld()
  const one = member()
  await clock.run(() => one.consumer.start())
  const id = one.consumer.membership()?.memberId
  broker.script('OffsetCommit', () => ({ throttleTime: 0, partitions: refused([place(0)], 22) }), 1)
  const call = one.consumer.commit([{ ...place(0), offset: 1 }])
  expect(await clock.run(() => outcome(call))).toBe('FAUST_GENERATION_STALE')
  expect(one.fetcher.here.size).toBe(0)
  await until(() => one.owned().length === 4, 'it is back')
  expect(one.events.filter((event) => event.startsWith('lost'))).toEqual(['lost t 0,t 1,t 2,t 3'])
  expect(one.consumer.membership()?.memberId).toBe(id)
  expect(one.assignor.held.at(-1)).toEqual({ owned: [], generation: -1 })
})

test('25: FAUST_MEMBER_UNKNOWN, onLost, and it joins as somebody new', async () => {
  const { clock, broker, member, until } = groupWorld()
  const one = member()
  await clock.run(() => one.consumer.start())
  const id = one.consumer.membership()?.memberId
  broker.script('OffsetCommit', () => ({ throttleTime: 0, partitions: refused([place(0)], 25) }), 1)
  const call = one.consumer.commit([{ ...place(0), offset: 1 }])
  expect(await clock.run(() => outcome(call))).toBe('FAUST_MEMBER_UNKNOWN')
  await until(() => one.consumer.membership() !== null && one.consumer.membership()?.memberId !== id, 'it is back')
  expect(one.events).toContain('lost t 0,t 1,t 2,t 3')
})

test('commits are stored in the order of the calls, also when the first is tried again', async () => {
  const { clock, broker, member } = groupWorld()
  const one = member()
  await clock.run(() => one.consumer.start())
  broker.script('OffsetCommit', () => ({ throttleTime: 0, partitions: refused([place(0)], 14) }), 1)
  const calls = [1, 2, 3].map((offset) => one.consumer.commit([{ ...place(0), offset }]))
  await clock.run(() => Promise.all(calls))
  expect(broker.stored.get('t 0')?.offset).toBe(3)
})

test('an offset of a topic that is gone is told, not tried for half a minute', async () => {
  const { clock, broker, member } = groupWorld()
  const one = member()
  await clock.run(() => one.consumer.start())
  broker.topics.delete('t')
  broker.script('OffsetCommit', () => ({ throttleTime: 0, partitions: refused([place(0)], 3) }))
  const begin = clock.monotonic()
  const call = one.consumer.commit([{ ...place(0), offset: 1 }])
  expect(await clock.run(() => outcome(call))).toMatch(/FAUST_TOPIC_MISSING|FAUST_GENERATION_STALE/)
  expect(clock.monotonic() - begin).toBeLessThan(5_000)
})
