import {
  checkBytes,
  FaustError,
  type Headers,
  isFaustError,
  messageOf,
  type OutgoingRecord,
  type RecordToSend,
  type Stream,
} from '@faust/core'
import type { IncomingRecord } from '@faust/core'

type Header = Headers[number]
type Definition = Stream<unknown, unknown>['definition']
type Part = 'key' | 'value'

/** A record with its bytes, and the partition it was meant for, if any. */
export interface EncodedRecord {
  readonly record: OutgoingRecord
  readonly partition: number | undefined
}

/** A record as the topic's serializers write it. */
export async function encode(topic: Definition, given: RecordToSend, now: number): Promise<EncodedRecord> {
  if (given.value === undefined) {
    const message = `A record for topic ${topic.name} has no value: it is undefined. To write a null, give \`value: null\`.`
    throw new FaustError('FAUST_ENCODE', message, { details: { topic: topic.name, part: 'value' } })
  }
  const headers: Header[] = [...(given.headers ?? [])]
  const part = async (name: Part, value: unknown): Promise<Uint8Array | null> => {
    if (value === null || value === undefined) return null
    try {
      return checkBytes(await topic[name].encode(value, { topic: topic.name, part: name, headers }))
    } catch (error) {
      throw located(
        error,
        'FAUST_ENCODE',
        `The ${name} of a record for topic ${topic.name} is not what ${topic[name].name} writes`,
      )
    }
  }
  const key = await part('key', given.key)
  const value = await part('value', given.value)
  return { record: { key, value, headers, timestamp: given.timestamp ?? now }, partition: given.partition }
}

/** A part of a record as the topic's serializer reads it. */
export async function decode(
  topic: Definition,
  name: Part,
  partition: number,
  record: IncomingRecord,
): Promise<unknown> {
  const bytes = record[name]
  if (bytes === null) return null
  try {
    return await topic[name].decode(bytes, { topic: topic.name, part: name, headers: record.headers })
  } catch (error) {
    const place = `topic ${topic.name}, partition ${partition}, offset ${record.offset}`
    throw located(error, 'FAUST_DECODE', `The ${name} at ${place} is not what ${topic[name].name} of that topic reads`)
  }
}

function located(error: unknown, code: string, what: string): FaustError {
  return new FaustError(isFaustError(error) ? error.code : code, `${what}: ${messageOf(error)}`, { cause: error })
}
