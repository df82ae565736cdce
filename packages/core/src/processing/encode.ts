import type { Header, Headers } from '../serializer/headers.ts'
import { NO_HEADERS } from '../serializer/headers.ts'
import type { EncodeContext, Serializer } from '../serializer/serializer.ts'
import { FaustError, isFaustError, messageOf } from '../service/errors.ts'
import { isPromise, type MaybePromise } from '../service/maybe-promise.ts'
import type { TopicDefinition } from '../topic/topic-definition.ts'
import type { OutgoingRecord } from '../transport/record.ts'

/** A record as the user gives it. */
export interface RecordToEncode {
  readonly key: unknown
  readonly value: unknown
  readonly headers: Headers
  readonly timestamp: number
}

/** The record as bytes, or a `FaustError` that names the topic. A promise only when a serializer gives one. */
export function encodeRecord(topic: TopicDefinition, record: RecordToEncode): MaybePromise<OutgoingRecord> {
  const headers = [...record.headers]
  const key = encodePart(topic.name, 'key', topic.key, record.key, headers)
  const value = encodePart(topic.name, 'value', topic.value, record.value, headers)
  const finish = (keyBytes: Uint8Array | null, valueBytes: Uint8Array | null): OutgoingRecord => ({
    key: keyBytes,
    value: valueBytes,
    headers: headers.length === 0 ? NO_HEADERS : headers,
    timestamp: record.timestamp,
  })
  if (!isPromise(key) && !isPromise(value)) return finish(key, value)
  return Promise.all([key, value]).then(([keyBytes, valueBytes]) => finish(keyBytes, valueBytes))
}

/** One part as bytes; `null` and `undefined` are null in the log. */
export function encodePart(
  topic: string,
  part: 'key' | 'value',
  serializer: Serializer<unknown>,
  value: unknown,
  headers: Header[],
): MaybePromise<Uint8Array | null> {
  if (value === null || value === undefined) return null
  const fail = (error: unknown): never => {
    const known = isFaustError(error)
    throw new FaustError(
      known ? error.code : 'FAUST_ENCODE',
      `The ${part} of a record for topic ${topic} is not what ${serializer.name} writes: ${messageOf(error)}`,
      { cause: error, details: { ...(known ? error.details : {}), topic, part } },
    )
  }
  const context: EncodeContext = { topic, part, headers }
  try {
    const bytes = serializer.encode(value, context)
    return isPromise(bytes) ? bytes.then(undefined, fail) : bytes
  } catch (error) {
    return fail(error)
  }
}
