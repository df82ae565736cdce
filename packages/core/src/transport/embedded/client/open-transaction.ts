import type { FaustError } from '../../../service/errors.ts'
import type { GroupMembership, OffsetToCommit } from '../../group.ts'
import { partitionKey } from '../../record.ts'
import type { TopicPartition } from '../../record.ts'
import type { TransactionRequest } from '../log/broker-transactions.ts'
import { KafkaError } from '../log/kafka-error.ts'
import type { KafkaErrorCode } from '../log/kafka-error.ts'
import { ask } from './ask.ts'
import type { Client } from './client.ts'
import { faultOf, partitionName } from './fault.ts'
import { missingFault } from './missing.ts'
import { memberFault } from './refuse-member.ts'

/** The transaction that a producer has open: what is part of it, and what speaks against committing it. */
export class OpenTransaction {
  readonly #client: Client
  readonly #producer: TransactionRequest
  /** Ms that a request may take with all its tries. */
  readonly #within: number
  readonly #partitions = new Set<string>()
  readonly #groups = new Set<string>()
  /** Why it can only be aborted. */
  failure: FaustError | null = null
  /** Set while the last offsets sent were refused: they may be sent again with another membership. */
  refusedOffsets: FaustError | null = null

  constructor(client: Client, producer: TransactionRequest, within: number) {
    this.#client = client
    this.#producer = producer
    this.#within = within
  }

  /** Whether the log knows nothing of it. */
  get isEmpty(): boolean {
    return this.#partitions.size === 0 && this.#groups.size === 0
  }

  /** Makes partitions part of it; null when they all are. */
  join(places: readonly TopicPartition[]): Promise<void> | null {
    const partitions = places.filter(({ topic, partition }) => !this.#partitions.has(partitionKey(topic, partition)))
    return partitions.length === 0 ? null : this.#join(partitions)
  }

  async sendOffsets(offsets: readonly OffsetToCommit[], membership: GroupMembership): Promise<void> {
    const { broker } = this.#client
    const { group } = membership
    if (!this.#groups.has(group)) {
      // Noted first: a lost answer may have added it.
      this.#groups.add(group)
      const error = await this.#ask(() => broker.addOffsetsToTxn({ ...this.#producer, group }), isConcurrent)
      if (error !== KafkaError.NONE) throw this.#faultOf(error)
    }
    const request = { ...this.#producer, ...membership, offsets }
    const answers = await this.#ask(
      () => broker.txnOffsetCommit(request),
      (given) => given.some(({ error }) => isConcurrent(error)),
    )
    const refused = answers.find(({ error }) => error !== KafkaError.NONE)
    this.refusedOffsets = refused === undefined ? null : this.#offsetsFault(refused, membership)
    if (this.refusedOffsets !== null) throw this.refusedOffsets
  }

  /** Decides it. Resolves with what the log said in the end. */
  end(commit: boolean): Promise<KafkaErrorCode> {
    return this.#ask(() => this.#client.broker.endTxn({ ...this.#producer, commit }), isConcurrent)
  }

  async #join(partitions: readonly TopicPartition[]): Promise<void> {
    const { broker } = this.#client
    const request = { ...this.#producer, partitions }
    for (const { topic, partition } of partitions) this.#partitions.add(partitionKey(topic, partition))
    const error = await this.#ask(() => broker.addPartitionsToTxn(request), isConcurrent)
    if (error === KafkaError.NONE) return
    for (const { topic, partition } of partitions) this.#partitions.delete(partitionKey(topic, partition))
    if (error !== KafkaError.UNKNOWN_TOPIC_OR_PARTITION) throw this.#faultOf(error)
    throw await missingFault(this.#client, await this.#firstMissing(partitions))
  }

  async #firstMissing(partitions: readonly TopicPartition[]): Promise<TopicPartition> {
    const answers = await this.#ask(() => this.#client.broker.listOffsets(partitions))
    return answers.find(({ error }) => error !== KafkaError.NONE) ?? (partitions[0] as TopicPartition)
  }

  #offsetsFault(refused: TopicPartition & { readonly error: KafkaErrorCode }, membership: GroupMembership): FaustError {
    const { topic, partition, error } = refused
    const { UNKNOWN_MEMBER_ID, ILLEGAL_GENERATION, FENCED_INSTANCE_ID, INVALID_PRODUCER_EPOCH } = KafkaError
    if (error === UNKNOWN_MEMBER_ID || error === ILLEGAL_GENERATION || error === FENCED_INSTANCE_ID) {
      return memberFault(membership, error)
    }
    if (error === INVALID_PRODUCER_EPOCH || error === KafkaError.PRODUCER_FENCED) return this.#faultOf(error)
    const subject = `${partitionName(topic, partition)} in group "${membership.group}"`
    return faultOf(error, { subject, details: { topic, partition, group: membership.group } })
  }

  #faultOf(error: KafkaErrorCode): FaustError {
    const { transactionalId } = this.#producer
    return faultOf(error, { subject: `Producer "${transactionalId}"`, details: { transactionalId } })
  }

  #ask<T>(request: () => T | PromiseLike<T>, again?: (answer: T) => boolean): Promise<T> {
    const what = `A transaction of producer "${this.#producer.transactionalId}"`
    return ask(this.#client, request, { what, within: this.#within, again })
  }
}

/** The transaction before has not ended everywhere: the log has to be asked again. */
function isConcurrent(error: KafkaErrorCode): boolean {
  return error === KafkaError.CONCURRENT_TRANSACTIONS
}
