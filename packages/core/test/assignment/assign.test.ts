import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { assignTasks } from '../../src/assignment/assign.ts'
import { Cluster, asMember, spread, worker } from './cluster.ts'

const ids = (count: number, prefix = 'w'): string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}${String(i).padStart(4, '0')}`)

/** Names of groups `a`, `b`, …, of one topic or two, and partitions of each. */
const topologies = fc
  .array(fc.record({ partitions: fc.integer({ min: 1, max: 24 }), joined: fc.boolean() }), {
    minLength: 1,
    maxLength: 5,
  })
  .map((shapes) => {
    const groups = shapes.map(({ joined }, i) => (joined ? [`${i}-left`, `${i}-right`] : [`${i}-only`]))
    const counts = Object.fromEntries(
      groups.flatMap((group, i) => group.map((topic) => [topic, shapes[i]!.partitions])),
    )
    return { groups, counts, shapes }
  })

/** Every partition has exactly one reader, and partitions of one task have the same. */
function expectComplete(cluster: Cluster, groups: readonly (readonly string[])[]): void {
  const readers = new Map<string, string>()
  for (const { id, owned } of cluster.workers) {
    for (const { topic, partition } of owned) {
      expect(readers.has(`${topic} ${partition}`)).toBe(false)
      readers.set(`${topic} ${partition}`, id)
    }
  }
  for (const group of groups) {
    const tasks = Math.max(...group.map((topic) => cluster.counts.get(topic)!))
    for (let task = 0; task < tasks; task++) {
      const of = group
        .filter((topic) => task < cluster.counts.get(topic)!)
        .map((topic) => readers.get(`${topic} ${task}`))
      expect(new Set(of).size).toBe(1)
      expect(of[0]).toBeDefined()
    }
  }
}

/** Within each group and in total, by tasks, members differ by at most one. */
function expectBalanced(cluster: Cluster, groups: readonly (readonly string[])[]): void {
  const total = cluster.workers.map(() => 0)
  for (const group of groups) {
    const sizes = cluster.sizes(group[0])
    expect(spread(sizes)).toBeLessThanOrEqual(1)
    sizes.forEach((size, i) => (total[i]! += size))
  }
  expect(spread(total)).toBeLessThanOrEqual(1)
}

describe('assignTasks from nothing', () => {
  it('deals every task once, evenly in each group and in total, in one round', () => {
    fc.assert(
      fc.property(topologies, fc.integer({ min: 1, max: 12 }), ({ groups, counts }, members) => {
        const cluster = new Cluster(counts)
        cluster.workers = ids(members).map((id) => worker(id, groups))
        expect(cluster.settle().rounds).toBe(1)
        expectComplete(cluster, groups)
        expectBalanced(cluster, groups)
      }),
    )
  })

  it('bears 256 partitions and up to 1024 members, none of them empty while there are tasks', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 256 }), fc.integer({ min: 1, max: 1024 }), (partitions, members) => {
        const cluster = new Cluster({ orders: partitions })
        cluster.workers = ids(members).map((id) => worker(id, [['orders']]))
        cluster.settle()
        const sizes = cluster.sizes()
        expect(sizes.reduce((a, b) => a + b)).toBe(partitions)
        expect(spread(sizes)).toBeLessThanOrEqual(1)
        if (partitions >= members) expect(Math.min(...sizes)).toBeGreaterThan(0)
      }),
      {
        numRuns: 15,
        examples: [
          [256, 1024],
          [256, 1],
          [1, 1024],
        ],
      },
    )
  })

  it('does not depend on the order of members, topics, groups, claims or counts', () => {
    fc.assert(
      fc.property(
        topologies,
        fc.integer({ min: 2, max: 8 }),
        fc.nat(7),
        fc.integer(),
        ({ groups, counts }, n, leaver, seed) => {
          const cluster = new Cluster(counts, 1)
          cluster.workers = ids(n).map((id) => worker(id, groups))
          cluster.round()
          cluster.workers.splice(leaver % n, 1)
          cluster.workers.push(worker('new', groups))
          const members = cluster.workers.map(asMember)
          const shuffle = <T>(list: readonly T[]): T[] =>
            list
              .map((item, i) => ({ item, rank: Math.sin(seed + i * 7919) }))
              .sort((a, b) => a.rank - b.rank)
              .map(({ item }) => item)
          const shuffled = shuffle(members).map((member) => ({
            ...member,
            topics: shuffle(member.topics),
            owned: shuffle(member.owned),
            groups: shuffle(member.groups).map((group) => ({ ...group, topics: shuffle(group.topics) })),
          }))
          const plain = (given: typeof members, partitionCounts: ReadonlyMap<string, number>): unknown => {
            const { members, partitions, groups, again } = assignTasks({
              members: given,
              partitionCounts,
              standbyReplicas: 1,
              acceptableLag: Infinity,
            })
            return { members: members.map(({ memberId }) => memberId), partitions, groups, again }
          }
          expect(plain(shuffled, new Map(shuffle([...cluster.counts])))).toEqual(plain(members, cluster.counts))
        },
      ),
    )
  })
})

describe('assignTasks over time', () => {
  const change = fc.oneof(
    fc.record({ kind: fc.constant('join' as const), count: fc.integer({ min: 1, max: 4 }) }),
    fc.record({ kind: fc.constant('leave' as const), count: fc.integer({ min: 1, max: 3 }) }),
    fc.record({ kind: fc.constant('lose' as const), count: fc.integer({ min: 1, max: 3 }) }),
  )

  it('settles within two rounds after any change, never with two readers, complete and even', () => {
    fc.assert(
      fc.property(topologies, fc.array(change, { maxLength: 8 }), ({ groups, counts }, changes) => {
        const cluster = new Cluster(counts)
        cluster.workers = ids(3).map((id) => worker(id, groups))
        cluster.settle()
        let next = 0
        for (const { kind, count } of changes) {
          for (let i = 0; i < count; i++) {
            if (kind === 'join') cluster.workers.push(worker(`n${next++}`, groups))
            else if (kind === 'leave' && cluster.workers.length > 1)
              cluster.workers.splice(count % cluster.workers.length, 1)
            else if (kind === 'lose') cluster.workers[i % cluster.workers.length]!.owned = []
          }
          const before = new Map(cluster.workers.map(({ id }) => [id, cluster.held(id)]))
          const first = cluster.round()
          // What somebody held before this round is with him or with nobody.
          for (const { id, owned } of cluster.workers) {
            for (const { topic, partition } of owned) {
              for (const [other, held] of before)
                if (other !== id) expect(held.has(`${topic} ${partition}`)).toBe(false)
            }
          }
          if (first.again) expect(cluster.round().again).toBe(false)
          expectComplete(cluster, groups)
          expectBalanced(cluster, groups)

          const settled = cluster.workers.map(({ owned }) => [...owned])
          expect(cluster.round().again).toBe(false)
          expect(cluster.workers.map(({ owned }) => owned)).toEqual(settled)
        }
      }),
    )
  })

  const sizes = fc.tuple(
    fc.integer({ min: 1, max: 256 }),
    fc.integer({ min: 1, max: 40 }),
    fc.integer({ min: 1, max: 40 }),
  )

  it('takes from members when others are added, and never shuffles', () => {
    fc.assert(
      fc.property(sizes, ([partitions, members, added]) => {
        const cluster = new Cluster({ orders: partitions, payments: partitions })
        const groups = [['orders', 'payments']]
        cluster.workers = ids(members).map((id) => worker(id, groups))
        cluster.settle()
        const before = new Map(cluster.workers.map(({ id }) => [id, cluster.held(id)]))
        cluster.workers.push(...ids(added, 'a').map((id) => worker(id, groups)))
        cluster.settle()
        for (const [id, held] of before) for (const entry of cluster.held(id)) expect(held.has(entry)).toBe(true)
        expectBalanced(cluster, groups)
      }),
    )
  })

  it("gives only the leavers' tasks when members are removed, in one round", () => {
    fc.assert(
      fc.property(sizes, ([partitions, members, removed]) => {
        const cluster = new Cluster({ orders: partitions })
        cluster.workers = ids(members + removed).map((id) => worker(id, [['orders']]))
        cluster.settle()
        for (let i = 0; i < removed; i++) cluster.workers.splice((i * 7) % cluster.workers.length, 1)
        const before = new Map(cluster.workers.map(({ id }) => [id, cluster.held(id)]))
        expect(cluster.settle().rounds).toBe(1)
        for (const [id, held] of before) for (const entry of held) expect(cluster.held(id).has(entry)).toBe(true)
        expectBalanced(cluster, [['orders']])
      }),
    )
  })
})

describe('claims', () => {
  const two = (): Cluster => {
    const cluster = new Cluster({ orders: 2 })
    cluster.workers = [worker('a', [['orders']]), worker('b', [['orders']])]
    return cluster
  }
  const claim = (partition: number): { topic: string; partition: number } => ({ topic: 'orders', partition })

  it('of the highest generation win', () => {
    const cluster = two()
    Object.assign(cluster.workers[0]!, { owned: [claim(0), claim(1)], generation: 4 })
    Object.assign(cluster.workers[1]!, { owned: [claim(0)], generation: 5 })
    const { partitions, again } = cluster.round()
    expect([partitions, again]).toEqual([[[claim(1)], [claim(0)]], false])
  })

  it('of the same generation by two count as none, and both give it up first', () => {
    const cluster = two()
    Object.assign(cluster.workers[0]!, { owned: [claim(0)], generation: 5 })
    Object.assign(cluster.workers[1]!, { owned: [claim(0)], generation: 5 })
    const first = cluster.round()
    expect(first.again).toBe(true)
    expect(first.partitions.flat()).toEqual([claim(1)])
    expect(cluster.settle().rounds).toBe(1)
    expect(cluster.sizes()).toEqual([1, 1])
  })

  it('of what was already given up are honoured, but bar nobody', () => {
    const cluster = two()
    const released = (id: string, partition: number): ReturnType<typeof asMember> => ({
      ...asMember({ ...worker(id, [['orders']]), owned: [claim(partition)], generation: 3 }),
      held: false,
    })
    const input = { partitionCounts: cluster.counts, standbyReplicas: 0, acceptableLag: Infinity }
    const swapped = assignTasks({ ...input, members: [released('a', 1), released('b', 0)] })
    expect([swapped.partitions, swapped.again]).toEqual([[[claim(1)], [claim(0)]], false])

    const holder = asMember({ ...worker('b', [['orders']]), owned: [claim(0)], generation: 1 })
    const late = assignTasks({ ...input, members: [released('a', 0), holder] })
    expect([late.partitions, late.again]).toEqual([[[claim(1)], [claim(0)]], false])
  })

  it('repeated by one member are one', () => {
    const cluster = two()
    Object.assign(cluster.workers[0]!, { owned: [claim(1), claim(1)], generation: 1 })
    expect(cluster.round().partitions).toEqual([[claim(1)], [claim(0)]])
  })
})

describe('members with different topologies', () => {
  it('get only what they declare, the rest evenly', () => {
    fc.assert(
      fc.property(
        fc.array(fc.subarray(['a', 'b', 'c'], { minLength: 1 }), { minLength: 1, maxLength: 6 }),
        fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 })),
        (declared, [a, b, c]) => {
          const cluster = new Cluster({ a, b, c })
          cluster.workers = declared.map((topics, i) =>
            worker(
              `w${i}`,
              topics.map((topic) => [topic]),
            ),
          )
          cluster.settle()
          for (const topic of ['a', 'b', 'c']) {
            const sizes = cluster.workers.map(({ groups, owned }) => {
              const count = owned.filter((entry) => entry.topic === topic).length
              if (!groups.flat().includes(topic)) expect(count).toBe(0)
              return groups.flat().includes(topic) ? count : -1
            })
            const of = sizes.filter((size) => size >= 0)
            if (of.length === 0) continue
            expect(of.reduce((x, y) => x + y, 0)).toBe(cluster.counts.get(topic))
            expect(spread(of)).toBeLessThanOrEqual(1)
          }
        },
      ),
    )
  })

  it('in a rolling deploy: a new topic goes to the new release only, a joined one takes its task along', () => {
    const cluster = new Cluster({ orders: 4, payments: 4, audit: 2 })
    cluster.workers = ids(2, 'old').map((id) => worker(id, [['orders']]))
    cluster.settle()
    cluster.workers.push(worker('new', [['orders', 'payments'], ['audit']]))
    expect(cluster.settle().rounds).toBe(2)
    expect(cluster.sizes('orders')).toEqual([0, 0, 4])
    expect(cluster.sizes('audit')).toEqual([0, 0, 2])

    cluster.workers = [
      cluster.workers[2]!,
      ...ids(2, 'new').map((id) => worker(id, [['orders', 'payments'], ['audit']])),
    ]
    expect(cluster.settle().result.problems).toEqual([])
    expectComplete(cluster, [['orders', 'payments'], ['audit']])
    expectBalanced(cluster, [['orders', 'payments'], ['audit']])
  })

  it('that nobody can serve together are read apart and named', () => {
    const cluster = new Cluster({ a: 2, b: 2, c: 2 })
    cluster.workers = [worker('x', [['a', 'b']]), worker('y', [['b', 'c']])]
    const { result } = cluster.settle()
    expect(result.problems.map(({ code }) => code)).toEqual(['FAUST_GROUP_PROTOCOL'])
    expect(result.problems[0]!.message).toContain("worker 'x', worker 'y'; they are read apart: 'a', 'b', 'c'")
    expect([cluster.sizes('a'), cluster.sizes('b'), cluster.sizes('c')]).toEqual([
      [2, 0],
      [1, 1],
      [0, 2],
    ])
  })

  it('names different partition counts, and deals what there is', () => {
    const cluster = new Cluster({ orders: 3, payments: 1 })
    cluster.workers = ids(2).map((id) => worker(id, [['orders', 'payments']]))
    const { result } = cluster.settle()
    expect(result.problems.map(({ code }) => code)).toEqual(['FAUST_PARTITION_MISMATCH'])
    expectComplete(cluster, [['orders', 'payments']])
  })

  it('leaves topics out that do not exist yet', () => {
    const cluster = new Cluster({ orders: 2 })
    cluster.workers = [worker('a', [['orders', 'coming'], ['later']])]
    const { result } = cluster.settle()
    expect(result.problems).toEqual([])
    expect(cluster.sizes()).toEqual([2])
  })

  it('is given nothing and says nothing without members that read anything', () => {
    const cluster = new Cluster({ orders: 2 })
    cluster.workers = [worker('a', [])]
    expect(cluster.settle().result.partitions).toEqual([[]])
  })
})
