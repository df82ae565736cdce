import { assignTasks } from '../../src/assignment/assign.ts'
import type { AssignMember, AssignResult } from '../../src/assignment/assign.ts'
import type { TaskPosition } from '../../src/assignment/member-data.ts'

/** A worker of a simulated group: what it declares and what it holds. */
export interface Worker {
  readonly id: string
  readonly groups: readonly (readonly string[])[]
  owned: { topic: string; partition: number }[]
  generation: number
  positions: TaskPosition[]
}

export function worker(id: string, groups: readonly (readonly string[])[]): Worker {
  return { id, groups, owned: [], generation: -1, positions: [] }
}

export function asMember({ id, groups, owned, generation, positions }: Worker): AssignMember {
  return {
    memberId: `member-${id}`,
    workerId: id,
    topics: groups.flat(),
    groups: groups.map((topics) => ({ topics, stateful: true })),
    owned,
    generation,
    held: true,
    positions,
  }
}

/** A group on which rebalances are run as the protocol runs them. */
export class Cluster {
  workers: Worker[] = []
  generation = 0
  readonly counts: ReadonlyMap<string, number>
  readonly standbyReplicas: number

  constructor(counts: Readonly<Record<string, number>>, standbyReplicas = 0) {
    this.counts = new Map(Object.entries(counts))
    this.standbyReplicas = standbyReplicas
  }

  /** One round: everybody joins, the leader deals, everybody takes over what it was given. */
  round(): AssignResult {
    const result = assignTasks({
      members: this.workers.map(asMember),
      partitionCounts: this.counts,
      standbyReplicas: this.standbyReplicas,
      acceptableLag: Infinity,
    })
    this.generation++
    result.members.forEach(({ workerId }, index) => {
      const found = this.workers.find(({ id }) => id === workerId)!
      found.owned = [...result.partitions[index]!]
      found.generation = this.generation
    })
    return result
  }

  /** Rounds until nothing is kept back. */
  settle(): { rounds: number; result: AssignResult } {
    let result = this.round()
    let rounds = 1
    while (result.again) {
      if (++rounds > 10) throw new Error('the group does not settle')
      result = this.round()
    }
    return { rounds, result }
  }

  /** `topic partition` of everything a worker holds. */
  held(id: string): Set<string> {
    const found = this.workers.find((worker) => worker.id === id)!
    return new Set(found.owned.map(({ topic, partition }) => `${topic} ${partition}`))
  }

  sizes(topic?: string): number[] {
    return this.workers.map(({ owned }) => owned.filter((entry) => topic === undefined || entry.topic === topic).length)
  }
}

/** The largest difference between two of `values`. */
export function spread(values: readonly number[]): number {
  return Math.max(...values) - Math.min(...values)
}
