import type { Transport } from '@faust/core'
import type { CaseGroup } from '../kit/suite.ts'
import type { MemberOptions, TestMember } from './member.ts'
import type { TransportContext } from './transport-context.ts'

/** Said whenever partitions are to be shared. */
export const SHARE = 'every partition belongs to one member of the group'

/** The protocols of a group. */
export type Protocol = 'eager' | 'cooperative'

/** The same cases under both protocols. */
export function bothProtocols(
  name: string,
  casesOf: (protocol: Protocol) => CaseGroup<TransportContext>['cases'],
): readonly CaseGroup<TransportContext>[] {
  return [
    { name: `eager ${name}`, cases: casesOf('eager') },
    { name: `cooperative ${name}`, needs: ['cooperative'], cases: casesOf('cooperative') },
  ]
}

/** A topic, and a group that is about to read it. */
export interface Joining {
  readonly topic: string
  readonly group: string
  join(options?: Partial<MemberOptions>, transport?: Transport): Promise<TestMember>
}

/** A new group of members of one protocol. */
export async function newGroup(context: TransportContext, protocol: Protocol, partitions = 4): Promise<Joining> {
  const topic = await context.declare(partitions)
  const group = context.uniqueName()
  return {
    topic,
    group,
    join: (options = {}, transport) => context.member({ group, topics: [topic], protocol, ...options }, transport),
  }
}

/** Every partition of a topic, as members name them. */
export function allOf(topic: string, partitions: number): string[] {
  return Array.from({ length: partitions }, (_, partition) => `${topic} ${partition}`)
}
