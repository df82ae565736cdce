import { FaustError } from '@faust/core'
import type { Clock, TopicPartition } from '@faust/core'
import { brokerFault } from '../requests/broker-fault.ts'
import { KAFKA } from '../requests/error-codes.ts'
import { kafkaError } from '../requests/kafka-errors.ts'
import type { Leader } from './cluster.ts'
import type { Deadline } from './deadline.ts'
import type { MetadataCache } from './metadata-cache.ts'
import type { MetadataUpdater } from './metadata-updater.ts'
import { TryAgain } from './retry.ts'
import type { TopicsInUse } from './topics-in-use.ts'

/** Ms for which a topic or partition may be missing before it is: a broker hears late of what was just created. */
const GRACE = 1_000

export interface SearchParts {
  readonly clock: Clock
  readonly cache: MetadataCache
  readonly updater: MetadataUpdater
  readonly topics: TopicsInUse
}

/** Whom a request was sent to. */
export interface UsedLeader {
  readonly partition: TopicPartition
  readonly leader: Leader
}

/** Finds leaders for one call, and knows how long the call has been missing something. */
export class LeaderSearch {
  readonly #clock: Clock
  readonly #cache: MetadataCache
  readonly #updater: MetadataUpdater
  readonly #topics: TopicsInUse
  #missingSince: number | undefined

  constructor(parts: SearchParts) {
    this.#clock = parts.clock
    this.#cache = parts.cache
    this.#updater = parts.updater
    this.#topics = parts.topics
  }

  /** The leaders of partitions, in their order, asked for once if one is unknown; `TryAgain` with the reason for the first without. */
  async find(partitions: readonly TopicPartition[], deadline: Deadline): Promise<readonly Leader[] | TryAgain> {
    for (const { topic } of partitions) this.#topics.use(topic)
    const unknown = (): TopicPartition | undefined => partitions.find((each) => this.#cache.leader(each) === undefined)
    if (unknown() !== undefined) await deadline.wait(this.#updater.refresh(partitions.map(({ topic }) => topic)))
    const first = unknown()
    if (first === undefined) return partitions.map((each) => this.#cache.leader(each) as Leader)
    return this.#without(first)
  }

  /** Those were not the leaders, or are lost. Asks anew; answers whether that told of others, so that no wait is needed. */
  async renew(used: readonly UsedLeader[], deadline: Deadline): Promise<boolean> {
    const changed = (): boolean => used.some((each) => this.#differs(each))
    if (changed()) return true
    await deadline.wait(this.#updater.refresh(used.map(({ partition }) => partition.topic)))
    return changed()
  }

  #differs({ partition, leader }: UsedLeader): boolean {
    const now = this.#cache.leader(partition)
    return now !== undefined && (now.node !== leader.node || now.epoch !== leader.epoch)
  }

  #without({ topic, partition }: TopicPartition): TryAgain {
    const known = this.#cache.topic(topic)
    const subject = `Partition ${partition} of topic "${topic}"`
    const details = { topic, partition, sent: false }
    if (known === undefined) return new TryAgain(unknownTopic(subject, details))
    const { error, partitions } = known
    if (error !== 0 && error !== KAFKA.UNKNOWN_TOPIC_OR_PARTITION) {
      const fault = brokerFault(error, { subject, details })
      if (!kafkaError(error).retriable) throw fault
      return new TryAgain(fault)
    }
    if (error === 0 && partition < partitions.length)
      return new TryAgain(brokerFault(KAFKA.LEADER_NOT_AVAILABLE, { subject, details }))
    const fault =
      error === KAFKA.UNKNOWN_TOPIC_OR_PARTITION
        ? missingTopic(topic)
        : missingPartition(topic, partition, partitions.length)
    this.#missingSince ??= this.#clock.monotonic()
    if (this.#clock.monotonic() - this.#missingSince >= GRACE) throw fault
    return new TryAgain(fault)
  }
}

function unknownTopic(subject: string, details: Readonly<Record<string, unknown>>): FaustError {
  const message = `${subject} can't be looked up: no Kafka broker tells about it now`
  return new FaustError('FAUST_TRANSPORT_UNAVAILABLE', message, { retriable: true, details })
}

function missingTopic(topic: string): FaustError {
  const message = `Topic "${topic}" does not exist: declare it first`
  return new FaustError('FAUST_TOPIC_MISSING', message, { details: { topic } })
}

function missingPartition(topic: string, partition: number, count: number): FaustError {
  const message = `Topic "${topic}" has no partition ${partition}: it has ${count}, counted from 0`
  return new FaustError('FAUST_PARTITION_UNKNOWN', message, { details: { topic, partition, partitions: count } })
}
