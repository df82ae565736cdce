import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AssignResult } from '../../src/assignment/assign.ts'
import { assignTasks } from '../../src/assignment/assign.ts'
import { Cluster, asMember, spread, worker } from './cluster.ts'

/** What a settled group knows: who has which copy, with positions as the actives' and standbys' stores would give them. */
function learn(cluster: Cluster, { members, groups }: AssignResult): void {
  for (const { id } of cluster.workers) cluster.workers.find((one) => one.id === id)!.positions = []
  for (const { topics, active, standby } of groups) {
    active.forEach((owner, partition) => {
      for (const index of [owner, ...standby.map((copies) => copies[partition]!)]) {
        const found = cluster.workers.find(({ id }) => id === members[index]?.workerId)
        found?.positions.push({ topic: topics[0]!, partition, position: index === owner ? 100 : 90 })
      }
    })
  }
}

const shape = fc.record({
  partitions: fc.integer({ min: 1, max: 40 }),
  members: fc.integer({ min: 1, max: 9 }),
  replicas: fc.integer({ min: 0, max: 10 }),
})

function start({ partitions, members, replicas }: { partitions: number; members: number; replicas: number }): {
  cluster: Cluster
  result: AssignResult
} {
  const cluster = new Cluster({ orders: partitions, clicks: 3 }, replicas)
  cluster.workers = Array.from({ length: members }, (_, i) => worker(`w${i}`, [['orders'], ['clicks']]))
  const { result } = cluster.settle()
  learn(cluster, result)
  return { cluster, result }
}

describe('standbys', () => {
  it('are as many as asked or members allow, never with their active, never two in one place, evenly spread', () => {
    fc.assert(
      fc.property(shape, (given) => {
        const { result } = start(given)
        const copies = Math.min(given.replicas, given.members - 1)
        for (const { active, standby } of result.groups) {
          const counts = Array.from({ length: given.members }, () => 0)
          expect(standby).toHaveLength(copies)
          active.forEach((owner, task) => {
            const places = [owner, ...standby.map((list) => list[task]!)]
            expect(new Set(places).size).toBe(copies + 1)
            expect(places.every((place) => place >= 0 && place < given.members)).toBe(true)
            for (const place of places.slice(1)) counts[place]!++
          })
          expect(spread(counts)).toBeLessThanOrEqual(2)
        }
      }),
    )
  })

  it('stay where they are while nothing changes', () => {
    fc.assert(
      fc.property(shape, (given) => {
        const { cluster, result } = start(given)
        const again = cluster.settle()
        expect(again.rounds).toBe(1)
        const copies = ({ groups }: AssignResult): number[][] =>
          groups.flatMap(({ standby, active }) =>
            active.map((_, task) => standby.map((list) => list[task]!).sort((a, b) => a - b)),
          )
        expect(copies(again.result)).toEqual(copies(result))
      }),
    )
  })

  it('are promoted when a worker dies, as far as that stays even', () => {
    fc.assert(
      fc.property(
        fc.record({ partitions: fc.integer({ min: 1, max: 60 }), members: fc.integer({ min: 2, max: 8 }) }),
        fc.nat(7),
        ({ partitions, members }, dead) => {
          const cluster = new Cluster({ orders: partitions }, 1)
          cluster.workers = Array.from({ length: members }, (_, i) => worker(`w${i}`, [['orders']]))
          const before = cluster.settle().result
          learn(cluster, before)
          const index = dead % members
          cluster.workers.splice(index, 1)
          const { result, rounds } = cluster.settle()
          expect(rounds).toBe(1)

          const { active, standby } = before.groups[0]!
          const nameBefore = (member: number): string => before.members[member]!.workerId
          const orphans = active.flatMap((owner, task) => (owner === index ? [task] : []))
          const warm = orphans.filter((task) => {
            return result.members[result.groups[0]!.active[task]!]!.workerId === nameBefore(standby[0]![task]!)
          })
          // A survivor can take no more than its quota leaves; that much of what it follows it must have taken.
          const could = new Map<string, number>()
          for (const task of orphans) {
            const name = nameBefore(standby[0]![task]!)
            could.set(name, (could.get(name) ?? 0) + 1)
          }
          let expected = 0
          for (const [name, count] of could) {
            const room = cluster.held(name).size - active.filter((owner) => nameBefore(owner) === name).length
            expected += Math.min(count, room)
          }
          expect(warm.length).toBe(expected)
        },
      ),
    )
  })

  it('give the task to the freshest copy of several', () => {
    const cluster = new Cluster({ orders: 1 })
    cluster.workers = ['a', 'b', 'c'].map((id) => worker(id, [['orders']]))
    cluster.workers[1]!.positions = [{ topic: 'orders', partition: 0, position: 5 }]
    cluster.workers[2]!.positions = [{ topic: 'orders', partition: 0, position: 9 }]
    cluster.settle()
    expect(cluster.sizes()).toEqual([0, 0, 1])
  })

  it('are made for stateful groups only', () => {
    const members = ['a', 'b'].map((id) => ({
      ...asMember(worker(id, [['orders'], ['clicks']])),
      groups: [{ topics: ['orders'], stateful: true }],
    }))
    const partitionCounts = new Map([
      ['orders', 2],
      ['clicks', 2],
    ])
    const { groups } = assignTasks({ members, partitionCounts, standbyReplicas: 1, acceptableLag: Infinity })
    expect(groups.map(({ topics, standby }) => [topics, standby.length])).toEqual([
      [['clicks'], 0],
      [['orders'], 1],
    ])
  })
})
