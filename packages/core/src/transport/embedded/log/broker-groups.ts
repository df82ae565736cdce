import type { MaybePromise } from '../../../service/maybe-promise.ts'
import type { CommittedOffset } from '../../admin.ts'
import type { OffsetToCommit } from '../../group.ts'
import type { TopicPartition } from '../../record.ts'
import type { KafkaErrorCode } from './kafka-error.ts'

/** One way of assigning that a member offers; the group chooses one that all of them offer. */
export interface GroupProtocol {
  readonly name: string
  /** Opaque to the log. */
  readonly metadata: Uint8Array
}

export interface JoinGroupRequest {
  readonly group: string
  /** '' at first. */
  readonly memberId: string
  readonly instanceId?: string | undefined
  readonly protocolType: string
  /** In the order of preference; at least one. */
  readonly protocols: readonly GroupProtocol[]
  /** Ms. */
  readonly sessionTimeout: number
  /** Ms. */
  readonly rebalanceTimeout: number
  /** Prefix of the member id that is given out. */
  readonly clientId: string
  /** A first join without instance id is only given a member id (MEMBER_ID_REQUIRED), with which to join again. */
  readonly requireKnownMemberId: boolean
}

export interface JoinGroupAnswer {
  readonly error: KafkaErrorCode
  readonly memberId: string
  /** -1 on error. */
  readonly generation: number
  readonly protocol: string
  readonly leader: string
  /** Everybody, for the leader; nobody for the others. */
  readonly members: readonly JoinedMember[]
}

export interface JoinedMember {
  readonly memberId: string
  readonly instanceId?: string | undefined
  readonly metadata: Uint8Array
}

/** Who asks: checked against the group as it stands. */
export interface MemberRequest {
  readonly group: string
  readonly memberId: string
  readonly generation: number
  readonly instanceId?: string | undefined
}

export interface SyncGroupRequest extends MemberRequest {
  /** From the leader; empty from the others. */
  readonly assignments: ReadonlyMap<string, Uint8Array>
}

export interface SyncGroupAnswer {
  readonly error: KafkaErrorCode
  readonly assignment: Uint8Array
}

export interface LeaveGroupRequest {
  readonly group: string
  readonly members: readonly { readonly memberId: string; readonly instanceId?: string | undefined }[]
}

/** Generation -1 and member '' commit without membership, which is refused while the group has members. */
export interface CommitOffsetsRequest extends MemberRequest {
  readonly offsets: readonly OffsetToCommit[]
}

export interface CommitAnswer extends TopicPartition {
  readonly error: KafkaErrorCode
}

export interface FetchOffsetsAnswer extends CommittedOffset {
  readonly error: KafkaErrorCode
}

/** A group as it stands. */
export interface GroupDescription {
  readonly group: string
  readonly state: 'empty' | 'preparing' | 'completing' | 'stable'
  readonly generation: number
  readonly protocol: string
  readonly leader: string
  readonly members: readonly (JoinedMember & { readonly assignment: Uint8Array })[]
}

/** Membership and committed offsets. */
export interface GroupBroker {
  /** Waits until all known members have joined too, at most the longest rebalance time-out among them. */
  joinGroup(request: JoinGroupRequest): MaybePromise<JoinGroupAnswer>
  /** Waits for the leader's assignment. */
  syncGroup(request: SyncGroupRequest): MaybePromise<SyncGroupAnswer>
  heartbeat(request: MemberRequest): MaybePromise<KafkaErrorCode>
  /** One answer for each member, in the order asked. */
  leaveGroup(request: LeaveGroupRequest): MaybePromise<readonly KafkaErrorCode[]>
  commitOffsets(request: CommitOffsetsRequest): MaybePromise<readonly CommitAnswer[]>
  /** With `requireStable` a partition with an undecided transactional offset answers UNSTABLE_OFFSET_COMMIT. */
  fetchOffsets(
    group: string,
    partitions: readonly TopicPartition[],
    options: { readonly requireStable: boolean },
  ): MaybePromise<readonly FetchOffsetsAnswer[]>
  describeGroups(groups?: readonly string[]): MaybePromise<readonly GroupDescription[]>
}
