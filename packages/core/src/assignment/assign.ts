import type { TopicPartition } from '../transport/record.ts'
import { FaustError } from '../service/errors.ts'
import type { GroupOwners } from './assignment-data.ts'
import { weighClaims } from './claims.ts'
import { dealableGroups } from './eligible.ts'
import type { MemberData } from './member-data.ts'
import { placeTasks } from './place.ts'
import type { GroupTasks } from './place.ts'
import { computeQuotas } from './quotas.ts'
import type { GroupCount } from './quotas.ts'
import { placeStandbys } from './standbys.ts'
import { type Copy, warmUp } from './warm-up.ts'

/** A member as far as dealing goes. */
export interface AssignMember extends Pick<
  MemberData,
  'workerId' | 'groups' | 'owned' | 'generation' | 'held' | 'positions'
> {
  readonly memberId: string
  readonly topics: readonly string[]
}

/** Everything the assignment depends on: equal input, in whatever order, gives equal output. */
export interface AssignInput {
  readonly members: readonly AssignMember[]
  /** Of every topic that exists; the others are not dealt. */
  readonly partitionCounts: ReadonlyMap<string, number>
  /** Copies of a task beside its active. Given to stateful groups, as far as there are members. */
  readonly standbyReplicas: number
  /** Records that a copy may lack for a stateful task to move to it. */
  readonly acceptableLag: number
}

/** Who gets what. Members are indices into `members`. */
export interface AssignResult {
  /** In canonical order: by worker id, then member id. */
  readonly members: readonly AssignMember[]
  /** By member. */
  readonly partitions: readonly (readonly TopicPartition[])[]
  readonly groups: readonly GroupOwners[]
  /** True when something was kept back, so that another round has to follow. */
  readonly again: boolean
  /** What could not be dealt as declared, each naming topics and workers. */
  readonly problems: readonly FaustError[]
}

/**
 * Deals every task to one member: evenly, with as few moves as that allows, to members that declare its topics. What one
 * member holds and another is to get is given to nobody in this round (cooperative rebalancing: the holder gives it up
 * and joins again), so no partition is ever read by two.
 */
export function assignTasks(input: AssignInput): AssignResult {
  const members = [...input.members].sort((a, b) => compare(a.workerId, b.workerId) || compare(a.memberId, b.memberId))
  const { groups, problems } = dealableGroups(members, input.partitionCounts)
  const claims = weighClaims(members)
  const copiesOf = copiesByTask(members)

  const copies = groups.map(({ topics, tasks, members: eligible }) =>
    Array.from({ length: tasks }, (_, task) =>
      copiesOf(topics, task).filter(({ member }) => eligible.includes(member)),
    ),
  )
  const tasks = groups.map(({ topics, tasks, members: eligible }, g): GroupTasks => {
    const numbers = Array.from({ length: tasks }, (_, task) => task)
    return {
      tasks,
      members: eligible,
      owners: numbers.map((task) =>
        ownerOf(
          topics.map((topic) => claims(topic, task).owner),
          eligible,
        ),
      ),
      warm: copies[g]!.map((list) => list.map(({ member }) => member)),
    }
  })
  const counts = tasks.map((group) => ({ ...group, ...countOf(group, members.length) }))
  const quotas = computeQuotas(counts, members.length)

  const partitions = members.map((): TopicPartition[] => [])
  const standbyLoad = members.map(() => 0)
  let again = false
  const owners = groups.map(({ topics, stateful }, g): GroupOwners => {
    const planned = placeTasks(tasks[g]!, quotas[g]!)
    const { active: wanted, warming } = stateful
      ? warmUp(tasks[g]!, planned, copies[g]!, input.acceptableLag)
      : { active: planned, warming: [] }
    const active = wanted.map((member, task) => {
      const all = topics.filter((topic) => task < input.partitionCounts.get(topic)!)
      const given = givenNow(
        member,
        all.map((topic) => claims(topic, task)),
      )
      all.forEach((topic, i) => given[i]! && partitions[member]!.push({ topic, partition: task }))
      if (given.every(Boolean)) return member
      again = true
      return -1
    })
    const standby = stateful ? placeStandbys(tasks[g]!, wanted, input.standbyReplicas, standbyLoad) : []
    return { topics, active, standby, warming }
  })
  return { members, partitions, groups: owners, again, problems }
}

/** The member that keeps a task: of those that may, the one that has most of its partitions. */
function ownerOf(owners: readonly number[], eligible: readonly number[]): number {
  let best = -1
  let most = 0
  for (const owner of owners) {
    if (owner === -1 || !eligible.includes(owner)) continue
    const count = owners.filter((other) => other === owner).length
    if (count > most || (count === most && owner < best)) {
      best = owner
      most = count
    }
  }
  return best
}

/**
 * Which partitions of a task its member gets in this round. One that it alone holds it keeps; the others come together, when
 * nobody else holds any of them: a task does not start with half of its topics.
 */
function givenNow(member: number, claims: readonly { readonly holders: readonly number[] }[]): boolean[] {
  const kept = claims.map(({ holders }) => holders.length === 1 && holders[0] === member)
  const free = claims.every(({ holders }, i) => kept[i] === true || holders.length === 0)
  return kept.map((mine) => mine || free)
}

function countOf(group: GroupTasks, members: number): Pick<GroupCount, 'owned' | 'warm' | 'freshest'> {
  const owned = Array.from({ length: members }, () => 0)
  const warm = [...owned]
  const freshest = [...owned]
  group.owners.forEach((owner, task) => {
    if (owner !== -1) owned[owner]!++
    else {
      group.warm[task]!.forEach((member, rank) => {
        warm[member]!++
        if (rank === 0) freshest[member]!++
      })
    }
  })
  return { owned, warm, freshest }
}

/** The members with a copy of a task's state, the freshest first. */
function copiesByTask(members: readonly AssignMember[]): (topics: readonly string[], task: number) => Copy[] {
  const byTopic = new Map<string, Map<number, Copy[]>>()
  members.forEach(({ positions }, member) => {
    for (const { topic, partition, position } of positions) {
      const partitions = byTopic.get(topic) ?? new Map<number, Copy[]>()
      byTopic.set(topic, partitions)
      const list = partitions.get(partition)
      if (list === undefined) partitions.set(partition, [{ member, position }])
      else list.push({ member, position })
    }
  })
  return (topics, task) => {
    const found = topics.flatMap((topic) => byTopic.get(topic)?.get(task) ?? [])
    found.sort((a, b) => b.position - a.position || a.member - b.member)
    return found.filter(({ member }, index) => found.findIndex((copy) => copy.member === member) === index)
  }
}

function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1
}
