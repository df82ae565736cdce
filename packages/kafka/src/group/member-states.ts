import type { GroupAssignor } from '@faust/core'
import type { Cluster } from '../cluster/cluster.ts'
import type { Fetcher } from '../fetcher/fetcher.ts'
import type { GroupRequests } from './group-requests.ts'
import type { JoinLane } from './join-lanes.ts'
import type { SerialHooks } from './serial-hooks.ts'
import type { MemberSettings } from './settings.ts'

/** What a member needs of a fetcher. */
export type MemberFetcher = Pick<Fetcher, 'add' | 'unassign' | 'fail'>

/** What a member is made from. */
export interface MemberParts {
  readonly cluster: Cluster
  readonly settings: MemberSettings
  readonly assignor: GroupAssignor
  readonly hooks: SerialHooks
  readonly requests: GroupRequests
  readonly lane: JoinLane
  readonly fetcher: MemberFetcher
}

/**
 * The states of a member. One loop goes through them, one step at a time; hooks are awaited there and nowhere else.
 *
 * | state     | what goes on                                             | heartbeats | commits | goes to                              |
 * |-----------|----------------------------------------------------------|------------|---------|--------------------------------------|
 * | resting   | nothing: member, or not yet started                      | yes        | yes     | preparing, losing, ended             |
 * | preparing | onRejoin; eager: onRevoked(all); topics are looked at    | yes        | yes     | joining, losing, ended               |
 * | joining   | JoinGroup is sent (79: again with the member id)         | no         | wait    | syncing, preparing, losing, ended    |
 * | syncing   | JoinGroup is answered; the leader plans; SyncGroup       | as the new | wait    | taking, preparing, losing, ended     |
 * | taking    | onAssignment; onRevoked(held − given); onAssigned(new)   | yes        | yes     | resting, preparing, losing, ended    |
 * | losing    | onLost; the next join claims nothing                     | no         | refused | preparing, ended                     |
 * | ended     | closed, fenced (82) or refused for good                  | no         | refused |                                      |
 *
 * Numbers are Kafka's errors: 22 ILLEGAL_GENERATION, 25 UNKNOWN_MEMBER_ID, 27 REBALANCE_IN_PROGRESS, 79 MEMBER_ID_REQUIRED,
 * 82 FENCED_INSTANCE_ID.
 *
 * A join is wanted: at the start, by 27 (the others have begun), by `rejoin`, by changed topics, after a cooperative
 * revocation, after a loss. It is a flag, so that several wishes are one join. 25 loses and forgets the member id; 22
 * without a join under way and silence for a session lose and keep it; 82 and what no join can mend fail for good.
 *
 * Sources: Kafka's GroupCoordinator and ConsumerCoordinator; KIP-62 (heartbeats beside processing), KIP-345 (static
 * members), KIP-394 (member id first), KIP-429 (cooperative).
 *
 * Interleavings that could lose a commit or give a partition to two members, and what is done against each:
 *
 * 1. A heartbeat is refused while a hook is awaited. The loss counts at once: no membership, tenures ended, the fetcher
 *    gives nothing more, commits inside the hook are refused. The rest of the step is dropped; onLost waits for the hook.
 * 2. onRejoin outlasts its bound. The join goes on; what the hook commits waits at the gate and is sent as the new
 *    generation; the next hook waits for this one.
 * 3. A commit is in flight when JoinGroup is due. The gate is closed first, then the commit is awaited, then given up.
 *    Given up or answered 22 or 27, it is sent again as the new generation, if every partition was held without a break:
 *    a tenure ends when onRevoked settles and with a loss, and a partition that comes back has another one.
 * 4. A commit that is repeated after a lost answer overtakes a later one and moves the group back. One at a time.
 * 5. A commit inside a hook is answered 27. It is tried again for a while, and does not wait for the join, which waits
 *    for the hook.
 * 6. `rejoin` or 27 during onRevoked. Only the flag: the partitions are still claimed in what the group knows, and the
 *    next claim is made when the hook has settled and they are held no more.
 * 7. A join comes to nothing half way (27, or 22 from a coordinator that never learned of the generation). The claim
 *    keeps the generation in which the partitions were given, and the gate stays closed until a join succeeds.
 * 8. The coordinator is lost during SyncGroup. It is sent again to the new one; heartbeats go on beside it, and when a
 *    session passes without an answer the join is ended, its late answer reaches nobody, and all is lost.
 * 9. The answer to JoinGroup is lost. The same bytes with the same member id are answered with the same round.
 * 10. An answer to a heartbeat of an older generation comes late. Each generation has its own identity object; others
 *    are not listened to.
 * 11. Closing during a join. The join gets a few seconds, so that onRevoked commits as the new generation and nothing new
 *    is taken; then it is given up and the old generation commits, which counts unless the others went on. LeaveGroup
 *    is sent after the hook.
 * 12. A successor took the static identity. 82 ends the member: no join and no LeaveGroup, which would end the successor.
 * 13. The process slept through its session. Commits carry the old generation, which the group refuses; the heartbeat
 *    brings the loss.
 */
export type MemberState = 'resting' | 'preparing' | 'joining' | 'syncing' | 'taking' | 'losing' | 'ended'
