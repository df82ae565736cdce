import type { GroupMembership } from '@faust/core'
import type { Cluster } from '../../../src/index.ts'
import { encodeAssignment, encodeSubscription, joinGroupApi, syncGroupApi } from '../../../src/index.ts'

const NOTHING = new Uint8Array(0)
const MEMBER_ID_REQUIRED = 79

/** Joins a group as its only member; again, with the membership of before, for the next generation. */
export async function joinAlone(cluster: Cluster, group: string, before?: GroupMembership): Promise<GroupMembership> {
  const subscription = { topics: [], userData: NOTHING, owned: [], generation: -1, rack: null }
  const within = 20_000
  const join = (memberId: string) =>
    cluster.sendToCoordinator(
      'group',
      group,
      joinGroupApi,
      {
        group,
        sessionTimeout: 30_000,
        rebalanceTimeout: 30_000,
        memberId,
        instanceId: null,
        protocolType: 'consumer',
        // Other metadata than before, so that there is a rebalance.
        protocols: [
          { name: 'test', metadata: encodeSubscription({ ...subscription, generation: before?.generation ?? -1 }) },
        ],
      },
      { what: 'Joining', within, errorOf: ({ error }) => error },
    )
  let joined = await join(before?.memberId ?? '')
  if (joined.error === MEMBER_ID_REQUIRED) joined = await join(joined.memberId)
  const { memberId, generation } = joined
  const assignment = encodeAssignment({ partitions: [], userData: NOTHING })
  await cluster.sendToCoordinator(
    'group',
    group,
    syncGroupApi,
    { group, generation, memberId, instanceId: null, assignments: [{ memberId, assignment }] },
    { what: 'Syncing', within, errorOf: ({ error }) => error },
  )
  return { group, memberId, generation }
}
