import type { Timer } from '../../../service/clock.ts'
import type { GroupDescription, GroupProtocol, JoinedMember } from './broker-groups.ts'
import { metadataOf } from './group-member.ts'
import type { Member } from './group-member.ts'

/**
 * Where a group stands. `preparing`: members are to join again, and those who have wait for the others. `completing`:
 * everybody has joined, the leader's assignment is awaited.
 */
export type GroupState = GroupDescription['state']

/** A group's members and the generation they agreed on. Changes of state are made by the coordinator. */
export class Group {
  readonly id: string
  state: GroupState = 'empty'
  generation = 0
  protocolType = ''
  protocol = ''
  leader = ''
  readonly members: Map<string, Member> = new Map()
  /** Member id by instance id. */
  readonly instances: Map<string, string> = new Map()
  /** Member ids given out to members that have not joined with them yet, with the timer that forgets them. */
  readonly pending: Map<string, Timer> = new Map()
  /** Ends the wait of the state that the group is in. */
  deadline: Timer | null = null
  /** Until when (monotonic) a first rebalance may be put off; null outside of one. */
  delayedUntil: number | null = null
  /** Whether somebody came while the first rebalance was put off. */
  newcomers = false

  constructor(id: string) {
    this.id = id
  }

  add(member: Member): void {
    this.members.set(member.id, member)
    if (member.instanceId !== undefined) this.instances.set(member.instanceId, member.id)
    if (this.leader === '') this.leader = member.id
  }

  remove(member: Member): void {
    member.session?.cancel()
    member.session = null
    this.members.delete(member.id)
    if (member.instanceId !== undefined && this.instances.get(member.instanceId) === member.id) {
      this.instances.delete(member.instanceId)
    }
    if (this.leader === member.id) this.leader = this.#nextLeader()
  }

  /** Puts `member` where `old` was, the leadership included. */
  replace(old: Member, member: Member): void {
    const led = this.leader === old.id
    // The order of members is the order of arrival; the one who comes back keeps the place.
    const members = [...this.members.values()].map((each) => (each === old ? member : each))
    this.members.clear()
    for (const each of members) this.members.set(each.id, each)
    if (member.instanceId !== undefined) this.instances.set(member.instanceId, member.id)
    if (led) this.leader = member.id
  }

  /** Whether a member with `protocols` can be in this group. */
  accepts(protocolType: string, protocols: readonly GroupProtocol[]): boolean {
    if (this.members.size === 0) return protocols.length > 0
    if (protocolType !== this.protocolType) return false
    return protocols.some(({ name }) => this.#offeredByAll(name))
  }

  /** The protocol most members prefer among those that all of them offer. */
  chooseProtocol(): string {
    const votes = new Map<string, number>()
    for (const { protocols } of this.members.values()) {
      const choice = protocols.find(({ name }) => this.#offeredByAll(name))
      if (choice !== undefined) votes.set(choice.name, (votes.get(choice.name) ?? 0) + 1)
    }
    const [first] = [...votes].toSorted(([, a], [, b]) => b - a)
    return first?.[0] ?? ''
  }

  /** Every member with what it says under the protocol chosen. */
  joined(): JoinedMember[] {
    return [...this.members.values()].map((member) => ({
      memberId: member.id,
      instanceId: member.instanceId,
      metadata: metadataOf(member, this.protocol),
    }))
  }

  /** The longest time any member may take to join again, in ms. */
  get rebalanceTimeout(): number {
    return Math.max(0, ...[...this.members.values()].map((member) => member.rebalanceTimeout))
  }

  describe(): GroupDescription {
    const { id, state, generation, protocol, leader } = this
    const members = this.joined().map((member) => ({
      ...member,
      assignment: this.members.get(member.memberId)?.assignment ?? new Uint8Array(0),
    }))
    return { group: id, state, generation, protocol, leader, members }
  }

  #offeredByAll(protocol: string): boolean {
    return [...this.members.values()].every(({ protocols }) => protocols.some(({ name }) => name === protocol))
  }

  /** Somebody who waits for the others already, else anybody. */
  #nextLeader(): string {
    const members = [...this.members.values()]
    return (members.find(({ joining }) => joining !== null) ?? members[0])?.id ?? ''
  }
}
