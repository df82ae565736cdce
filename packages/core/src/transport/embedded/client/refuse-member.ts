import type { FaustError } from '../../../service/errors.ts'
import type { GroupMembership } from '../../group.ts'
import { KafkaError } from '../log/kafka-error.ts'
import type { KafkaErrorCode } from '../log/kafka-error.ts'
import { faultOf } from './fault.ts'
import type { Membership } from './membership.ts'

/** The error for what the group said of a member. */
export function memberFault(
  { group, memberId, generation, instanceId }: GroupMembership,
  error: KafkaErrorCode,
): FaustError {
  const who = instanceId === undefined ? '' : ` with instance id "${instanceId}"`
  const subject = `Member "${memberId}"${who} of group "${group}", generation ${generation},`
  return faultOf(error, { subject, details: { group, memberId, generation, instanceId } })
}

/** Draws the consequence of a refusal for the membership it was about, and answers the error to tell. */
export function refuseMember(membership: Membership, current: GroupMembership, error: KafkaErrorCode): FaustError {
  const fault = memberFault(current, error)
  if (membership.current !== current) return fault
  // A stale generation keeps its member id: the group still knows it, and a new one would leave a dead member behind.
  const memberId = error === KafkaError.ILLEGAL_GENERATION ? current.memberId : ''
  if (error === KafkaError.FENCED_INSTANCE_ID) membership.fail(fault)
  else membership.lose({ memberId, generation: -1 })
  return fault
}
