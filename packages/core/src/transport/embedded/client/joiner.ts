import type { FaustError } from '../../../service/errors.ts'
import type { TopicDescription } from '../../admin.ts'
import type { GroupConsumerOptions, GroupMember, MemberAssignment } from '../../group.ts'
import type { TopicPartition } from '../../record.ts'
import type { JoinGroupAnswer, JoinGroupRequest } from '../log/broker-groups.ts'
import { KafkaError } from '../log/kafka-error.ts'
import type { KafkaErrorCode } from '../log/kafka-error.ts'
import { ask } from './ask.ts'
import type { Client } from './client.ts'
import { decodeAssignment, decodeSubscription, encodeAssignment, encodeSubscription } from './envelope.ts'
import { faultOf } from './fault.ts'

/** The protocol type of consumers, as in Kafka. */
const PROTOCOL_TYPE = 'consumer'
/** Ms beyond the rebalance time-out for which the answer to a join is waited for. */
const GRACE = 5_000
/** Ms that questions about topics may take. */
const DESCRIBE_WITHIN = 30_000

/** Who a member is before and after a join. */
export interface Identity {
  /** '' before the first join. */
  readonly memberId: string
  /** -1 while it is no member. */
  readonly generation: number
}

/** How a join ended. */
export type JoinOutcome =
  | { readonly kind: 'joined'; readonly identity: Identity; readonly assignment: MemberAssignment }
  /** A newer rebalance began meanwhile: join again. */
  | { readonly kind: 'again'; readonly identity: Identity }
  /** The group does not know this member, or not in this generation. */
  | { readonly kind: 'lost'; readonly identity: Identity; readonly error: FaustError }
  /** There is no coming back. */
  | { readonly kind: 'fatal'; readonly error: FaustError }

/** One join with its sync, whatever it takes; no hooks, no state beside the topics it was made for. */
export class Joiner {
  /** Partition counts of the subscribed topics when the last join was sent. */
  counts: ReadonlyMap<string, number> = new Map()
  /** What the member subscribed to in its last join. */
  topics: readonly string[] = []
  /** Raised to make the next join one that the group must act on. */
  nonce = 0
  readonly #client: Client
  readonly #options: GroupConsumerOptions

  constructor(client: Client, options: GroupConsumerOptions) {
    this.#client = client
    this.#options = options
  }

  async join(
    given: Identity,
    held: { readonly owned: readonly TopicPartition[]; readonly generation: number },
    signal: AbortSignal,
  ): Promise<JoinOutcome> {
    const { topics, userData } = this.#options.assignor.subscription(held)
    this.topics = topics
    this.counts = await this.countsOf(topics)
    const metadata = encodeSubscription({ topics, nonce: this.nonce, userData })
    let identity = given
    for (;;) {
      const answer = await this.#join(identity, metadata, signal)
      switch (answer.error) {
        case KafkaError.NONE:
          identity = { memberId: answer.memberId, generation: answer.generation }
          return this.#sync(answer, signal)
        case KafkaError.MEMBER_ID_REQUIRED:
          identity = { memberId: answer.memberId, generation: -1 }
          this.onMemberId(answer.memberId)
          break
        case KafkaError.REBALANCE_IN_PROGRESS:
          break
        case KafkaError.UNKNOWN_MEMBER_ID:
          if (given.generation >= 0) return this.#refused(answer.error, { memberId: '', generation: -1 })
          identity = { memberId: '', generation: -1 }
          break
        default:
          return this.#refused(answer.error, identity)
      }
    }
  }

  /** Called with the member id as soon as the group has given one. */
  onMemberId: (memberId: string) => void = () => {}

  /** Partition counts of those of `topics` that exist. */
  async countsOf(topics: readonly string[]): Promise<Map<string, number>> {
    return new Map((await this.#describe(topics)).map(({ name, partitions }) => [name, partitions]))
  }

  /** The incarnation of each topic of `partitions`. */
  async topicIds(partitions: readonly TopicPartition[]): Promise<Map<string, string>> {
    const topics = [...new Set(partitions.map(({ topic }) => topic))]
    return new Map((await this.#describe(topics)).map(({ name, id }) => [name, id]))
  }

  #describe(topics: readonly string[]): Promise<readonly TopicDescription[]> {
    const { broker } = this.#client
    const what = `Looking at the topics of group "${this.#options.group}"`
    return ask(this.#client, () => broker.describeTopics(topics), { what, within: DESCRIBE_WITHIN })
  }

  #join({ memberId }: Identity, metadata: Uint8Array, signal: AbortSignal): Promise<JoinGroupAnswer> {
    const { group, assignor, instanceId } = this.#options
    const { sessionTimeout = 10_000, rebalanceTimeout = 60_000 } = this.#options
    const request: JoinGroupRequest = {
      group,
      memberId,
      instanceId,
      sessionTimeout,
      rebalanceTimeout,
      protocolType: PROTOCOL_TYPE,
      protocols: [
        {
          name: assignor.name,
          metadata,
        },
      ],
      clientId: this.#client.clientId,
      requireKnownMemberId: true,
    }
    return this.#ask('Joining', signal, () => this.#client.broker.joinGroup(request))
  }

  async #sync(joined: JoinGroupAnswer, signal: AbortSignal): Promise<JoinOutcome> {
    const { group, instanceId } = this.#options
    const { memberId, generation } = joined
    const identity = { memberId, generation }
    const assignments = joined.leader === memberId ? await this.#assign(joined) : new Map<string, Uint8Array>()
    const request = { group, memberId, generation, instanceId, assignments }
    const { error, assignment } = await this.#ask('Syncing with', signal, () => this.#client.broker.syncGroup(request))
    if (error === KafkaError.REBALANCE_IN_PROGRESS) return { kind: 'again', identity }
    if (error !== KafkaError.NONE) return this.#refused(error, identity)
    return { kind: 'joined', identity, assignment: decodeAssignment(assignment) }
  }

  async #assign(joined: JoinGroupAnswer): Promise<Map<string, Uint8Array>> {
    const members = joined.members.map(({ memberId, instanceId, metadata }): GroupMember => {
      const { topics, userData } = decodeSubscription(metadata)
      return { memberId, instanceId, topics, userData }
    })
    const topics = [...new Set(members.flatMap((member) => member.topics))]
    const partitionCounts = await this.countsOf(topics)
    const assigned = this.#options.assignor.assign({ members, partitionCounts })
    return new Map([...assigned].map(([memberId, assignment]) => [memberId, encodeAssignment(assignment)]))
  }

  #ask<T>(doing: string, signal: AbortSignal, request: () => T | PromiseLike<T>): Promise<T> {
    const { group, rebalanceTimeout = 60_000 } = this.#options
    const answerWithin = rebalanceTimeout + GRACE
    // Lost answers are tried again for as long as the consumer lives; its session decides what it still is.
    const within = Number.POSITIVE_INFINITY
    return ask(this.#client, request, { what: `${doing} group "${group}"`, within, answerWithin, signal })
  }

  #refused(error: KafkaErrorCode, { memberId, generation }: Identity): JoinOutcome {
    const { group, instanceId, assignor } = this.#options
    const who =
      instanceId === undefined ? `Member "${memberId}"` : `Member "${memberId}" with instance id "${instanceId}"`
    const subject = `${who} of group "${group}" with assignor "${assignor.name}"`
    const fault = faultOf(error, { subject, details: { group, memberId, generation, instanceId } })
    if (error === KafkaError.UNKNOWN_MEMBER_ID) {
      return { kind: 'lost', identity: { memberId: '', generation: -1 }, error: fault }
    }
    if (error === KafkaError.ILLEGAL_GENERATION) {
      return { kind: 'lost', identity: { memberId, generation: -1 }, error: fault }
    }
    return { kind: 'fatal', error: fault }
  }
}
