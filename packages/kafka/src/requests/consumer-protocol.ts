import type { TopicPartition } from '@faust/core'
import { ByteReader } from '../wire/byte-reader.ts'
import { ByteWriter } from '../wire/byte-writer.ts'
import { groupByTopic, readTopics, writeTopics } from './by-topic.ts'

/**
 * What members of groups of protocol type `consumer` tell their leader and it tells them, inside JoinGroup and SyncGroup
 * (Kafka's ConsumerProtocolSubscription and ConsumerProtocolAssignment, versions 0 to 3). A version only adds at the end,
 * so what is newer is read as far as it is known, and what an older one lacks has its default.
 */
export const CONSUMER_PROTOCOL = 'consumer'
const NEWEST = 3

/** What a member wants. */
export interface Subscription {
  readonly topics: readonly string[]
  readonly userData: Uint8Array | null
  /** Version 1: what it holds (KIP-429). Default nothing. */
  readonly owned: readonly TopicPartition[]
  /** Version 2: the generation that gave it these; -1 where unknown. */
  readonly generation: number
  /** Version 3. */
  readonly rack: string | null
}

/** What a member gets. */
export interface Assignment {
  readonly partitions: readonly TopicPartition[]
  readonly userData: Uint8Array | null
}

export function encodeSubscription(subscription: Subscription, version: 0 | 1 | 2 | 3 = NEWEST): Uint8Array {
  const to = new ByteWriter()
  to.int16(version)
  to.array(subscription.topics, (topic) => to.string(topic))
  to.bytes(subscription.userData)
  if (version >= 1) writeTopics(to, groupByTopic(subscription.owned), ({ partition }) => to.int32(partition))
  if (version >= 2) to.int32(subscription.generation)
  if (version >= 3) to.string(subscription.rack)
  return to.done()
}

/** `FAUST_ANSWER_INVALID` when they are no subscription. */
export function decodeSubscription(bytes: Uint8Array): Subscription {
  const from = new ByteReader(bytes, 'The subscription of a member')
  const version = from.int16()
  return {
    topics: from.array(() => from.string()),
    userData: from.nullableBytes(),
    owned: version >= 1 ? readTopics(from, (topic) => ({ topic, partition: from.int32() })) : [],
    generation: version >= 2 ? from.int32() : -1,
    rack: version >= 3 ? from.nullableString() : null,
  }
}

export function encodeAssignment(assignment: Assignment, version: 0 | 1 | 2 | 3 = NEWEST): Uint8Array {
  const to = new ByteWriter()
  // All versions are alike.
  to.int16(version)
  writeTopics(to, groupByTopic(assignment.partitions), ({ partition }) => to.int32(partition))
  to.bytes(assignment.userData)
  return to.done()
}

/** No bytes are an assignment of nothing: a leader need not mention a member. `FAUST_ANSWER_INVALID` when they are none. */
export function decodeAssignment(bytes: Uint8Array): Assignment {
  if (bytes.length === 0) return { partitions: [], userData: null }
  const from = new ByteReader(bytes, 'An assignment')
  from.int16()
  return {
    partitions: readTopics(from, (topic) => ({ topic, partition: from.int32() })),
    userData: from.nullableBytes(),
  }
}
