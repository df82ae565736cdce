import { FaustError } from '@faust/core'
import type { GroupMembership } from '@faust/core'
import { brokerFault } from '../requests/broker-fault.ts'

/** The error for what the group said of a member. */
export function memberFault(member: GroupMembership, error: number): FaustError {
  const { group, memberId, generation, instanceId } = member
  const identity = instanceId === undefined ? '' : ` with instance id "${instanceId}"`
  const subject = `Member "${memberId}"${identity} of group "${group}", generation ${generation},`
  return brokerFault(error, { subject, details: { group, memberId, generation, instanceId } })
}

/** For what was not held without a break since it was to be committed: the coordinator would take it, wrongly. */
export function staleFault(member: GroupMembership): FaustError {
  const { group, memberId, generation } = member
  const message =
    `Offsets of group "${group}" were not committed: a partition of them was not held without a break since the call ` +
    '(a rebalance took it away), so its new owner reads from its last committed offset'
  return new FaustError('FAUST_GENERATION_STALE', message, { details: { group, memberId, generation } })
}

export function closedFault(group: string): FaustError {
  return new FaustError('FAUST_CLOSED', `The consumer of group "${group}" is closed: make a new one`)
}
