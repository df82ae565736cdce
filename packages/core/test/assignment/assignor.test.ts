import { describe, expect, it } from 'vitest'
import { createAssignor } from '../../src/assignment/assignor.ts'
import type { Assignor, AssignorOptions } from '../../src/assignment/assignor.ts'
import { decodeAssignmentData } from '../../src/assignment/assignment-data.ts'
import type { FaustError, MemberAssignment, TopicPartition } from '../../src/index.ts'

const TOPOLOGY = [
  { name: "agent 'count'", topics: ['orders', 'payments'], stateful: true },
  { name: "agent 'audit'", topics: ['log'] },
]
const COUNTS = new Map([
  ['orders', 4],
  ['payments', 4],
  ['log', 2],
])

interface Member {
  readonly assignor: Assignor
  owned: readonly TopicPartition[]
  generation: number
}

function member(workerId: string, options: Partial<AssignorOptions> = {}): Member {
  const assignor = createAssignor({
    workerId,
    url: () => `http://${workerId}:6066`,
    topology: () => TOPOLOGY,
    ...options,
  })
  return { assignor, owned: [], generation: -1 }
}

/** One rebalance as a transport runs it, the first member being the leader. Answers the bytes that the log keeps. */
function rebalance(members: readonly Member[], generation: number, counts = COUNTS): number {
  let bytes = 0
  const joined = members.map(({ assignor, owned, generation }, i) => {
    const { topics, userData } = assignor.subscription({ owned, generation })
    bytes += userData.length + topics.join('').length
    return { memberId: `m${i}`, topics, userData }
  })
  const assignments = members[0]!.assignor.assign({ members: joined, partitionCounts: counts })
  members.forEach((one, i) => {
    const assignment = assignments.get(`m${i}`)!
    one.owned = assignment.partitions
    one.generation = generation
    bytes += assignment.userData.length + 4 * assignment.partitions.length
    one.assignor.onAssignment(assignment, { group: 'app', memberId: `m${i}`, generation })
  })
  return bytes
}

describe('createAssignor', () => {
  it('subscribes to every topic, in order', () => {
    const { topics } = member('a').assignor.subscription({ owned: [], generation: -1 })
    expect(topics).toEqual(['log', 'orders', 'payments'])
    expect(member('a').assignor.name).toBe('faust')
  })

  it('tells every member who has what', () => {
    const members = ['a', 'b'].map((id) => member(id, { standbyReplicas: 1 }))
    rebalance(members, 1)
    for (const { assignor, owned } of members) {
      const current = assignor.current()!
      expect(current).toMatchObject({ generation: 1, again: false, stale: false, complete: true })
      expect(current.workers.map(({ url }) => url)).toEqual(['http://a:6066', 'http://b:6066'])
      for (const { topic, partition } of owned) expect(current.owner(topic, partition)).toEqual(current.self)
      expect(current.owner('orders', 4)).toBeUndefined()
      expect(current.owner('unknown', 0)).toBeUndefined()
      expect(current.standbys).toHaveLength(2)
      for (const { topics, partition } of current.standbys) {
        expect(topics).toEqual(['orders', 'payments'])
        expect(current.owner('orders', partition)).not.toEqual(current.self)
        expect(current.followers('payments', partition)).toEqual([current.self])
      }
      expect(current.followers('log', 0)).toEqual([])
    }
  })

  it('keeps back what moves until it is given up, and says so', () => {
    const members = [member('a')]
    rebalance(members, 1)
    members.push(member('b'))
    rebalance(members, 2)
    const waiting = members[1]!.assignor.current()!
    expect(waiting.again).toBe(true)
    expect(members[1]!.owned).toEqual([])
    expect([0, 1, 2, 3].filter((partition) => waiting.owner('orders', partition) === undefined)).toHaveLength(2)
    rebalance(members, 3)
    expect(members[1]!.assignor.current()!.again).toBe(false)
    expect(members[1]!.owned).toHaveLength(5)
  })

  it('gives everything back to whoever had it when all gave up all, as eager members do', () => {
    const members = ['a', 'b', 'c'].map((id) => member(id))
    rebalance(members, 1)
    const before = members.map(({ owned }) => owned)
    for (const one of members) one.owned = []
    rebalance([members[2]!, members[0]!, members[1]!], 2)
    expect(members.map(({ owned }) => owned)).toEqual(before)
  })

  it('makes a join differ after touch, and only then', () => {
    const { assignor } = member('a')
    const held = { owned: [], generation: -1 }
    const first = assignor.subscription(held).userData
    expect(assignor.subscription(held).userData).toEqual(first)
    assignor.touch()
    expect(assignor.subscription(held).userData).not.toEqual(first)
  })

  it('sees that its assignment was made for another address or release of itself', () => {
    let url = 'http://old:1'
    let topology = TOPOLOGY
    const one = member('a', { url: () => url, topology: () => topology })
    const given: MemberAssignment[] = []
    const { assign } = one.assignor
    const { topics, userData } = one.assignor.subscription({ owned: [], generation: -1 })
    given.push(assign({ members: [{ memberId: 'm', topics, userData }], partitionCounts: COUNTS }).get('m')!)
    const restarted = (): boolean => {
      one.assignor.onAssignment(given[0]!, { group: 'app', memberId: 'm', generation: 1 })
      return one.assignor.current()!.stale
    }
    expect(restarted()).toBe(false)
    url = 'http://new:1'
    expect(restarted()).toBe(true)
    url = 'http://old:1'
    topology = TOPOLOGY.slice(1)
    expect(restarted()).toBe(true)
  })

  it('reports what cannot be dealt as declared', () => {
    const problems: FaustError[] = []
    rebalance(
      [member('a', { onProblem: (problem) => problems.push(problem) })],
      1,
      new Map([
        ['orders', 4],
        ['payments', 5],
      ]),
    )
    expect(problems.map(({ code }) => code)).toEqual(['FAUST_PARTITION_MISMATCH'])
  })

  it('refuses a member that is no worker of this app', () => {
    const stranger = { memberId: 'm', instanceId: 'stranger', topics: ['orders'], userData: Uint8Array.of(1, 2, 3) }
    expect(() => member('a').assignor.assign({ members: [stranger], partitionCounts: COUNTS })).toThrow(
      "member 'stranger'",
    )
  })

  const uuid = (i: number): string =>
    `4f1f${String(i).padStart(4, '0')}-2c3b-4d5e-8f90-${String(i * 7919).padStart(12, '0')}`
  const large = (count: number): Member[] => {
    const topology = Array.from({ length: 20 }, (_, i) => ({
      name: `agent ${i}`,
      topics: [`orders-of-region-${i}`, `orders-of-region-${i}-account-repartition`],
      stateful: true,
    }))
    const positions = topology
      .slice(0, 2)
      .flatMap(({ topics }) =>
        Array.from({ length: 50 }, (_, partition) => ({ topic: topics[0]!, partition, position: 1e9 + partition })),
      )
    return Array.from({ length: count }, (_, i) => {
      return member(uuid(i), {
        url: () => `http://10.0.${i % 7}.${i}:6066`,
        topology: () => topology,
        positions: () => positions,
      })
    })
  }
  const largeCounts = new Map(
    large(1)[0]!
      .assignor.subscription({ owned: [], generation: -1 })
      .topics.map((topic) => [topic, 50]),
  )

  it('fits 50 workers with 1,000 tasks of two topics into half of what one record may hold', () => {
    const members = large(50)
    rebalance(members, 1, largeCounts)
    const bytes = rebalance(members, 2, largeCounts)
    expect(members.flatMap(({ owned }) => owned)).toHaveLength(2000)
    expect(bytes).toBeLessThan(500_000)
    expect(members[7]!.assignor.current()!.complete).toBe(true)
  })

  it('tells each member about itself alone when the maps would not fit', () => {
    const members = large(150)
    rebalance(members, 1, largeCounts)
    const current = members[3]!.assignor.current()!
    expect(current.complete).toBe(false)
    expect(current.self.workerId).toBe(uuid(3))
    for (const { topic, partition } of members[3]!.owned) expect(current.owner(topic, partition)).toEqual(current.self)
    const { topics, userData } = members[0]!.assignor.subscription(members[0]!)
    const alone = members[0]!.assignor.assign({
      members: [{ memberId: 'm', topics, userData }],
      partitionCounts: largeCounts,
    })
    expect(decodeAssignmentData(alone.get('m')!.userData).complete).toBe(true)
  })
})
