import type { Timer } from '../../../service/clock.ts'
import { isFaustError } from '../../../service/errors.ts'
import type { GroupConsumerOptions, GroupMembership } from '../../group.ts'
import { KafkaError } from '../log/kafka-error.ts'
import type { KafkaErrorCode } from '../log/kafka-error.ts'
import { once } from './ask.ts'
import type { Client } from './client.ts'
import type { Membership } from './membership.ts'
import { refuseMember } from './refuse-member.ts'

/** Keeps a membership alive while hooks and handlers run, and tells it what the group says. */
export class Heartbeat {
  readonly #client: Client
  readonly #options: GroupConsumerOptions
  readonly #membership: Membership
  #timer: Timer | null = null
  /** Monotonic time of the last sign of life that the group took. */
  #heardAt = 0

  constructor(client: Client, options: GroupConsumerOptions, membership: Membership) {
    this.#client = client
    this.#options = options
    this.#membership = membership
  }

  start(): void {
    this.#heardAt = this.#client.clock.monotonic()
    if (this.#timer === null) this.#later()
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = null
  }

  /** One sign of life, now. Answers what the group said of the membership it was made with. */
  async beat(current: GroupMembership): Promise<KafkaErrorCode> {
    const { broker } = this.#client
    const error = await once(this.#client, () => broker.heartbeat(current), {
      what: `A heartbeat of group "${current.group}"`,
      answerWithin: this.#sessionTimeout,
    })
    // An answer that crossed a join says nothing of what is now.
    if (this.#membership.current !== current) return KafkaError.NONE
    if (error === KafkaError.NONE || error === KafkaError.REBALANCE_IN_PROGRESS) {
      this.#heardAt = this.#client.clock.monotonic()
      if (error === KafkaError.REBALANCE_IN_PROGRESS) this.#membership.rejoin(false)
    } else if (this.#membership.gate.isOpen) {
      refuseMember(this.#membership, current, error)
    }
    return error
  }

  get #sessionTimeout(): number {
    return this.#options.sessionTimeout ?? 10_000
  }

  #later(): void {
    const { heartbeatInterval = 3_000 } = this.#options
    this.#timer = this.#client.clock.setTimeout(() => void this.#tick(), heartbeatInterval)
  }

  async #tick(): Promise<void> {
    const { current, gate } = this.#membership
    this.#later()
    // From JoinGroup to the answer of SyncGroup the group waits for this member anyway.
    if (current === null || !gate.isOpen) return
    try {
      await this.beat(current)
    } catch (error) {
      if (!isFaustError(error, 'FAUST_TRANSPORT_UNAVAILABLE')) return this.stop()
      // No answer for a whole session: the group has put this member out by now.
      const silence = this.#client.clock.monotonic() - this.#heardAt
      if (silence >= this.#sessionTimeout && this.#membership.current === current) {
        refuseMember(this.#membership, current, KafkaError.UNKNOWN_MEMBER_ID)
      }
    }
  }
}
