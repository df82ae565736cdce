import type { Header, Headers } from '../serializer/headers.ts'
import { NO_HEADERS } from '../serializer/headers.ts'
import type { EncodeContext, Serializer } from '../serializer/serializer.ts'
import { FaustError, isFaustError, clauseOf } from '../service/errors.ts'
import { isPromise, type MaybePromise } from '../service/maybe-promise.ts'
import type { TopicDefinition } from '../topic/topic-definition.ts'
import type { OutgoingRecord } from '../transport/record.ts'

/** A record as bytes, or a `FaustError` that names the topic. A promise only when a serializer gives one. */
export function encodeRecord(
  topic: TopicDefinition,
  key: unknown,
  value: unknown,
  given: Headers,
  timestamp: number,
): MaybePromise<OutgoingRecord> {
  const headers: Header[] = given.length === 0 ? [] : [...given]
  const keyBytes = encodePart(topic.name, 'key', topic.key, key, headers)
  const valueBytes = encodePart(topic.name, 'value', topic.value, value, headers)
  if (isPromise(keyBytes) || isPromise(valueBytes)) {
    return Promise.all([keyBytes, valueBytes]).then(([keyDone, valueDone]) => ({
      key: keyDone,
      value: valueDone,
      headers,
      timestamp,
    }))
  }
  return { key: keyBytes, value: valueBytes, headers: headers.length === 0 ? NO_HEADERS : headers, timestamp }
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
  const context: EncodeContext = { topic, part, headers }
  try {
    const bytes = serializer.encode(value, context)
    return isPromise(bytes) ? bytes.then(undefined, (error: unknown) => fail(context, serializer, error)) : bytes
  } catch (error) {
    return fail(context, serializer, error)
  }
}

function fail({ topic, part }: EncodeContext, serializer: Serializer<unknown>, error: unknown): never {
  const known = isFaustError(error)
  throw new FaustError(
    known ? error.code : 'FAUST_ENCODE',
    `The ${part} of a record for topic ${topic} is not what ${serializer.name} writes: ${clauseOf(error)}`,
    { cause: error, details: { ...(known ? error.details : {}), topic, part } },
  )
}
