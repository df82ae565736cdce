import { NO_HEADERS } from '../../serializer/headers.ts'
import type { Clock } from '../../service/clock.ts'
import { isPromise, type MaybePromise } from '../../service/maybe-promise.ts'
import type { TopicDefinition } from '../../topic/topic-definition.ts'
import type { IncomingRecord, OutgoingRecord } from '../../transport/record.ts'
import type { Task } from '../task/task.ts'
import type { Topology } from '../topology.ts'
import { encodeRecord } from './encode.ts'
import type { Outputs } from './outputs.ts'
import { placeOf } from './place.ts'
import type { RecordToSend } from './record-to-send.ts'

/** Where records go that no handler has made. */
export interface EmitParts {
  readonly clock: Clock
  readonly topology: Topology
  readonly outputs: Outputs
}

/** Sends a record that no handler has made, as part of the cycle that `task` is about to be taken by. It waits for no room. */
export function emit(parts: EmitParts, task: Task, topic: TopicDefinition, record: RecordToSend): MaybePromise<void> {
  const known = parts.topology.topics.get(topic.name)!
  const { headers = NO_HEADERS, key, partition, timestamp = parts.clock.now(), value } = record
  const add = (encoded: OutgoingRecord): void => {
    void parts.outputs.add(task, topic.name, placeOf(known, encoded, partition), encoded)?.catch(() => {})
  }
  const encoded = encodeRecord(topic, key, value, headers, timestamp)
  return isPromise(encoded) ? encoded.then(add) : add(encoded)
}

/** Sends a record on as it came, to another topic, on behalf of a value of `task` that is in hand. */
export function forward(
  parts: EmitParts,
  task: Task,
  topic: TopicDefinition,
  record: IncomingRecord,
): Promise<void> | undefined {
  const known = parts.topology.topics.get(topic.name)!
  const { key, value, headers, timestamp } = record
  // Its bytes may be views into a buffer that is used again.
  const copy = { key: key && key.slice(), value: value && value.slice(), headers, timestamp }
  return parts.outputs.add(task, topic.name, placeOf(known, copy), copy)
}
