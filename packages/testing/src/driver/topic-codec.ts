import {
  encodeRecord,
  FaustError,
  type IncomingRecord,
  isFaustError,
  messageOf,
  NO_HEADERS,
  type OutgoingRecord,
  type RecordToSend,
  type Stream,
} from '@faust/core'

type Definition = Stream<unknown, unknown>['definition']

/** A record with its bytes, and the partition it was meant for, if any. */
export interface EncodedRecord {
  readonly record: OutgoingRecord
  readonly partition: number | undefined
}

/** A record as the topic's serializers write it. */
export async function encode(topic: Definition, given: RecordToSend, now: number): Promise<EncodedRecord> {
  const { headers = NO_HEADERS, key, partition, timestamp = now, value } = given
  return { record: await encodeRecord(topic, key, value, headers, timestamp), partition }
}

/** A part of a record as the topic's serializer reads it. */
export async function decode(
  topic: Definition,
  part: 'key' | 'value',
  partition: number,
  record: IncomingRecord,
): Promise<unknown> {
  const bytes = record[part]
  if (bytes === null) return null
  const { name: format } = topic[part]
  try {
    return await topic[part].decode(bytes, { topic: topic.name, part, headers: record.headers })
  } catch (error) {
    const code = isFaustError(error) ? error.code : 'FAUST_DECODE'
    const place = `topic ${topic.name}, partition ${partition}, offset ${record.offset}`
    const message = `The ${part} at ${place} is not what ${format} of that topic reads: ${messageOf(error)}`
    throw new FaustError(code, message, { cause: error })
  }
}
