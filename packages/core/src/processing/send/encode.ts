import { checkBytes } from '../../serializer/check-bytes.ts'
import { NO_HEADERS } from '../../serializer/headers.ts'
import type { Header, Headers } from '../../serializer/headers.ts'
import type { EncodeContext, Serializer } from '../../serializer/serializer.ts'
import { clauseOf, FaustError, isFaustError, retriableOf } from '../../service/errors.ts'
import { isPromise, type MaybePromise } from '../../service/maybe-promise.ts'
import type { TopicDefinition } from '../../topic/topic-definition.ts'
import type { OutgoingRecord } from '../../transport/record.ts'

/**
 * A record as bytes, or a `FaustError` that names the topic. A promise only when a serializer gives one. A value that is
 * left out, as JavaScript lets one do, is no null.
 */
export function encodeRecord(
  topic: TopicDefinition,
  key: unknown,
  value: unknown,
  given: Headers,
  timestamp: number,
): MaybePromise<OutgoingRecord> {
  if (value === undefined) throw withoutValue(topic.name)
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
  if (isPromise(value)) throw unawaited(topic, part)
  const context: EncodeContext = { topic, part, headers }
  try {
    const bytes = serializer.encode(value, context)
    if (!isPromise(bytes)) return checkBytes(bytes)
    return bytes.then(checkBytes).then(undefined, (error: unknown) => fail(context, serializer, error, true))
  } catch (error) {
    return fail(context, serializer, error, false)
  }
}

function withoutValue(topic: string): FaustError {
  const message = `A record for topic ${topic} has no value: it is undefined. To write a null, give \`value: null\`.`
  return new FaustError('FAUST_ENCODE', message, { details: { topic, part: 'value' } })
}

/** Most formats would write an empty object. */
function unawaited(topic: string, part: 'key' | 'value'): FaustError {
  const message = `The ${part} of a record for topic ${topic} is a promise: await it first.`
  return new FaustError('FAUST_ENCODE', message, { details: { topic, part } })
}

/** What failed at once fails again; what had to wait may have `asked` somebody who answers the next time. */
function fail({ topic, part }: EncodeContext, serializer: Serializer<unknown>, error: unknown, asked: boolean): never {
  const known = isFaustError(error)
  // Serializers of core name topic and part themselves.
  if (known && error.details['topic'] === topic && error.details['part'] === part) throw error
  throw new FaustError(
    known ? error.code : 'FAUST_ENCODE',
    `The ${part} of a record for topic ${topic} is not what ${serializer.name} writes: ${clauseOf(error)}`,
    {
      cause: error,
      retriable: retriableOf(error) ?? asked,
      details: { ...(known ? error.details : {}), topic, part },
    },
  )
}
