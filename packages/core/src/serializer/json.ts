import { canonicalJson } from './canonical-json.ts'
import { formatError } from './format-error.ts'
import { findJsonLoss, isPlainJson } from './json-loss.ts'
import type { CheckContext, DecodeContext, EncodeContext, Serializer } from './serializer.ts'
import { SERIALIZER_CONTRACT } from './serializer.ts'
import type { StandardSchema } from './standard-schema.ts'
import { decodeUtf8, encodeUtf8 } from './utf8.ts'
import type { ValidateOptions } from './validated.ts'
import { validated } from './validated.ts'
import { counted } from '../service/counted.ts'

/**
 * JSON. With a schema (anything with Standard Schema: zod, valibot, arktype) every value read is checked and comes out
 * as the schema's output, `FAUST_VALIDATION` otherwise; without one, `json<T>()` takes the type on trust.
 *
 * What JSON would drop or change on the quiet is `FAUST_ENCODE`, with its path and what to send instead: bigint, NaN and
 * the infinities, Map, Set, binary data, functions, symbols, `undefined` in an array, cycles, instances of which nothing
 * would be written. A property that is `undefined` is left out. A Date, and whatever has `toJSON`, is written as that
 * says and comes back so: a Date as ISO 8601 text, unless the schema turns it into a Date again.
 *
 * A key is written canonically (RFC 8785: members in order), so equal objects are one key.
 */
export function json<T = unknown>(): Serializer<T>
export function json<T>(schema: StandardSchema<unknown, T>, options?: ValidateOptions): Serializer<T>
export function json<T>(schema?: StandardSchema<unknown, T>, options: ValidateOptions = {}): Serializer<T> {
  const plain: Serializer<unknown> = {
    name: 'json',
    contract: SERIALIZER_CONTRACT,
    supports: { keys: true },
    encode: (value, context) => encodeUtf8(stringify(value, context)),
    check,
    decode: parse,
  }
  return schema === undefined ? (plain as Serializer<T>) : validated(plain, schema, options)
}

function check(value: unknown, context: CheckContext): void {
  // A cycle would overflow the stack of the quick look; the other finds it.
  let plain = false
  try {
    plain = isPlainJson(value)
  } catch {}
  const found = plain ? undefined : loss(value, context)
  if (found !== undefined) throw found
}

function stringify(value: unknown, context: EncodeContext): string {
  let text: string | undefined
  try {
    text = JSON.stringify(value)
    if (text !== undefined && isPlainJson(value)) return ordered(value, text, context)
  } catch (cause) {
    throw (
      loss(value, context) ?? formatError('FAUST_ENCODE', context, 'cannot be written as JSON: see the cause', cause)
    )
  }
  const found = loss(value, context)
  if (found !== undefined) throw found
  if (text === undefined)
    throw formatError('FAUST_ENCODE', context, 'has a toJSON() that answers undefined: answer null instead')
  return ordered(value, text, context)
}

function ordered(value: unknown, text: string, context: EncodeContext): string {
  return context.part === 'key' && typeof value === 'object' ? canonicalJson(value, text) : text
}

function loss(value: unknown, context: CheckContext): Error | undefined {
  const found = findJsonLoss(value)
  if (found === undefined) return undefined
  const where = found.path === '' ? 'is' : `has at ${found.path}`
  return formatError('FAUST_ENCODE', context, `${where} ${found.problem}`)
}

function parse(bytes: Uint8Array, context: DecodeContext): unknown {
  const text = decodeUtf8(bytes)
  if (text === undefined) throw notJson(bytes, context, 'is not valid UTF-8')
  try {
    return JSON.parse(text)
  } catch {
    // V8's message quotes the record, which must not reach a log; so it is neither repeated nor the cause.
    throw notJson(bytes, context, 'is not JSON')
  }
}

function notJson(bytes: Uint8Array, context: DecodeContext, problem: string): Error {
  let hint = 'declare the format it was written with, as text() or bytes()'
  if (bytes.length === 0) hint = 'it is empty; send null to delete a key'
  else if (bytes[0] === 0 && bytes.length > 5)
    hint = 'it starts as the Confluent Schema Registry does: declare that format'
  return formatError('FAUST_DECODE', context, `(${counted(bytes.length, 'byte')}) ${problem}: ${hint}`)
}
