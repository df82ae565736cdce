import type { Header, Headers } from '../serializer/headers.ts'
import { decodeUtf8, encodeUtf8 } from '../serializer/utf8.ts'
import type { IncomingRecord, OutgoingRecord, TopicPartitionOffset } from '../transport/record.ts'

/** A record that an agent could not process, as it is kept: its own bytes, and what has happened to it. */
export interface DeadLetter {
  /** Whose agent gave it up: id and version of the app. `undefined` in letters that do not tell. */
  readonly app: string | undefined
  /** Who gave it up. */
  readonly agent: string
  /** Where the record stood. */
  readonly source: TopicPartitionOffset
  /** Epoch ms of the record. */
  readonly timestamp: number
  /** The bytes of the record. Both are `null` where `body` says that they are not here. */
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  /** The headers of the record; where the app is traced, with the context of its last try. */
  readonly headers: Headers
  /** `dropped`: the record with what is told of it was too large for the topic. `unreadable`: the log could not give it. */
  readonly body: 'kept' | 'dropped' | 'unreadable'
  /** How often it was tried. */
  readonly attempts: number
  /** Message of the last failure, with its code where it has one. */
  readonly error: string
  readonly code: string | undefined
  readonly stack: string
  /** Epoch ms of the last failure. */
  readonly failedAt: number
}

/** What a letter's own headers begin with. */
const PREFIX = 'faust.dead-letter.'
/** What a record takes beside its key, value and headers, at most. */
const OVERHEAD = 100
/** What a header takes beside its name and value, at most. */
const HEADER_OVERHEAD = 10
const CUT = ' … (shortened)'

/**
 * A letter as a record of at most `limit` bytes. One that is too large gets a shorter stack and message, and where that
 * is not enough it loses key, value and headers of the record, and says so.
 */
export function encodeDeadLetter(letter: DeadLetter, limit: number): OutgoingRecord {
  const whole = encode(letter)
  const excess = sizeOf(whole) - limit
  if (excess <= 0) return whole
  const texts = byteLength(letter.stack) + byteLength(letter.error)
  const keep = texts - excess
  if (keep >= 0) return encode(shorten(letter, keep))
  const bare: DeadLetter = { ...letter, key: null, value: null, headers: [], body: 'dropped' }
  return encode(shorten(bare, limit - (sizeOf(encode(bare)) - texts)))
}

/** The letter that a record of a topic for dead letters holds, or `undefined` when it is something else. */
export function decodeDeadLetter(record: IncomingRecord): DeadLetter | undefined {
  const facts = new Map<string, string>()
  const headers: Header[] = []
  for (const header of record.headers) {
    const [name, value] = header
    if (name.startsWith(PREFIX)) facts.set(name.slice(PREFIX.length), value === null ? '' : (decodeUtf8(value) ?? ''))
    else headers.push(header)
  }
  const topic = facts.get('topic')
  const agent = facts.get('agent')
  if (topic === undefined || agent === undefined) return undefined
  // -1 for what is missing, and for what is no such number: anybody may have written the record.
  const number = (name: string): number => {
    const value = Number(facts.get(name) || -1)
    return Number.isSafeInteger(value) && value >= 0 ? value : -1
  }
  const body = facts.get('body')
  return {
    app: facts.get('app'),
    agent,
    source: { topic, partition: number('partition'), offset: number('offset') },
    timestamp: number('timestamp'),
    key: record.key,
    value: record.value,
    headers,
    body: body === 'dropped' || body === 'unreadable' ? body : 'kept',
    attempts: number('attempts'),
    error: facts.get('error') ?? '',
    code: facts.get('code'),
    stack: facts.get('stack') ?? '',
    failedAt: record.timestamp,
  }
}

function encode(letter: DeadLetter): OutgoingRecord {
  const { source } = letter
  const facts: readonly (readonly [name: string, value: string | number | undefined])[] = [
    ['app', letter.app],
    ['agent', letter.agent],
    ['topic', source.topic],
    ['partition', source.partition],
    ['offset', source.offset],
    ['timestamp', letter.timestamp],
    ['attempts', letter.attempts],
    ['error', letter.error],
    ['code', letter.code],
    ['stack', letter.stack],
    ['body', letter.body],
  ]
  const own = facts.flatMap(([name, value]): Header[] =>
    value === undefined ? [] : [[PREFIX + name, encodeUtf8(String(value))]],
  )
  return { key: letter.key, value: letter.value, headers: [...letter.headers, ...own], timestamp: letter.failedAt }
}

/** Stack and message in at most `bytes` together; the message is the last to go. */
function shorten(letter: DeadLetter, bytes: number): DeadLetter {
  const error = cut(letter.error, bytes)
  return { ...letter, error, stack: cut(letter.stack, bytes - byteLength(error)) }
}

function cut(text: string, bytes: number): string {
  if (byteLength(text) <= bytes) return text
  const room = bytes - byteLength(CUT)
  if (room < 0) return ''
  // UTF-8 has at most three bytes for a unit of a string.
  let end = Math.min(text.length, room)
  while (end > 0 && byteLength(text.slice(0, end)) > room) end = Math.floor(end * 0.9)
  // Half of a pair would not survive the encoding.
  if (end > 0 && text.charCodeAt(end - 1) >= 0xd800 && text.charCodeAt(end - 1) <= 0xdbff) end--
  return text.slice(0, end) + CUT
}

function sizeOf({ key, value, headers = [] }: OutgoingRecord): number {
  let size = OVERHEAD + (key?.length ?? 0) + (value?.length ?? 0)
  for (const [name, bytes] of headers) size += HEADER_OVERHEAD + byteLength(name) + (bytes?.length ?? 0)
  return size
}

function byteLength(text: string): number {
  return encodeUtf8(text).length
}
