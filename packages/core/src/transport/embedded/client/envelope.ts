import type { TopicPartition } from '../../record.ts'

/** What a member says when it joins. */
export interface SubscriptionEnvelope {
  readonly topics: readonly string[]
  /** Another one asks for a rebalance: equal bytes would not get any. */
  readonly nonce: number
  readonly userData: Uint8Array
}

/** What a member is given. */
export interface AssignmentEnvelope {
  readonly partitions: readonly TopicPartition[]
  readonly userData: Uint8Array
}

/** Bytes of the length in front of the JSON part; user data fills the rest as it is. */
const LENGTH_BYTES = 4

export function encodeSubscription({ topics, nonce, userData }: SubscriptionEnvelope): Uint8Array {
  return encode({ topics, nonce }, userData)
}

export function decodeSubscription(bytes: Uint8Array): SubscriptionEnvelope {
  const { head, userData } = decode(bytes)
  const { topics, nonce } = head as Omit<SubscriptionEnvelope, 'userData'>
  return { topics, nonce, userData }
}

/** Partitions by topic, so that an assignment of many stays small. */
export function encodeAssignment({ partitions, userData }: AssignmentEnvelope): Uint8Array {
  // Without a prototype, as a topic may be called `__proto__`.
  const byTopic = Object.create(null) as Record<string, number[]>
  for (const { topic, partition } of partitions) (byTopic[topic] ??= []).push(partition)
  return encode(byTopic, userData)
}

/** No bytes at all mean no partitions: the leader had nothing for this member. */
export function decodeAssignment(bytes: Uint8Array): AssignmentEnvelope {
  if (bytes.length === 0) return { partitions: [], userData: bytes }
  const { head, userData } = decode(bytes)
  const partitions = Object.entries(head as Record<string, number[]>).flatMap(([topic, numbers]) => {
    return numbers.map((partition) => ({ topic, partition }))
  })
  return { partitions, userData }
}

function encode(head: unknown, userData: Uint8Array): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(head))
  const bytes = new Uint8Array(LENGTH_BYTES + json.length + userData.length)
  new DataView(bytes.buffer).setUint32(0, json.length)
  bytes.set(json, LENGTH_BYTES)
  bytes.set(userData, LENGTH_BYTES + json.length)
  return bytes
}

function decode(bytes: Uint8Array): { readonly head: unknown; readonly userData: Uint8Array } {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)
  const end = LENGTH_BYTES + length
  const head: unknown = JSON.parse(new TextDecoder().decode(bytes.subarray(LENGTH_BYTES, end)))
  return { head, userData: bytes.subarray(end) }
}
