import { NO_HEADERS } from '../serializer/headers.ts'
import type { Clock } from '../service/clock.ts'
import { isPromise, type MaybePromise } from '../service/maybe-promise.ts'
import type { TopicDefinition } from '../topic/topic-definition.ts'
import type { IncomingRecord, OutgoingRecord } from '../transport/record.ts'
import { encodeRecord } from './encode.ts'
import type { Outbox } from './outbox.ts'
import { placeOf } from './place.ts'
import type { RecordToSend } from './record-to-send.ts'
import type { Topology } from './topology.ts'

/** Where records go that no handler has made. */
export interface EmitParts {
  readonly clock: Clock
  readonly topology: Topology
  readonly outbox: Outbox
}

/** Sends a record that no handler has made, as part of the cycle that is about to begin. It waits for no room. */
export function emit(parts: EmitParts, topic: TopicDefinition, record: RecordToSend): MaybePromise<void> {
  const known = parts.topology.topics.get(topic.name)!
  const { headers = NO_HEADERS, key, partition, timestamp = parts.clock.now(), value } = record
  const add = (encoded: OutgoingRecord): void => {
    void parts.outbox.add(topic.name, placeOf(known, encoded, partition), encoded)?.catch(() => {})
  }
  const encoded = encodeRecord(topic, key, value, headers, timestamp)
  return isPromise(encoded) ? encoded.then(add) : add(encoded)
}

/** Sends a record on as it came, to another topic, on behalf of the value in hand. */
export function forward(parts: EmitParts, topic: TopicDefinition, record: IncomingRecord): Promise<void> | undefined {
  const known = parts.topology.topics.get(topic.name)!
  const { key, value, headers, timestamp } = record
  // Its bytes may be views into a buffer that is used again.
  const copy = { key: key && key.slice(), value: value && value.slice(), headers, timestamp }
  return parts.outbox.add(topic.name, placeOf(known, copy), copy)
}
