import type { GroupAssignor, GroupMembership, MemberAssignment } from '../../../../src/transport/group.ts'
import { partitionKey } from '../../../../src/transport/record.ts'
import type { TopicPartition } from '../../../../src/transport/record.ts'
import { bytes, text } from './fixture.ts'

/** An assignor that spreads partitions evenly and lets them stay where they are; cooperative ones in two rounds. */
export interface TestAssignor extends GroupAssignor {
  readonly received: { readonly assignment: MemberAssignment; readonly membership: GroupMembership }[]
  /** Calls of `assign`. */
  led: number
  /** Travels with every join. */
  note: string
}

export function testAssignor(topics: readonly string[], cooperative = true, name = 'test'): TestAssignor {
  const assignor: TestAssignor = {
    name,
    received: [],
    led: 0,
    note: '',
    subscription: ({ owned, generation }) => {
      const claims = owned.map(({ topic, partition }) => partitionKey(topic, partition))
      return { topics, userData: bytes(JSON.stringify({ claims, generation, note: assignor.note })) }
    },
    assign: ({ members, partitionCounts }) => {
      assignor.led++
      const owners = new Map<string, { member: string; generation: number }>()
      for (const { memberId, userData } of members) {
        const { claims, generation } = JSON.parse(text(userData) ?? '') as { claims: string[]; generation: number }
        for (const claim of claims) {
          const other = owners.get(claim)
          if (other === undefined || other.generation < generation) owners.set(claim, { member: memberId, generation })
        }
      }
      const ids = members.map(({ memberId }) => memberId).sort()
      const all = [...partitionCounts].flatMap(([topic, count]) =>
        Array.from({ length: count }, (_, partition): TopicPartition => ({ topic, partition })),
      )
      const most = Math.ceil(all.length / ids.length)
      const given = new Map(ids.map((id) => [id, [] as TopicPartition[]]))
      const homeless: TopicPartition[] = []
      for (const place of all) {
        const owner = owners.get(partitionKey(place.topic, place.partition))?.member
        const list = owner === undefined ? undefined : given.get(owner)
        if (list !== undefined && list.length < most) list.push(place)
        else homeless.push(place)
      }
      for (const place of homeless) {
        const claimed = cooperative && given.has(owners.get(partitionKey(place.topic, place.partition))?.member ?? '')
        if (claimed) continue
        const [least] = [...given.values()].sort((a, b) => a.length - b.length)
        least?.push(place)
      }
      return new Map([...given].map(([id, partitions]) => [id, { partitions, userData: bytes(`for ${id}`) }]))
    },
    onAssignment: (assignment, membership) => void assignor.received.push({ assignment, membership }),
  }
  return assignor
}
