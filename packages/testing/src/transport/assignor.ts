import type { GroupAssignor, GroupMember, GroupMembership, MemberAssignment, TopicPartition } from '@faust/core'
import { partitionKey } from '@faust/core'
import { text, utf8 } from '../kit/bytes.ts'

/** What a member of the kit tells the leader. */
interface Subscription {
  readonly owned: readonly string[]
  readonly generation: number
  readonly note: string
}

/** An assignor with what it was told, for cases to look at. */
export interface TestAssignor extends GroupAssignor {
  /** Text that travels to the leader with every join. */
  note: string
  /** What came back with each assignment. */
  readonly received: {
    readonly partitions: readonly TopicPartition[]
    readonly userData: string
    readonly membership: GroupMembership
  }[]
  /** What each call of `subscription` was told. */
  readonly held: { readonly owned: readonly TopicPartition[]; readonly generation: number }[]
  /** How often this member was the leader. */
  led: number
}

/** How the kit's assignor behaves. */
export interface TestAssignorOptions {
  readonly topics: readonly string[]
  readonly cooperative: boolean
  readonly name?: string | undefined
  /** Puts every partition on the member with this note instead of spreading them. Read on the leader. */
  readonly prefer?: (() => string | undefined) | undefined
}

/**
 * Spreads partitions evenly and lets each stay where it is when it can. Under the cooperative protocol a partition that
 * one member claims and another shall have goes to nobody in the round that takes it away.
 */
export function testAssignor(options: TestAssignorOptions): TestAssignor {
  const assignor: TestAssignor = {
    name: options.name ?? 'kit',
    note: '',
    received: [],
    held: [],
    led: 0,
    subscription(held) {
      assignor.held.push(held)
      const owned = held.owned.map(({ topic, partition }) => partitionKey(topic, partition))
      const told: Subscription = { owned, generation: held.generation, note: assignor.note }
      return { topics: options.topics, userData: utf8(JSON.stringify(told)) }
    },
    assign({ members, partitionCounts }) {
      assignor.led++
      return assign(members, partitionCounts, options.cooperative, options.prefer?.())
    },
    onAssignment(assignment, membership) {
      assignor.received.push({ partitions: assignment.partitions, userData: text(assignment.userData), membership })
    },
  }
  return assignor
}

function assign(
  given: readonly GroupMember[],
  partitionCounts: ReadonlyMap<string, number>,
  cooperative: boolean,
  preferred: string | undefined,
): ReadonlyMap<string, MemberAssignment> {
  const members = [...given].sort((a, b) => (a.memberId < b.memberId ? -1 : 1))
  const told = new Map(members.map((member) => [member.memberId, JSON.parse(text(member.userData)) as Subscription]))
  const owners = ownersOf(told)
  const loads = new Map(members.map((member) => [member.memberId, [] as TopicPartition[]]))
  const partitions = [...partitionCounts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([topic, count]) => Array.from({ length: count }, (_, partition) => ({ topic, partition })))
  const most = Math.ceil(partitions.length / Math.max(members.length, 1))
  const homeless: TopicPartition[] = []
  for (const partition of partitions) {
    const owner = owners.get(partitionKey(partition.topic, partition.partition))
    const load = owner === undefined ? undefined : loads.get(owner)
    if (load !== undefined && load.length < most && preferred === undefined) load.push(partition)
    else homeless.push(partition)
  }
  for (const partition of homeless) {
    const able = members.filter((member) => member.topics.includes(partition.topic))
    const wanted = able.find((member) => preferred !== undefined && told.get(member.memberId)?.note === preferred)
    const target =
      wanted ?? able.reduce<GroupMember | undefined>((best, member) => lighter(loads, best, member), undefined)
    if (target === undefined) continue
    const owner = owners.get(partitionKey(partition.topic, partition.partition))
    if (cooperative && owner !== undefined && owner !== target.memberId) continue
    loads.get(target.memberId)?.push(partition)
  }
  const all = [...told.values()]
    .map((subscription) => subscription.note)
    .sort()
    .join(',')
  return new Map(
    members.map((member) => [
      member.memberId,
      {
        partitions: loads.get(member.memberId) ?? [],
        userData: utf8(`${told.get(member.memberId)?.note ?? ''}|${all}`),
      },
    ]),
  )
}

/** Who holds what: the claim of the highest generation counts, and equal claims count as none. */
function ownersOf(told: ReadonlyMap<string, Subscription>): Map<string, string> {
  const claims = new Map<string, { readonly member: string | undefined; readonly generation: number }>()
  for (const [member, { owned, generation }] of told) {
    for (const partition of owned) {
      const other = claims.get(partition)
      if (other === undefined || other.generation < generation) claims.set(partition, { member, generation })
      else if (other.generation === generation) claims.set(partition, { member: undefined, generation })
    }
  }
  const owners = new Map<string, string>()
  for (const [partition, { member }] of claims) if (member !== undefined) owners.set(partition, member)
  return owners
}

function lighter(
  loads: ReadonlyMap<string, readonly TopicPartition[]>,
  best: GroupMember | undefined,
  member: GroupMember,
): GroupMember {
  if (best === undefined) return member
  return (loads.get(member.memberId)?.length ?? 0) < (loads.get(best.memberId)?.length ?? 0) ? member : best
}
