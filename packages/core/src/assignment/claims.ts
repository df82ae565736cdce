import type { TopicPartition } from '../transport/record.ts'

/** What members say about one partition. Members are indices. */
export interface Claims {
  /** Whose it is to keep, or -1: nobody's, or claimed by two with the same right. */
  readonly owner: number
  /** Who may be reading it at this moment: nobody else may be given it in this round. */
  readonly holders: readonly number[]
}

/** What one member claims. */
export interface MemberClaims {
  readonly owned: readonly TopicPartition[]
  readonly generation: number
  readonly held: boolean
}

const UNCLAIMED: Claims = { owner: -1, holders: [] }

/**
 * Weighs the claims of all members. The highest generation wins: whoever has an older one missed a rebalance that gave
 * the partition away. Equal ones by two members count as none, and both have to give it up first. Whoever says that it has
 * already given a partition up gets it back only when nobody holds it, and bars nobody.
 */
export function weighClaims(members: readonly MemberClaims[]): (topic: string, partition: number) => Claims {
  interface Best {
    generation: number
    held: boolean
    members: number[]
  }
  const topics = new Map<string, Map<number, Best>>()
  members.forEach(({ owned, generation, held }, member) => {
    for (const { topic, partition } of owned) {
      let partitions = topics.get(topic)
      if (partitions === undefined) topics.set(topic, (partitions = new Map<number, Best>()))
      const best = partitions.get(partition)
      const rank = best === undefined ? 1 : Number(held) - Number(best.held) || generation - best.generation
      if (rank > 0) partitions.set(partition, { generation, held, members: [member] })
      else if (rank === 0 && !best!.members.includes(member)) best!.members.push(member)
    }
  })
  return (topic, partition) => {
    const best = topics.get(topic)?.get(partition)
    if (best === undefined) return UNCLAIMED
    return { owner: best.members.length === 1 ? best.members[0]! : -1, holders: best.held ? best.members : [] }
  }
}
