import type { Headers } from '../../serializer/headers.ts'
import type { DecodeContext, Serializer } from '../../serializer/serializer.ts'
import { type FaustError, isFaustError, messageOf, retriableOf } from '../../service/errors.ts'
import { isPromise, type MaybePromise } from '../../service/maybe-promise.ts'
import type { TopicDefinition } from '../../topic/topic-definition.ts'
import type { IncomingRecord, TopicPartitionOffset } from '../../transport/record.ts'
import { recordError } from '../queue/record-error.ts'

/** Where a record stands, for messages. */
interface Place {
  readonly topic: TopicDefinition
  readonly partition: number
}

/** The record's value, or a `FaustError` that names the record. */
export function decodeValue(place: Place, record: IncomingRecord): MaybePromise<unknown> {
  const { topic } = place
  if (record.error !== undefined) throw locate(record.error, place, record, 'value', topic.value, false)
  if (record.value !== null) return decodePart(place, record, 'value', topic.value, record.value)
  if (topic.tombstones) return null
  throw recordError(
    'FAUST_NULL_VALUE',
    positionOf(place, record),
    'The value is null. Declare the topic with `tombstones: true` to receive nulls, or keep them out of the topic.',
  )
}

/** The record's key, `null` for none. */
export function decodeKey(place: Place, record: IncomingRecord): MaybePromise<unknown> {
  return record.key === null ? null : decodePart(place, record, 'key', place.topic.key, record.key)
}

function decodePart(
  place: Place,
  record: IncomingRecord,
  part: 'key' | 'value',
  serializer: Serializer<unknown>,
  bytes: Uint8Array,
): MaybePromise<unknown> {
  try {
    const decoded = serializer.decode(bytes, context(place.topic.name, part, record.headers))
    if (!isPromise(decoded)) return decoded
    return decoded.then(undefined, (error: unknown) => {
      throw locate(error, place, record, part, serializer, true)
    })
  } catch (error) {
    throw locate(error, place, record, part, serializer, false)
  }
}

/** The last context made: records of one topic mostly have no headers and can share it. */
let last: DecodeContext = { topic: '', part: 'value', headers: [] }

function context(topic: string, part: 'key' | 'value', headers: Headers): DecodeContext {
  if (last.topic !== topic || last.part !== part || last.headers !== headers) last = { topic, part, headers }
  return last
}

function positionOf({ partition, topic }: Place, { offset }: IncomingRecord): TopicPartitionOffset {
  return { topic: topic.name, partition, offset }
}

/**
 * Whatever a serializer threw, with the record named. The code of a `FaustError` stays. What failed at once has looked at
 * nothing but the bytes and fails again; what had to wait may have asked somebody (`asked`) who answers the next time.
 */
function locate(
  error: unknown,
  place: Place,
  record: IncomingRecord,
  part: 'key' | 'value',
  serializer: Serializer<unknown>,
  asked: boolean,
): FaustError {
  const known = isFaustError(error)
  const problem = known ? messageOf(error) : `The ${part} is not what ${serializer.name} reads: ${messageOf(error)}`
  return recordError(known ? error.code : 'FAUST_DECODE', positionOf(place, record), problem, {
    cause: error,
    retriable: retriableOf(error) ?? asked,
    details: { ...(known ? error.details : {}), part },
  })
}
