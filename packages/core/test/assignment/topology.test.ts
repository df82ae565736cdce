import { describe, expect, it } from 'vitest'
import type { FaustError } from '../../src/index.ts'
import { checkPartitionCounts, taskGroups, topologyHash } from '../../src/assignment/topology.ts'

const declared = [
  { name: "agent 'count'", topics: ['orders', 'payments'] },
  { name: "table 'totals'", topics: ['payments', 'refunds'], stateful: true },
  { name: "agent 'audit'", topics: ['log'] },
  { name: "agent 'idle'", topics: [] },
]

describe('taskGroups', () => {
  it('merges what shares a topic, in one order whatever the order of declarations', () => {
    const expected = [
      { topics: ['log'], names: ["agent 'audit'"], stateful: false },
      { topics: ['orders', 'payments', 'refunds'], names: ["agent 'count'", "table 'totals'"], stateful: true },
    ]
    expect(taskGroups(declared)).toEqual(expected)
    const reversed = [...declared].toReversed().map((one) => ({ ...one, topics: [...one.topics].toReversed() }))
    expect(taskGroups(reversed)).toEqual(expected)
  })

  it('merges long chains, named twice and in any direction', () => {
    const chain = Array.from({ length: 30 }, (_, i) => ({
      name: `p${i}`,
      topics: [`t${(i * 7) % 31}`, `t${((i + 1) * 7) % 31}`],
    }))
    expect(taskGroups(chain)).toHaveLength(1)
    expect(taskGroups(chain)[0]!.topics).toHaveLength(31)
    expect(taskGroups([{ name: 'x', topics: ['a', 'a'] }])).toEqual([{ topics: ['a'], names: ['x'], stateful: false }])
    expect(taskGroups([])).toEqual([])
  })
})

describe('checkPartitionCounts', () => {
  it('names places, topics, both numbers and what to do', () => {
    const counts = new Map([
      ['orders', 8],
      ['payments', 4],
      ['refunds', 4],
      ['log', 1],
    ])
    let error: FaustError | undefined
    try {
      checkPartitionCounts(taskGroups(declared), counts)
    } catch (caught) {
      error = caught as FaustError
    }
    expect(error?.code).toBe('FAUST_PARTITION_MISMATCH')
    expect(error?.message).toBe(
      "Topics that meet in agent 'count', table 'totals' need equal numbers of partitions, so that a key is in the same " +
        "one in each: 'orders' has 8, 'payments' has 4, 'refunds' has 4. Recreate 'payments' with 8 partitions, or " +
        'repartition it into a topic that has 8',
    )
    expect(error?.details).toEqual({
      names: ["agent 'count'", "table 'totals'"],
      partitions: { orders: 8, payments: 4, refunds: 4 },
    })
  })

  it('is content with equal numbers and with topics still to be made', () => {
    const groups = taskGroups(declared)
    expect(() =>
      checkPartitionCounts(
        groups,
        new Map([
          ['orders', 8],
          ['payments', 8],
          ['refunds', 8],
          ['log', 1],
        ]),
      ),
    ).not.toThrow()
    expect(() => checkPartitionCounts(groups, new Map([['orders', 8]]))).not.toThrow()
    expect(() =>
      checkPartitionCounts(
        groups,
        new Map([
          ['orders', 8],
          ['refunds', 9],
        ]),
      ),
    ).toThrow('need equal numbers')
  })
})

describe('topologyHash', () => {
  it('differs when what is read or kept differs, and not with names', () => {
    const hash = (one: typeof declared): number => topologyHash(taskGroups(one))
    expect(hash([...declared].toReversed())).toBe(hash(declared))
    expect(hash(declared.map((one) => ({ ...one, name: 'x' })))).toBe(hash(declared))
    expect(hash(declared.map((one) => ({ ...one, stateful: false })))).not.toBe(hash(declared))
    expect(hash(declared.slice(1))).not.toBe(hash(declared))
    expect(Number.isInteger(hash(declared)) && hash(declared) >= 0).toBe(true)
  })
})
