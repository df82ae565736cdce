import type { MemberRequest } from './broker-groups.ts'
import type { Member } from './group-member.ts'
import type { Group } from './group.ts'
import { KafkaError } from './kafka-error.ts'
import type { KafkaErrorCode } from './kafka-error.ts'

/** The member that asks, or why it may not: unknown, or replaced by a newer one of its instance id. */
export function memberOf(
  group: Group | undefined,
  { memberId, instanceId }: Pick<MemberRequest, 'memberId' | 'instanceId'>,
): Member | KafkaErrorCode {
  if (instanceId !== undefined) {
    const holder = group?.instances.get(instanceId)
    if (holder === undefined) return KafkaError.UNKNOWN_MEMBER_ID
    if (holder !== memberId) return KafkaError.FENCED_INSTANCE_ID
  }
  return group?.members.get(memberId) ?? KafkaError.UNKNOWN_MEMBER_ID
}

/** As `memberOf`, and of the generation of now. */
export function currentMemberOf(group: Group | undefined, request: MemberRequest): Member | KafkaErrorCode {
  const member = memberOf(group, request)
  if (typeof member === 'number') return member
  return request.generation === group?.generation ? member : KafkaError.ILLEGAL_GENERATION
}

/**
 * Whether offsets may be stored. Membership and generation are looked at, never who owns the partitions. Without
 * membership (generation -1) only a group without members takes them, or a transaction, as in Kafka.
 */
export function checkCommit(group: Group | undefined, request: MemberRequest, transactional: boolean): KafkaErrorCode {
  const anonymous = request.generation < 0 && request.memberId === '' && request.instanceId === undefined
  if (anonymous) {
    const free = transactional || group === undefined || group.members.size === 0
    return free ? KafkaError.NONE : KafkaError.UNKNOWN_MEMBER_ID
  }
  const member = currentMemberOf(group, request)
  if (typeof member === 'number') return member
  // It has answered the join, so it knows the new generation, but nobody knows yet who reads what.
  return group?.state === 'completing' && !transactional ? KafkaError.REBALANCE_IN_PROGRESS : KafkaError.NONE
}
