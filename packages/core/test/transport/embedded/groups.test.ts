import { expect, test } from 'vitest'
import { createEmbeddedLog } from '../../../src/transport/embedded/log/embedded-log.ts'
import type { EmbeddedLog } from '../../../src/transport/embedded/log/embedded-log.ts'
import type { JoinGroupAnswer, JoinGroupRequest } from '../../../src/transport/embedded/log/broker-groups.ts'
import { bytes, text } from './support/fixture.ts'
import { manualClock } from './support/manual-clock.ts'

function setUp() {
  const clock = manualClock()
  const log = createEmbeddedLog({ clock })
  log.createTopics([{ name: 't', partitions: 1 }])
  return { clock, log }
}

function join(log: EmbeddedLog, more: Partial<JoinGroupRequest> = {}): Promise<JoinGroupAnswer> {
  return log.joinGroup({
    group: 'g',
    memberId: '',
    protocolType: 'consumer',
    protocols: [{ name: 'p', metadata: bytes('m') }],
    sessionTimeout: 10_000,
    rebalanceTimeout: 30_000,
    clientId: 'client',
    requireKnownMemberId: false,
    ...more,
  })
}

/** Syncs as the leader, giving each member its own id as assignment. */
function lead(log: EmbeddedLog, { memberId, generation, members }: JoinGroupAnswer, instanceId?: string) {
  const assignments = new Map(members.map((member) => [member.memberId, bytes(`of ${member.memberId}`)]))
  return log.syncGroup({ group: 'g', memberId, generation, instanceId, assignments })
}

function follow(log: EmbeddedLog, { memberId, generation }: JoinGroupAnswer, instanceId?: string) {
  return log.syncGroup({ group: 'g', memberId, generation, instanceId, assignments: new Map() })
}

const at = ({ memberId, generation }: JoinGroupAnswer) => ({ group: 'g', memberId, generation })

test('members that come within the first delay meet in one generation, and each sync waits for the leader', async () => {
  const { clock, log } = setUp()
  const first = join(log)
  await clock.advance(5)
  const second = join(log)
  await clock.advance(20)
  const [a, b] = await Promise.all([first, second])
  expect([a.generation, b.generation]).toEqual([1, 1])
  expect([a.leader, b.leader]).toEqual([a.memberId, a.memberId])
  expect([a.members.length, b.members.length]).toEqual([2, 0])
  let answered = false
  const waiting = Promise.resolve(follow(log, b)).then((answer) => {
    answered = true
    return answer
  })
  await clock.advance(1000)
  expect(answered).toBe(false)
  expect(text((await lead(log, a)).assignment)).toBe(`of ${a.memberId}`)
  expect(text((await waiting).assignment)).toBe(`of ${b.memberId}`)
  expect(log.describeGroups(['g'])[0]).toMatchObject({ state: 'stable', generation: 1, protocol: 'p' })
  await log.close()
})

test('a rebalance waits for all members, at most the longest rebalance time-out, and puts out who did not come', async () => {
  const { clock, log } = setUp()
  const a = await clock.until(join(log, { sessionTimeout: 100_000 }))
  await lead(log, a)
  const second = join(log, { rebalanceTimeout: 5000 })
  let settled = false
  void second.then(() => (settled = true))
  await clock.advance(29_000)
  expect(settled).toBe(false)
  expect(log.heartbeat(at(a))).toBe(27)
  await clock.advance(1000)
  const b = await second
  expect(b).toMatchObject({ error: 0, generation: 2, leader: b.memberId })
  expect(log.heartbeat(at(a))).toBe(25)
  await log.close()
})

test('a member that is silent for a session is put out, and the others are asked to join again', async () => {
  const { clock, log } = setUp()
  const [first, second] = [join(log), join(log)]
  const [a, b] = await clock.until(Promise.all([first, second]))
  const waiting = follow(log, b)
  await lead(log, a)
  await waiting
  await clock.advance(6000)
  expect(log.heartbeat(at(a))).toBe(0)
  await clock.advance(5000)
  expect(log.heartbeat(at(a))).toBe(27)
  expect(log.heartbeat(at(b))).toBe(25)
  const again = await clock.until(join(log, { memberId: a.memberId }))
  expect(again).toMatchObject({ generation: 2, memberId: a.memberId, members: [{ memberId: a.memberId }] })
  await log.close()
})

test('a generation that is over and a member that is unknown are refused', async () => {
  const { clock, log } = setUp()
  const a = await clock.until(join(log))
  await lead(log, a)
  const offsets = [{ topic: 't', partition: 0, offset: 1 }]
  const commit = (more: object) => log.commitOffsets({ ...at(a), offsets, ...more })[0]?.error
  expect(commit({ generation: 0 })).toBe(22)
  expect(commit({ memberId: 'nobody' })).toBe(25)
  expect(commit({ memberId: '', generation: -1 })).toBe(25)
  expect(commit({})).toBe(0)
  expect(log.heartbeat({ ...at(a), generation: 7 })).toBe(22)
  expect((await follow(log, { ...a, generation: 7 })).error).toBe(22)
  expect((await clock.until(join(log, { memberId: 'nobody' }))).error).toBe(25)
  expect(log.leaveGroup({ group: 'g', members: [{ memberId: 'nobody' }, { memberId: a.memberId }] })).toEqual([25, 0])
  expect(commit({ memberId: '', generation: -1 })).toBe(0)
  expect(log.describeGroups()[0]).toMatchObject({ state: 'empty', generation: 2, members: [] })
  await log.close()
})

test('a commit counts while the group prepares, and waits for the assignment afterwards', async () => {
  const { clock, log } = setUp()
  const a = await clock.until(join(log))
  await lead(log, a)
  const offsets = [{ topic: 't', partition: 0, offset: 1 }]
  const second = join(log)
  await clock.settle()
  expect(log.commitOffsets({ ...at(a), offsets })[0]?.error).toBe(0)
  const again = await clock.until(join(log, { memberId: a.memberId }))
  await second
  expect(log.commitOffsets({ ...at(again), offsets })[0]?.error).toBe(27)
  await log.close()
})

test('joining again with the same bytes as a follower changes nothing; other bytes, or the leader, rebalance', async () => {
  const { clock, log } = setUp()
  const [a, b] = await clock.until(Promise.all([join(log), join(log)]))
  const waiting = follow(log, b)
  await lead(log, a)
  await waiting
  const same = await join(log, { memberId: b.memberId })
  expect(same).toMatchObject({ error: 0, generation: 1, members: [] })
  expect(log.describeGroups(['g'])[0]?.state).toBe('stable')
  const other = join(log, { memberId: b.memberId, protocols: [{ name: 'p', metadata: bytes('changed') }] })
  await clock.settle()
  expect(log.heartbeat(at(a))).toBe(27)
  const led = await clock.until(join(log, { memberId: a.memberId }))
  expect((await other).generation).toBe(2)
  expect(led.members.map(({ metadata }) => text(metadata))).toEqual(['m', 'changed'])
  await log.close()
})

test('a static member that comes back takes its place without a rebalance, and fences who had it', async () => {
  const { clock, log } = setUp()
  const [first, second] = [join(log, { instanceId: 'one' }), join(log, { instanceId: 'two' })]
  const [a, b] = await clock.until(Promise.all([first, second]))
  const waiting = follow(log, b, 'two')
  await lead(log, a, 'one')
  const given = text((await waiting).assignment)
  const back = await clock.until(join(log, { instanceId: 'two' }))
  expect(back).toMatchObject({ error: 0, generation: 1, members: [] })
  expect(back.memberId).not.toBe(b.memberId)
  expect(text((await follow(log, back, 'two')).assignment)).toBe(given)
  expect(log.heartbeat({ ...at(b), instanceId: 'two' })).toBe(82)
  expect(log.heartbeat({ ...at(back), instanceId: 'two' })).toBe(0)
  // The leader that comes back sees its old id as the leader, so it follows as well.
  const leader = await clock.until(join(log, { instanceId: 'one' }))
  expect(leader).toMatchObject({ generation: 1, leader: a.memberId, members: [] })
  expect(text((await follow(log, leader, 'one')).assignment)).toBe(`of ${a.memberId}`)
  // Two lives of one instance: the older one's join is answered with the fence.
  const [older, newer] = [join(log, { instanceId: 'three' }), join(log, { instanceId: 'three' })]
  await clock.settle()
  expect((await older).error).toBe(82)
  await clock.advance(60_000)
  expect((await newer).error).toBe(0)
  await log.close()
})

test('a static member that stays away keeps its place until its session ends', async () => {
  const { clock, log } = setUp()
  const a = await clock.until(join(log, { instanceId: 'one' }))
  await lead(log, a, 'one')
  const second = join(log, { instanceId: 'two', rebalanceTimeout: 5000 })
  let settled = false
  void second.then(() => (settled = true))
  await clock.advance(9_000)
  expect(settled).toBe(false)
  await clock.advance(1_500)
  expect((await second).members.map(({ instanceId }) => instanceId)).toEqual(['two'])
  await log.close()
})

test('a member without id is given one first when it asks for that, and is waited for', async () => {
  const { clock, log } = setUp()
  const given = await join(log, { requireKnownMemberId: true })
  expect(given).toMatchObject({ error: 79, generation: -1 })
  const other = join(log)
  await clock.advance(5000)
  expect(log.describeGroups(['g'])[0]?.members).toHaveLength(1)
  const joined = join(log, { memberId: given.memberId })
  await clock.advance(100)
  const [a, b] = await clock.until(Promise.all([joined, other]))
  expect([a.memberId, a.error, b.error]).toEqual([given.memberId, 0, 0])
  await log.close()
})

test('members that share no protocol are refused', async () => {
  const { clock, log } = setUp()
  const a = await clock.until(join(log))
  await lead(log, a)
  expect((await join(log, { protocols: [{ name: 'q', metadata: bytes('') }] })).error).toBe(23)
  expect((await join(log, { protocolType: 'connect' })).error).toBe(23)
  expect((await join(log, { group: '' })).error).toBe(24)
  await log.close()
})

test('who joined but never synced is put out, so that the others get on', async () => {
  const { clock, log } = setUp()
  const [first, second] = [join(log), join(log, { sessionTimeout: 100_000 })]
  const [a, b] = await clock.until(Promise.all([first, second]))
  await lead(log, a)
  for (let time = 0; time < 31_000; time += 5_000) {
    await clock.advance(5_000)
    log.heartbeat(at(a))
  }
  expect(log.heartbeat(at(b))).toBe(25)
  expect(log.heartbeat(at(a))).toBe(27)
  await log.close()
})

test('a log without members has no timer, and closing it answers who waits', async () => {
  const { clock, log } = setUp()
  const a = await clock.until(join(log))
  await lead(log, a)
  expect(clock.pending).toBe(1)
  log.leaveGroup({ group: 'g', members: [{ memberId: a.memberId }] })
  expect(clock.pending).toBe(0)
  const waiting = join(log)
  await clock.settle()
  await log.close()
  expect((await waiting).error).toBe(15)
  expect(clock.pending).toBe(0)
})

test('metadata of a commit is kept up to 4,096 bytes', async () => {
  const { log } = setUp()
  const commit = (metadata: string) =>
    log.commitOffsets({
      group: 'g',
      memberId: '',
      generation: -1,
      offsets: [{ topic: 't', partition: 0, offset: 3, metadata, leaderEpoch: 2 }],
    })[0]?.error
  expect(commit('ä'.repeat(2048))).toBe(0)
  expect(commit('ä'.repeat(2048) + 'x')).toBe(12)
  const [found] = log.fetchOffsets('g', [{ topic: 't', partition: 0 }], { requireStable: true })
  expect(found).toMatchObject({ offset: 3, leaderEpoch: 2, metadata: 'ä'.repeat(2048) })
  const unknown = [{ topic: 't', partition: 9, offset: 1 }]
  expect(log.commitOffsets({ group: 'g', memberId: '', generation: -1, offsets: unknown })[0]?.error).toBe(3)
  await log.close()
})
