import { FaustError, partitionKey } from '@faust/core'
import type { Clock, GroupMembership, OffsetToCommit, TopicPartition } from '@faust/core'
import { brokerFault } from '../../requests/broker-fault.ts'
import { KAFKA } from '../../requests/error-codes.ts'
import type { PartitionError } from '../../requests/partition-error.ts'
import { missingTopic, partitionFault, producerFault } from '../faults.ts'
import type { ProducerIdentity } from '../identity.ts'
import { Patience } from '../patience.ts'
import type { Lane } from '../queue/lane.ts'
import { isFenced, isMembership } from './coordinator-errors.ts'
import type { Gate } from './gate.ts'
import type { TransactionRequests, Tries } from './transaction-requests.ts'

/** What a transaction needs of its producer. */
export interface TransactionOptions {
  readonly clock: Clock
  readonly name: string
  readonly requests: TransactionRequests
  /** Ms that a request may take with all its tries. */
  readonly within: number
  readonly signal: AbortSignal
  /** The identity that all of it is carried out under, when it may begin. */
  readonly identity: Promise<ProducerIdentity>
  /** A request was given up unanswered: it may still arrive, also in a later transaction. `group`: it brings offsets of it. */
  readonly onStray: (group?: string) => void
}

/** The transaction that a producer has open, and what is known of it at the coordinator (transactions.md). */
export class OpenTransaction implements Gate {
  readonly #options: TransactionOptions
  readonly #lanes = new Set<Lane>()
  readonly #groups = new Set<string>()
  /** Partitions whose offsets were sent by a request that was never answered: it may arrive after newer ones. */
  readonly #doubtful = new Set<string>()
  #lastOffsets: Promise<unknown> = Promise.resolve()
  /** A request that makes something part of it has left. */
  touched = false
  /** One of them was answered: the coordinator had it open under our epoch. */
  begun = false
  /** An EndTxn has left that may have been carried out. */
  endUnsure = false
  /** Why it can only be aborted. */
  failure: FaustError | null = null
  /** Partitions whose offsets were refused to who sent them, with the reason: they may be sent again with another membership. */
  readonly #owed = new Map<string, FaustError>()

  constructor(options: TransactionOptions) {
    this.#options = options
  }

  /** Whether the coordinator certainly has it open, unless it has taken our epoch away. */
  get isSurelyOpen(): boolean {
    return this.begun && !this.endUnsure
  }

  /** Why it cannot be committed as it is, though offsets that are sent again may mend it. */
  get refusedOffsets(): FaustError | null {
    for (const fault of this.#owed.values()) return fault
    return null
  }

  /** Whether an error of `sendOffsets` is mended by sending the same offsets again. */
  owes(error: FaustError): boolean {
    for (const fault of this.#owed.values()) if (fault === error) return true
    return false
  }

  holds(lane: Lane): boolean {
    return this.#lanes.has(lane)
  }

  async join(lanes: readonly Lane[]): Promise<ReadonlyMap<Lane, FaustError>> {
    const { clock, signal, requests, identity } = this.#options
    const refused = new Map<Lane, FaustError>()
    const patience = new Patience(clock, signal)
    const who = await identity
    for (let left = lanes; left.length > 0;) {
      this.touched = true
      const partitions = left.map(({ topic, partition }) => ({ topic, partition }))
      const answered = await requests.addPartitions(who, partitions, this.#tries())
      const errors = new Map(answered.map((each) => [partitionKey(each.topic, each.partition), each.error]))
      const codeOf = (lane: Lane): number =>
        errors.get(partitionKey(lane.topic, lane.partition)) ?? KAFKA.OPERATION_NOT_ATTEMPTED
      if (left.every((lane) => codeOf(lane) === 0)) {
        this.begun = true
        for (const lane of left) this.#lanes.add(lane)
        break
      }
      const fenced = left.map(codeOf).find(isFenced)
      if (fenced !== undefined) throw this.#fault(fenced)
      const isOver =
        left.some((lane) => codeOf(lane) === KAFKA.UNKNOWN_TOPIC_OR_PARTITION) && !(await patience.another())
      for (const lane of left) {
        const code = codeOf(lane)
        if (
          code === 0 ||
          code === KAFKA.OPERATION_NOT_ATTEMPTED ||
          (code === KAFKA.UNKNOWN_TOPIC_OR_PARTITION && !isOver)
        )
          continue
        refused.set(
          lane,
          code === KAFKA.UNKNOWN_TOPIC_OR_PARTITION ? missingTopic(lane) : partitionFault(lane, code, null),
        )
      }
      left = left.filter((lane) => !refused.has(lane))
    }
    return refused
  }

  /** One call after the other: a later one moves what an earlier one said. */
  sendOffsets(offsets: readonly OffsetToCommit[], membership: GroupMembership): Promise<void> {
    const sent = this.#lastOffsets.then(() => this.#sendOffsets(offsets, membership))
    this.#lastOffsets = sent.catch(() => {})
    return sent
  }

  /** Resolves when every call of `sendOffsets` so far has settled. */
  async offsetsSettled(): Promise<void> {
    await this.#lastOffsets
  }

  /** Decides it. Resolves with what the coordinator said in the end. */
  async end(commit: boolean): Promise<number> {
    const { requests, identity } = this.#options
    let isClear = true
    const doubt = (): void => {
      isClear = false
    }
    const who = await identity
    this.endUnsure = true
    const code = await requests.end(who, commit, this.#tries(doubt, doubt))
    // Each try was answered, and none was carried out.
    if (isClear && code !== 0) this.endUnsure = false
    return code
  }

  async #sendOffsets(offsets: readonly OffsetToCommit[], membership: GroupMembership): Promise<void> {
    const { requests, identity } = this.#options
    const { group } = membership
    const who = await identity
    const doubtful = offsets.find(({ topic, partition }) => this.#doubtful.has(partitionKey(topic, partition)))
    if (doubtful !== undefined) throw this.#overtaken(doubtful)
    if (!this.#groups.has(group)) {
      this.touched = true
      const code = await requests.addOffsets(who, group, this.#tries())
      if (code !== 0) throw this.#fault(code)
      this.begun = true
      this.#groups.add(group)
    }
    const refused = await this.#commitOffsets(who, offsets, membership)
    const fault = refused === undefined ? null : this.#offsetsFault(refused, membership)
    for (const { topic, partition } of offsets) {
      if (fault === null) this.#owed.delete(partitionKey(topic, partition))
      else if (isMembership(refused?.error ?? 0)) this.#owed.set(partitionKey(topic, partition), fault)
    }
    if (fault !== null) throw fault
  }

  /** The first partition that was refused, if any. */
  async #commitOffsets(
    who: ProducerIdentity,
    offsets: readonly OffsetToCommit[],
    membership: GroupMembership,
  ): Promise<PartitionError | undefined> {
    const { clock, signal, requests, onStray } = this.#options
    const patience = new Patience(clock, signal)
    const onLost = (): void => {
      onStray(membership.group)
      for (const { topic, partition } of offsets) this.#doubtful.add(partitionKey(topic, partition))
    }
    for (;;) {
      const answered = await requests.commitOffsets(who, offsets, membership, this.#tries(onLost))
      const refused = answered.find(({ error }) => error !== 0)
      if (refused?.error !== KAFKA.UNKNOWN_TOPIC_OR_PARTITION || !(await patience.another())) return refused
    }
  }

  #tries(onLost: () => void = () => {}, onUnsure?: () => void): Tries {
    const { within, onStray } = this.#options
    return {
      within,
      onUnsure,
      onLost: () => {
        onStray()
        onLost()
      },
    }
  }

  #fault(code: number): FaustError {
    return producerFault(this.#options.name, code)
  }

  #offsetsFault({ topic, partition, error }: PartitionError, { group, memberId }: GroupMembership): FaustError {
    if (isFenced(error)) return this.#fault(error)
    const details = { topic, partition, group, memberId }
    if (!isMembership(error)) return partitionFault({ topic, partition }, error, `for group "${group}"`)
    return brokerFault(error, { subject: `Member "${memberId}" of group "${group}"`, details })
  }

  #overtaken({ topic, partition }: TopicPartition): FaustError {
    const message =
      `Offsets for partition ${partition} of topic "${topic}" were sent before in this transaction, and that request was ` +
      'never answered: if it arrives later it would move them back. Abort the transaction and begin anew'
    return new FaustError('FAUST_TRANSACTION_ABORTABLE', message, { details: { topic, partition } })
  }
}
