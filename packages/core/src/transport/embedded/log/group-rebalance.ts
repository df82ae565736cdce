import type { Clock } from '../../../service/clock.ts'
import type { JoinGroupAnswer, JoinGroupRequest, SyncGroupAnswer } from './broker-groups.ts'
import { EMPTY } from './group-member.ts'
import type { Member } from './group-member.ts'
import type { Group } from './group.ts'
import type { Journal } from './journal.ts'
import { KafkaError } from './kafka-error.ts'
import type { KafkaErrorCode } from './kafka-error.ts'

type Resolve<T> = (answer: T) => void

/** What `GroupRebalance` is made from. */
export interface GroupRebalanceOptions {
  readonly clock: Clock
  readonly journal: Journal
  /** Ms. */
  readonly initialRebalanceDelay: number
}

/**
 * How a group gets from one generation to the next. All members join, each join waiting for the others (at most the
 * longest rebalance time-out); then all of them sync, each sync waiting for the leader's assignment. Who does not come
 * in time is out; a static member stays in until its session ends.
 */
export class GroupRebalance {
  readonly #options: GroupRebalanceOptions
  readonly #clock: Clock

  constructor(options: GroupRebalanceOptions) {
    this.#options = options
    this.#clock = options.clock
  }

  /** A member that is new. */
  admit(group: Group, member: Member, resolve: Resolve<JoinGroupAnswer>, protocolType: string): void {
    if (group.members.size === 0) group.protocolType = protocolType
    member.joining = resolve
    group.add(member)
    group.newcomers = true
    this.#prepare(group)
  }

  /** A member that is known, with what it says now. */
  joinAgain(group: Group, member: Member, request: JoinGroupRequest, resolve: Resolve<JoinGroupAnswer>): void {
    member.joining?.(joinError(member.id, KafkaError.REBALANCE_IN_PROGRESS))
    member.joining = resolve
    member.protocols = request.protocols
    member.sessionTimeout = request.sessionTimeout
    member.rebalanceTimeout = request.rebalanceTimeout
    this.#quiet(member)
    this.#prepare(group)
  }

  /** A static member that comes back under a new id: the old one is fenced, and a stable group stays as it is. */
  replace(group: Group, old: Member, member: Member, resolve: Resolve<JoinGroupAnswer>): void {
    old.joining?.(joinError(old.id, KafkaError.FENCED_INSTANCE_ID))
    old.syncing?.({ error: KafkaError.FENCED_INSTANCE_ID, assignment: EMPTY })
    this.#quiet(old)
    const { leader } = group
    group.replace(old, member)
    member.assignment = old.assignment
    if (group.state === 'stable' && group.chooseProtocol() === group.protocol) {
      // The leader's old id: a leader that comes back this way follows, as everybody has an assignment.
      return this.answerJoin(group, member, resolve, leader)
    }
    member.joining = resolve
    this.#prepare(group)
  }

  /** Answers with the generation of now. */
  answerJoin(group: Group, member: Member, resolve: Resolve<JoinGroupAnswer>, leader: string = group.leader): void {
    const { generation, protocol } = group
    const members = leader === member.id ? group.joined() : []
    resolve({ error: KafkaError.NONE, memberId: member.id, generation, protocol, leader, members })
    this.heard(group, member)
  }

  sync(
    group: Group,
    member: Member,
    assignments: ReadonlyMap<string, Uint8Array>,
    resolve: Resolve<SyncGroupAnswer>,
  ): void {
    member.syncing?.({ error: KafkaError.REBALANCE_IN_PROGRESS, assignment: EMPTY })
    member.syncing = resolve
    member.synced = true
    this.#quiet(member)
    if (group.leader !== member.id) return
    group.state = 'stable'
    for (const each of group.members.values()) {
      each.assignment = assignments.get(each.id) ?? EMPTY
      each.syncing?.({ error: KafkaError.NONE, assignment: each.assignment })
      each.syncing = null
      if (each.synced) this.heard(group, each)
    }
    this.#endWhenSynced(group)
  }

  /** The member has shown that it lives. */
  heard(group: Group, member: Member): void {
    if (group.state === 'stable' && !member.synced) {
      // It took its assignment from a group that was stable already.
      member.synced = true
      this.#endWhenSynced(group)
    }
    this.#quiet(member)
    if (member.joining !== null || member.syncing !== null) return
    member.session = this.#clock.setTimeout(() => {
      if (group.members.get(member.id) === member) this.remove(group, member)
    }, member.sessionTimeout)
  }

  /** Takes a member out: it left, or it was silent for too long. */
  remove(group: Group, member: Member): void {
    member.joining?.(joinError(member.id, KafkaError.UNKNOWN_MEMBER_ID))
    member.syncing?.({ error: KafkaError.UNKNOWN_MEMBER_ID, assignment: EMPTY })
    member.joining = member.syncing = null
    group.remove(member)
    this.#prepare(group)
  }

  /** A member id was given out: its member is waited for, at most its session time-out. */
  expectPending(group: Group, memberId: string, sessionTimeout: number): void {
    group.pending.set(
      memberId,
      this.#clock.setTimeout(() => this.forgetPending(group, memberId), sessionTimeout),
    )
  }

  forgetPending(group: Group, memberId: string): void {
    group.pending.get(memberId)?.cancel()
    group.pending.delete(memberId)
    this.#completeWhenJoined(group)
  }

  /** Ends everything that waits. */
  dissolve(group: Group): void {
    group.deadline?.cancel()
    for (const timer of group.pending.values()) timer.cancel()
    group.pending.clear()
    for (const member of group.members.values()) {
      this.#quiet(member)
      member.joining?.(joinError(member.id, KafkaError.COORDINATOR_NOT_AVAILABLE))
      member.syncing?.({ error: KafkaError.COORDINATOR_NOT_AVAILABLE, assignment: EMPTY })
      member.joining = member.syncing = null
    }
  }

  /** Asks everybody to join again; in a group that is doing so already, looks whether that was the last one. */
  #prepare(group: Group): void {
    if (group.state === 'preparing') return this.#completeWhenJoined(group)
    for (const member of group.members.values()) {
      member.syncing?.({ error: KafkaError.REBALANCE_IN_PROGRESS, assignment: EMPTY })
      if (member.syncing === null) continue
      member.syncing = null
      this.heard(group, member)
    }
    const first = group.state === 'empty'
    const { initialRebalanceDelay } = this.#options
    group.state = 'preparing'
    group.deadline?.cancel()
    if (first && initialRebalanceDelay > 0) {
      group.delayedUntil = this.#clock.monotonic() + group.rebalanceTimeout
      return this.#delay(group)
    }
    group.deadline = this.#clock.setTimeout(() => this.#complete(group), group.rebalanceTimeout)
    this.#completeWhenJoined(group)
  }

  /** Workers that start together should meet in one generation: while more come, the first rebalance waits. */
  #delay(group: Group): void {
    const remaining = (group.delayedUntil ?? 0) - this.#clock.monotonic()
    group.newcomers = false
    group.deadline = this.#clock.setTimeout(
      () => (group.newcomers ? this.#delay(group) : this.#complete(group)),
      Math.max(0, Math.min(this.#options.initialRebalanceDelay, remaining)),
    )
    // Time is up: what comes now no longer counts.
    if (remaining <= 0) group.newcomers = false
  }

  #completeWhenJoined(group: Group): void {
    if (group.state !== 'preparing' || group.delayedUntil !== null || group.pending.size > 0) return
    for (const member of group.members.values()) if (member.joining === null) return
    this.#complete(group)
  }

  #complete(group: Group): void {
    group.deadline?.cancel()
    group.deadline = null
    group.delayedUntil = null
    for (const member of group.members.values()) {
      if (member.joining === null && member.instanceId === undefined) group.remove(member)
    }
    const members = [...group.members.values()]
    const first = members.find(({ joining }) => joining !== null)
    if (members.length > 0 && first === undefined) {
      // Only static members that are away: they come back or their sessions end.
      group.deadline = this.#clock.setTimeout(() => this.#complete(group), group.rebalanceTimeout)
      return
    }
    this.#nextGeneration(group)
    if (first === undefined) return
    if (group.members.get(group.leader)?.joining == null) group.leader = first.id
    group.protocol = group.chooseProtocol()
    group.state = 'completing'
    for (const member of members) {
      const { joining } = member
      member.synced = false
      member.joining = null
      if (joining !== null) this.answerJoin(group, member, joining)
    }
    group.deadline = this.#clock.setTimeout(() => this.#removeUnsynced(group), group.rebalanceTimeout)
  }

  #nextGeneration(group: Group): void {
    group.generation++
    if (group.members.size === 0) {
      group.state = 'empty'
      group.protocol = group.leader = group.protocolType = ''
    }
    try {
      this.#options.journal.append({ type: 'generation', group: group.id, generation: group.generation })
    } catch {
      // The group goes on: all its members are of this process, so none can come back after a restart to be refused.
    }
  }

  #endWhenSynced(group: Group): void {
    for (const member of group.members.values()) if (!member.synced) return
    group.deadline?.cancel()
    group.deadline = null
  }

  #removeUnsynced(group: Group): void {
    group.deadline = null
    for (const member of group.members.values()) {
      if (!member.synced && group.members.get(member.id) === member) this.remove(group, member)
    }
  }

  #quiet(member: Member): void {
    member.session?.cancel()
    member.session = null
  }
}

function joinError(memberId: string, error: KafkaErrorCode): JoinGroupAnswer {
  return { error, memberId, generation: -1, protocol: '', leader: '', members: [] }
}
