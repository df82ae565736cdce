import type { FaustError, GroupAssignor, MemberAssignment, TopicPartition } from '@faust/core'
import { isUnavailable } from '../connection/faults.ts'
import { decodeAssignment } from '../requests/consumer-protocol.ts'
import { KAFKA } from '../requests/error-codes.ts'
import type { JoinGroupResponse } from '../requests/join-group.ts'
import type { SyncedAssignment } from '../requests/sync-group.ts'
import type { GroupRequests } from './group-requests.ts'
import type { Identity } from './identity.ts'
import { assignedBytes, groupMembers } from './leader.ts'
import { memberFault } from './member-fault.ts'
import type { MemberSettings } from './settings.ts'
import { encodeMemberSubscription } from './subscription-bytes.ts'
import type { TopicWatch } from './topic-watch.ts'

/** How a join ended. */
export type JoinOutcome =
  | { readonly kind: 'joined'; readonly identity: Identity; readonly assignment: MemberAssignment }
  /** A newer rebalance began meanwhile, or the coordinator has forgotten this one: join again. */
  | { readonly kind: 'again'; readonly error: number }
  /** The group does not know this member. */
  | { readonly kind: 'unknown' }
  /** The coordinator was not heard for the whole time. */
  | { readonly kind: 'silent'; readonly error: FaustError }
  /** There is no coming back. */
  | { readonly kind: 'fatal'; readonly error: FaustError }

/** Told on the way. */
export interface JoinProgress {
  /** The group gave a member id. */
  onMemberId(memberId: string): void
  /** JoinGroup is answered: heartbeats go on, as this one. */
  onJoined(identity: Identity): void
}

/** What a `Joiner` works with. */
export interface JoinerParts {
  readonly requests: GroupRequests
  readonly settings: MemberSettings
  readonly assignor: GroupAssignor
  readonly watch: TopicWatch
}

/** One round: JoinGroup, the leader's plan, SyncGroup. It keeps nothing but the nonce. */
export class Joiner {
  readonly #parts: JoinerParts
  #nonce = 0

  constructor(parts: JoinerParts) {
    this.#parts = parts
  }

  /** The next join is one that the group must act on, though nothing else may have changed. */
  insist(): void {
    this.#nonce = (this.#nonce + 1) % 2 ** 32
  }

  /** What the member will say. */
  async offer(
    held: { readonly owned: readonly TopicPartition[]; readonly generation: number },
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    const { assignor, watch } = this.#parts
    const { topics, userData } = assignor.subscription(held)
    await watch.follow(topics, signal)
    return encodeMemberSubscription({ topics, nonce: this.#nonce, userData })
  }

  async join(given: Identity, metadata: Uint8Array, progress: JoinProgress, signal: AbortSignal): Promise<JoinOutcome> {
    const { assignor, requests } = this.#parts
    let { memberId } = given
    try {
      for (;;) {
        const answer = await requests.join(memberId, assignor.name, metadata, signal)
        if (answer.error === KAFKA.NONE) return await this.#sync(answer, progress, signal)
        // KIP-394: the id comes first, so that a lost answer leaves no member behind that nobody is.
        if (answer.error !== KAFKA.MEMBER_ID_REQUIRED || memberId !== '') return this.#refused(answer.error, given)
        memberId = answer.memberId
        progress.onMemberId(memberId)
      }
    } catch (error) {
      if (isUnavailable(error)) return { kind: 'silent', error }
      throw error
    }
  }

  async #sync(joined: JoinGroupResponse, progress: JoinProgress, signal: AbortSignal): Promise<JoinOutcome> {
    const { memberId, generation } = joined
    const identity = { memberId, generation }
    progress.onJoined(identity)
    // A static leader that was restarted into a stable group is told its old id: it follows (KIP-345).
    const plan = joined.leader === memberId ? await this.#plan(joined, signal) : []
    if (plan === null) return { kind: 'again', error: KAFKA.NONE }
    const { error, assignment } = await this.#parts.requests.sync(identity, plan, signal)
    if (error !== KAFKA.NONE) return this.#refused(error, identity)
    const { partitions, userData } = decodeAssignment(assignment)
    return { kind: 'joined', identity, assignment: { partitions, userData: userData ?? new Uint8Array() } }
  }

  /** `null` when the topics could not be looked at: that is no reason to give up what is held. */
  async #plan(
    { members: joined }: JoinGroupResponse,
    signal: AbortSignal,
  ): Promise<readonly SyncedAssignment[] | null> {
    const { assignor, settings, watch } = this.#parts
    const members = groupMembers(joined)
    const topics = [...new Set(members.flatMap((member) => member.topics))]
    try {
      const counts = await watch.counts(topics, settings.rebalanceTimeout / 2, signal)
      return assignedBytes(assignor, members, counts)
    } catch (error) {
      if (isUnavailable(error)) return null
      throw error
    }
  }

  #refused(error: number, { memberId, generation }: Identity): JoinOutcome {
    if (error === KAFKA.UNKNOWN_MEMBER_ID) return { kind: 'unknown' }
    // 22 on SyncGroup: a new coordinator knows the generation before only. What is held is still held, as claimed.
    if (error === KAFKA.REBALANCE_IN_PROGRESS || error === KAFKA.ILLEGAL_GENERATION) return { kind: 'again', error }
    const { group, instanceId } = this.#parts.settings
    const fault = memberFault({ group, memberId, generation, instanceId: instanceId ?? undefined }, error)
    return { kind: 'fatal', error: fault }
  }
}
