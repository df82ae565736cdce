import type { Adapter } from '../service/adapter.ts'
import type { Admin } from './admin.ts'
import type { GroupConsumer, GroupConsumerOptions } from './group.ts'
import type { Producer, ProducerOptions } from './producer.ts'
import type { Reader, ReaderOptions } from './reader.ts'

/** The version of the transport contract that this core speaks. */
export const TRANSPORT_CONTRACT = 1

/**
 * What a transport can do beyond what every one must. What it claims the conformance kit tests; what it does not claim
 * must throw `FAUST_NOT_SUPPORTED`, and core asks here before it relies on something.
 */
export interface TransportSupports {
  /** Records and committed offsets outlive the process. */
  readonly durable: boolean
  /** Transactional producers with offsets, fenced by id and by membership. Needed for exactly-once. */
  readonly transactions: boolean
  /** Rebalances that leave kept partitions reading. */
  readonly cooperative: boolean
  /** `instanceId` of group consumers. */
  readonly staticMembership: boolean
  /** `admin.deleteRecords`: repartition topics can be trimmed. */
  readonly deleteRecords: boolean
}

/**
 * A log of partitioned topics: Kafka, or something that behaves as Kafka does. The adapter of one app; several apps or
 * workers each have their own. Behaviour that callers rely on is promised member by member in `admin.ts`,
 * `producer.ts`, `group.ts` and `reader.ts`, and proved by `transportConformance` of `@faust/testing`.
 *
 * Rebalance, fencing and isolation behave as Kafka's do. Above all: once another worker has read the committed offset
 * of a partition it was given (require-stable), no transaction of the old owner that carries that partition's offset
 * can commit.
 */
export interface Transport extends Adapter {
  readonly supports: TransportSupports
  /** The one admin of this transport. Available after `start`. */
  readonly admin: Admin
  /** A new producer; `init` is called before its first use. */
  producer(options?: ProducerOptions): Producer
  /** A new group consumer; it joins at its `start`. */
  groupConsumer(options: GroupConsumerOptions): GroupConsumer
  /** A new reader. Each has its own way to the log: a slow one delays no other. */
  reader(options: ReaderOptions): Reader
}
