import type { RecordBatch, TopicPartition } from './record.ts'

/** Who a consumer is in its group at this moment. A commit made with an older one is refused. */
export interface GroupMembership {
  readonly group: string
  readonly memberId: string
  /** Rises with every rebalance. */
  readonly generation: number
  /** The static identity, when it has one. */
  readonly instanceId?: string | undefined
}

/** An offset to commit: the next record to read, never the last one done. */
export interface OffsetToCommit extends TopicPartition {
  readonly offset: number
  /** At most 4 KB. Default ''. */
  readonly metadata?: string | undefined
  /** Of the record before `offset`; -1 or absent where unknown. */
  readonly leaderEpoch?: number | undefined
}

/** A member as the leader sees it. */
export interface GroupMember {
  readonly memberId: string
  readonly instanceId?: string | undefined
  readonly topics: readonly string[]
  readonly userData: Uint8Array
}

/** What one member gets. */
export interface MemberAssignment {
  readonly partitions: readonly TopicPartition[]
  readonly userData: Uint8Array
}

/** Decides who reads what. The transport carries its bytes; none of them is looked into. */
export interface GroupAssignor {
  /** The protocol's name; members of one group must share one, else `FAUST_GROUP_PROTOCOL`. */
  readonly name: string
  /** Called before every join with what the member holds (nothing after a loss), and of which generation it is. */
  subscription(held: { readonly owned: readonly TopicPartition[]; readonly generation: number }): {
    readonly topics: readonly string[]
    readonly userData: Uint8Array
  }
  /** Called on the leader, in every rebalance. `partitionCounts` has every existing topic of any member. Pure. */
  assign(group: {
    readonly members: readonly GroupMember[]
    readonly partitionCounts: ReadonlyMap<string, number>
  }): ReadonlyMap<string, MemberAssignment>
  /** Called on every member after each rebalance, before the hooks. */
  onAssignment(assignment: MemberAssignment, membership: GroupMembership): void
}

/** Called by the consumer, one at a time and awaited; heartbeats go on meanwhile. None may throw: that ends the consumer. */
export interface GroupHooks {
  /**
   * Before the member joins again. Core ends its running commit here. From the moment the join is sent until its
   * outcome is known `commit` waits, while `poll` goes on. Bounded by half the rebalance time-out.
   */
  onRejoin(): Promise<void>
  /**
   * Partitions to give up; commits made in here still count. Under `eager` all of them, before every join; under
   * `cooperative` those that move, after which the member joins again by itself.
   */
  onRevoked(partitions: readonly TopicPartition[]): Promise<void>
  /** After every completed rebalance, with the partitions that are new (possibly none). They deliver only after `seek`. */
  onAssigned(partitions: readonly TopicPartition[], membership: GroupMembership): Promise<void>
  /** Membership was lost: the partitions already belong to somebody else, nothing may be committed. */
  onLost(partitions: readonly TopicPartition[]): Promise<void>
}

/** How a group is joined. Times in ms. */
export interface GroupConsumerOptions {
  readonly group: string
  readonly assignor: GroupAssignor
  readonly hooks: GroupHooks
  /** `cooperative` keeps reading what stays; it needs `supports.cooperative`. */
  readonly protocol: 'cooperative' | 'eager'
  readonly isolation: 'read-committed' | 'read-uncommitted'
  /** A static identity: it keeps its partitions through a restart shorter than the session. Needs `supports.staticMembership`. */
  readonly instanceId?: string | undefined
  /** Without a heartbeat for so long the member is out. Default 10,000. */
  readonly sessionTimeout?: number | undefined
  /** Default 3,000. Less than a third of the session is sound. */
  readonly heartbeatInterval?: number | undefined
  /** How long a rebalance waits for members to give up what they hold. Default 60,000. */
  readonly rebalanceTimeout?: number | undefined
}

/** One call of `poll`. */
export interface PollOptions {
  /** Ms to wait when there is nothing. 0 answers at once. */
  readonly maxWait: number
  /** Bounds for the whole answer, at least one record of each ready partition being allowed. */
  readonly maxRecords?: number | undefined
  readonly maxBytes?: number | undefined
  /** Ends the wait early with an empty answer. */
  readonly signal?: AbortSignal | undefined
}

/** How a group consumer ends. */
export interface GroupConsumerEnd {
  readonly leave: boolean
  /** Ms after which what is not done is given up. Default: a bound of its own. */
  readonly within?: number | undefined
}

/** A member of a group. One `poll` at a time; the other methods may be called at any moment, also from hooks. */
export interface GroupConsumer {
  /** Joins and goes on joining until `close`. Resolves after the first `onAssigned`. */
  start(): Promise<void>
  /**
   * At most one batch per partition, in the order of their offsets; empty when `maxWait` is over. Rejects with
   * `FAUST_OFFSET_OUT_OF_RANGE` or `FAUST_TOPIC_RECREATED` (details: topic, partition, offset, logStart, logEnd) for a
   * partition until it is sought or paused; other partitions are served in between. Rejects for good with
   * `FAUST_INSTANCE_FENCED` when a newer member took the static identity.
   */
  poll(options: PollOptions): Promise<readonly RecordBatch[]>
  /** Where `poll` goes on; takes effect at once, also on a paused partition. Unassigned partitions are ignored. */
  seek(partition: TopicPartition, offset: number): void
  /** From the next answer on nothing more is handed over of these. A new assignment starts unpaused. Unassigned: ignored. */
  pause(partitions: readonly TopicPartition[]): void
  resume(partitions: readonly TopicPartition[]): void
  /** Who this is now; `null` while it is no member. */
  membership(): GroupMembership | null
  /** Everything assigned at this moment. */
  assignment(): readonly TopicPartition[]
  /**
   * Stores offsets as the member of now. Waits while a join is under way. Membership is what the log checks, ownership
   * it does not: so an offset of a partition that was not held without a break since the call is never sent, and the
   * call rejects with `FAUST_GENERATION_STALE`. `FAUST_MEMBER_UNKNOWN`: the partitions went to somebody else.
   */
  commit(offsets: readonly OffsetToCommit[]): Promise<void>
  /** Asks for a rebalance because the user data changed; unchanged user data may bring none. Calls close together are one. */
  rejoin(reason: string): void
  /** Proves membership now, by an answer from the log. Rejects like `commit`. */
  heartbeat(): Promise<void>
  /**
   * Ends. With `leave` the group is told and rebalances at once; without, a static member keeps its place. `onRevoked` is
   * called first. Idempotent: the first call counts.
   */
  close(options: GroupConsumerEnd): Promise<void>
}
