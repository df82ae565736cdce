import type { FaustError } from '../../../service/errors.ts'
import type { GroupMembership, OffsetToCommit } from '../../group.ts'
import type { CommitAnswer } from '../log/broker-groups.ts'
import { KafkaError } from '../log/kafka-error.ts'
import type { KafkaErrorCode } from '../log/kafka-error.ts'
import { ask } from './ask.ts'
import type { Client } from './client.ts'
import { faultOf, partitionName } from './fault.ts'
import type { Heartbeat } from './heartbeat.ts'
import type { Membership } from './membership.ts'
import { memberFault, refuseMember } from './refuse-member.ts'

/** Ms that a commit may take with all its tries, not counting the joins it waits for. */
const COMMIT_WITHIN = 30_000

/** Commits and heartbeats on demand, as the member of the moment. */
export class Committer {
  readonly #client: Client
  readonly #membership: Membership
  readonly #heartbeat: Heartbeat
  readonly #group: string

  constructor(client: Client, membership: Membership, heartbeat: Heartbeat, group: string) {
    this.#client = client
    this.#membership = membership
    this.#heartbeat = heartbeat
    this.#group = group
  }

  async commit(offsets: readonly OffsetToCommit[]): Promise<void> {
    const tenures = offsets.map((offset) => this.#membership.tenureOf(offset))
    for (;;) {
      const current = await this.#current()
      // The log checks membership only: what was not held all the time may be somebody else's by now.
      const held = offsets.every(
        (offset, at) => tenures[at] !== undefined && tenures[at] === this.#membership.tenureOf(offset),
      )
      if (!held) throw memberFault(current, KafkaError.ILLEGAL_GENERATION)
      if (offsets.length === 0) return
      const answers = await this.#send(current, offsets)
      const refused = answers.find(({ error }) => error !== KafkaError.NONE)
      if (refused === undefined) return
      if (!this.#crossedJoin(current, refused.error)) throw this.#faultOf(current, refused)
      // The group is between two generations: what is still owned after the join is committed with the new one.
      if (this.#membership.gate.isOpen && this.#membership.current === current) await this.#joinAgain()
    }
  }

  /** Proves membership. */
  async prove(): Promise<void> {
    for (;;) {
      const current = await this.#current()
      const error = await this.#heartbeat.beat(current)
      if (this.#membership.current !== current && this.#membership.current !== null) continue
      if (error === KafkaError.NONE || error === KafkaError.REBALANCE_IN_PROGRESS) {
        if (this.#membership.current === null) throw memberFault(current, KafkaError.UNKNOWN_MEMBER_ID)
        return
      }
      if (!this.#membership.gate.isOpen) continue
      throw memberFault(current, error)
    }
  }

  /** The membership of now, after a join that is under way. */
  async #current(): Promise<GroupMembership> {
    await this.#membership.gate.passed()
    const { current, failure, memberId } = this.#membership
    if (failure !== null) throw failure
    if (current !== null) return current
    throw memberFault({ group: this.#group, memberId, generation: -1 }, KafkaError.UNKNOWN_MEMBER_ID)
  }

  #send(current: GroupMembership, offsets: readonly OffsetToCommit[]): Promise<readonly CommitAnswer[]> {
    const { broker } = this.#client
    const what = `Committing offsets of group "${this.#group}"`
    return ask(this.#client, () => broker.commitOffsets({ ...current, offsets }), { what, within: COMMIT_WITHIN })
  }

  #crossedJoin(current: GroupMembership, error: KafkaErrorCode): boolean {
    if (error === KafkaError.REBALANCE_IN_PROGRESS) return true
    if (error !== KafkaError.ILLEGAL_GENERATION) return false
    const moved = this.#membership.current !== current && this.#membership.current !== null
    return moved || !this.#membership.gate.isOpen
  }

  /** The group is waiting for this member: the commit waits for the join it asks for. */
  async #joinAgain(): Promise<void> {
    const began = this.#membership.gate.closed()
    this.#membership.rejoin(false)
    await began
  }

  #faultOf(current: GroupMembership, { topic, partition, error }: CommitAnswer): FaustError {
    const { UNKNOWN_MEMBER_ID, ILLEGAL_GENERATION, FENCED_INSTANCE_ID } = KafkaError
    if (error === UNKNOWN_MEMBER_ID || error === ILLEGAL_GENERATION || error === FENCED_INSTANCE_ID) {
      return refuseMember(this.#membership, current, error)
    }
    const details = { group: this.#group, topic, partition }
    return faultOf(error, { subject: `${partitionName(topic, partition)} in group "${this.#group}"`, details })
  }
}
