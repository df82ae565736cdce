import type { GroupAssignor, GroupMember } from '@faust/core'
import { encodeAssignment } from '../requests/consumer-protocol.ts'
import type { JoinedMember } from '../requests/join-group.ts'
import type { SyncedAssignment } from '../requests/sync-group.ts'
import { decodeMemberSubscription } from './subscription-bytes.ts'

/** The members of a new generation, as an assignor is told of them. */
export function groupMembers(joined: readonly JoinedMember[]): readonly GroupMember[] {
  return joined.map(({ memberId, instanceId, metadata }) => {
    const { topics, userData } = decodeMemberSubscription(metadata)
    return { memberId, instanceId: instanceId ?? undefined, topics, userData }
  })
}

/** What the leader sends: who is not in it gets nothing. */
export function assignedBytes(
  assignor: GroupAssignor,
  members: readonly GroupMember[],
  partitionCounts: ReadonlyMap<string, number>,
): readonly SyncedAssignment[] {
  return [...assignor.assign({ members, partitionCounts })].map(([memberId, { partitions, userData }]) => ({
    memberId,
    assignment: encodeAssignment({ partitions, userData }, 0),
  }))
}
