import type { GroupMembership, OffsetToCommit } from '@faust/core'
import type { Cluster } from '../cluster/cluster.ts'
import type { Lane } from '../connection/connection.ts'
import type { Api } from '../requests/api.ts'
import { CONSUMER_PROTOCOL } from '../requests/consumer-protocol.ts'
import { KAFKA } from '../requests/error-codes.ts'
import { heartbeatApi } from '../requests/heartbeat.ts'
import { joinGroupApi } from '../requests/join-group.ts'
import type { JoinGroupResponse } from '../requests/join-group.ts'
import { leaveGroupApi } from '../requests/leave-group.ts'
import type { LeaveGroupResponse } from '../requests/leave-group.ts'
import { offsetCommitApi } from '../requests/offset-commit.ts'
import type { PartitionErrors } from '../requests/partition-error.ts'
import { syncGroupApi } from '../requests/sync-group.ts'
import type { SyncedAssignment, SyncGroupResponse } from '../requests/sync-group.ts'
import type { Identity } from './identity.ts'
import type { MemberSettings } from './settings.ts'

/** Ms beyond the rebalance time-out that the broker may take to answer a join or a sync. */
const GRACE = 5_000
/** Ms beyond that for finding the coordinator and trying again. */
const WAY = 5_000
/** Ms for a commit with all its tries. */
const COMMIT_WITHIN = 30_000

/** The way to the coordinator, or the coordinator itself, is not ready: the same request is made again. */
const PASSING: ReadonlySet<number> = new Set([
  KAFKA.REQUEST_TIMED_OUT,
  KAFKA.COORDINATOR_LOAD_IN_PROGRESS,
  KAFKA.COORDINATOR_NOT_AVAILABLE,
  KAFKA.NOT_COORDINATOR,
])

/** What a request waits for at most, and what ends the wait. */
interface Wait {
  readonly what: string
  readonly within: number
  readonly timeout?: number | undefined
  readonly lane?: Lane | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * The requests of one member to its coordinator, wherever that is (14, 15 and 16 are followed). Each carries the instance
 * id: without it a static member would be taken for a dynamic one (KIP-345).
 */
export class GroupRequests {
  readonly #cluster: Cluster
  readonly #settings: MemberSettings
  readonly #lane: Lane

  constructor(cluster: Cluster, settings: MemberSettings, lane: Lane) {
    this.#cluster = cluster
    this.#settings = settings
    this.#lane = lane
  }

  join(memberId: string, protocol: string, metadata: Uint8Array, signal: AbortSignal): Promise<JoinGroupResponse> {
    const { group, instanceId, sessionTimeout, rebalanceTimeout } = this.#settings
    const protocols = [{ name: protocol, metadata }]
    const request = {
      group,
      memberId,
      instanceId,
      sessionTimeout,
      rebalanceTimeout,
      protocolType: CONSUMER_PROTOCOL,
      protocols,
    }
    return this.#one(joinGroupApi, request, this.#long(`Joining group "${group}"`, signal))
  }

  sync(
    { memberId, generation }: Identity,
    assignments: readonly SyncedAssignment[],
    signal: AbortSignal,
  ): Promise<SyncGroupResponse> {
    const { group, instanceId } = this.#settings
    const request = { group, memberId, generation, instanceId, assignments }
    return this.#one(syncGroupApi, request, this.#long(`Syncing with group "${group}"`, signal))
  }

  /** The error of the answer. */
  async heartbeat({ memberId, generation }: Identity, within: number, signal: AbortSignal): Promise<number> {
    const { group, instanceId, sessionTimeout } = this.#settings
    const what = `A heartbeat of group "${group}"`
    const request = { group, memberId, generation, instanceId }
    const wait = { what, within, timeout: sessionTimeout, signal }
    return (await this.#one(heartbeatApi, request, wait)).error
  }

  commit(
    { memberId, generation }: GroupMembership,
    offsets: readonly OffsetToCommit[],
    signal: AbortSignal,
  ): Promise<PartitionErrors> {
    const { group, instanceId } = this.#settings
    const stored = offsets.map(({ topic, partition, offset, leaderEpoch = -1, metadata = '' }) => {
      return { topic, partition, offset, leaderEpoch, metadata }
    })
    const request = { group, generation, memberId, instanceId, offsets: stored }
    const errorOf = ({ partitions }: PartitionErrors): number =>
      partitions.find(({ error }) => PASSING.has(error))?.error ?? 0
    return this.#cluster.sendToCoordinator('group', group, offsetCommitApi, request, {
      what: `Committing offsets of group "${group}"`,
      within: COMMIT_WITHIN,
      errorOf,
      signal,
    })
  }

  leave(memberId: string, within: number): Promise<LeaveGroupResponse> {
    const { group, instanceId } = this.#settings
    const request = { group, members: [{ memberId, instanceId }] }
    return this.#one(leaveGroupApi, request, { what: `Leaving group "${group}"`, within })
  }

  #long(what: string, signal: AbortSignal): Wait {
    const timeout = this.#settings.rebalanceTimeout + GRACE
    return { what, within: timeout + WAY, timeout, lane: this.#lane, signal }
  }

  #one<Request, Response extends { readonly error: number }>(
    api: Api<Request, Response>,
    request: Request,
    wait: Wait,
  ): Promise<Response> {
    const errorOf = ({ error }: Response): number => (PASSING.has(error) ? error : 0)
    return this.#cluster.sendToCoordinator('group', this.#settings.group, api, request, { ...wait, errorOf })
  }
}
