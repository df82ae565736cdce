import type { Clock } from '../../../service/clock.ts'
import type {
  GroupDescription,
  JoinGroupAnswer,
  JoinGroupRequest,
  LeaveGroupRequest,
  MemberRequest,
  SyncGroupAnswer,
  SyncGroupRequest,
} from './broker-groups.ts'
import { currentMemberOf, memberOf } from './group-check.ts'
import { EMPTY, offersSame } from './group-member.ts'
import type { Member } from './group-member.ts'
import { GroupRebalance } from './group-rebalance.ts'
import { Group } from './group.ts'
import type { Journal, JournalEntry } from './journal.ts'
import { KafkaError } from './kafka-error.ts'
import type { KafkaErrorCode } from './kafka-error.ts'

/** What `GroupCoordinator` is made from. */
export interface GroupCoordinatorOptions {
  readonly clock: Clock
  readonly journal: Journal
  /** Ms that the first rebalance of an empty group waits for more members. */
  readonly initialRebalanceDelay: number
}

/** Membership of groups: who is in, which generation it is, who got what. Kafka's classic protocol. */
export class GroupCoordinator {
  readonly #clock: Clock
  readonly #rebalance: GroupRebalance
  readonly #groups = new Map<string, Group>()

  constructor(options: GroupCoordinatorOptions) {
    this.#clock = options.clock
    this.#rebalance = new GroupRebalance(options)
  }

  get(group: string): Group | undefined {
    return this.#groups.get(group)
  }

  /** Takes in a generation that the journal has: members of then are unknown, and none of now can be taken for one. */
  restoreGeneration(id: string, generation: number): void {
    this.#groupOf(id).generation = generation
  }

  /** What the journal has to say to arrive at the generations of now. */
  *snapshot(): Generator<JournalEntry> {
    for (const { id, generation } of this.#groups.values()) yield { type: 'generation', group: id, generation }
  }

  join(request: JoinGroupRequest): Promise<JoinGroupAnswer> {
    return new Promise((resolve) => this.#join(request, resolve))
  }

  sync(request: SyncGroupRequest): SyncGroupAnswer | Promise<SyncGroupAnswer> {
    const refuse = (error: KafkaErrorCode): SyncGroupAnswer => ({ error, assignment: EMPTY })
    const group = this.#groups.get(request.group)
    const member = currentMemberOf(group, request)
    if (typeof member === 'number' || group === undefined) {
      return refuse(typeof member === 'number' ? member : KafkaError.UNKNOWN_MEMBER_ID)
    }
    if (group.state === 'preparing') return refuse(KafkaError.REBALANCE_IN_PROGRESS)
    if (group.state === 'stable') {
      this.#rebalance.heard(group, member)
      return { error: KafkaError.NONE, assignment: member.assignment }
    }
    return new Promise((resolve) => this.#rebalance.sync(group, member, request.assignments, resolve))
  }

  heartbeat(request: MemberRequest): KafkaErrorCode {
    const group = this.#groups.get(request.group)
    const member = currentMemberOf(group, request)
    if (typeof member === 'number' || group === undefined) {
      return typeof member === 'number' ? member : KafkaError.UNKNOWN_MEMBER_ID
    }
    this.#rebalance.heard(group, member)
    return group.state === 'preparing' ? KafkaError.REBALANCE_IN_PROGRESS : KafkaError.NONE
  }

  leave({ group: id, members }: LeaveGroupRequest): KafkaErrorCode[] {
    const group = this.#groups.get(id)
    return members.map(({ memberId, instanceId }) => {
      const pending = group?.pending.get(memberId)
      if (group !== undefined && pending !== undefined) {
        this.#rebalance.forgetPending(group, memberId)
        return KafkaError.NONE
      }
      // Who takes a static member out from outside knows its instance id only.
      const known = memberId === '' && instanceId !== undefined ? (group?.instances.get(instanceId) ?? '') : memberId
      const member = memberOf(group, { memberId: known, instanceId })
      if (typeof member === 'number' || group === undefined) {
        return typeof member === 'number' ? member : KafkaError.UNKNOWN_MEMBER_ID
      }
      this.#rebalance.remove(group, member)
      return KafkaError.NONE
    })
  }

  describe(groups?: readonly string[]): GroupDescription[] {
    const known = groups === undefined ? [...this.#groups.values()] : groups.map((id) => this.#groups.get(id))
    return known.filter((group) => group !== undefined).map((group) => group.describe())
  }

  /** Stops every timer and answers everybody who waits. */
  close(): void {
    for (const group of this.#groups.values()) this.#rebalance.dissolve(group)
  }

  #groupOf(id: string): Group {
    const known = this.#groups.get(id)
    if (known !== undefined) return known
    const group = new Group(id)
    this.#groups.set(id, group)
    return group
  }

  #join(request: JoinGroupRequest, resolve: (answer: JoinGroupAnswer) => void): void {
    const { memberId, instanceId, protocolType, protocols } = request
    const refuse = (error: KafkaErrorCode, id = memberId) =>
      resolve({ error, memberId: id, generation: -1, protocol: '', leader: '', members: [] })
    if (request.group === '') return refuse(KafkaError.INVALID_GROUP_ID)
    const group = this.#groupOf(request.group)
    if (!group.accepts(protocolType, protocols)) return refuse(KafkaError.INCONSISTENT_GROUP_PROTOCOL)
    if (memberId === '') return this.#joinNew(group, request, resolve, refuse)
    if (group.pending.has(memberId)) {
      group.pending.get(memberId)?.cancel()
      group.pending.delete(memberId)
      return this.#rebalance.admit(group, newMember(request, memberId), resolve, protocolType)
    }
    const member = memberOf(group, { memberId, instanceId })
    if (typeof member === 'number') return refuse(member)
    // A repetition of what is known, for instance after a lost answer, is answered without a rebalance.
    const same = offersSame(member, protocols)
    const repeated = group.state === 'completing' && same
    const follower = group.state === 'stable' && same && group.leader !== memberId
    if (repeated || follower) return this.#rebalance.answerJoin(group, member, resolve)
    this.#rebalance.joinAgain(group, member, request, resolve)
  }

  #joinNew(
    group: Group,
    request: JoinGroupRequest,
    resolve: (answer: JoinGroupAnswer) => void,
    refuse: (error: KafkaErrorCode, memberId?: string) => void,
  ): void {
    const { instanceId, clientId } = request
    const id = `${instanceId ?? clientId}-${this.#clock.uuid()}`
    const holder = instanceId === undefined ? undefined : group.instances.get(instanceId)
    const old = holder === undefined ? undefined : group.members.get(holder)
    if (old !== undefined) return this.#rebalance.replace(group, old, newMember(request, id), resolve)
    if (instanceId === undefined && request.requireKnownMemberId) {
      this.#rebalance.expectPending(group, id, request.sessionTimeout)
      return refuse(KafkaError.MEMBER_ID_REQUIRED, id)
    }
    this.#rebalance.admit(group, newMember(request, id), resolve, request.protocolType)
  }
}

function newMember(request: JoinGroupRequest, id: string): Member {
  const { instanceId, clientId, sessionTimeout, rebalanceTimeout, protocols } = request
  const fresh = { assignment: EMPTY, joining: null, syncing: null, synced: false, session: null }
  return { id, instanceId, clientId, sessionTimeout, rebalanceTimeout, protocols, ...fresh }
}
