import {
  checkOptions,
  FaustError,
  isPromise,
  messageOf,
  type EncodeContext,
  type Serializer,
  SERIALIZER_CONTRACT,
  type StandardSchema,
  validateValue,
} from '@faust/core'
import type avsc from 'avsc'
import { canonical } from './canonical.ts'
import type { SchemaRegistry } from './registry/schema-registry.ts'
import { subjectIds } from './registry/subject-ids.ts'
import type { SubjectStrategy } from './registry/subject.ts'
import { checkStrategy } from './registry/subject.ts'
import { readersOf } from './registry/readers.ts'
import type { AvroLogicalType } from './schema/logical-type.ts'
import { type AvroSchema, invalidSchema, textOfSchema } from './schema/schema-text.ts'
import { type TypeOptions, typeOfSchema } from './schema/type-of-schema.ts'
import type { Wire } from './wire.ts'
import { frameOf } from './wire.ts'
import { checkerOf, writerOf } from './write.ts'

/** How values stand in the program, and how they are checked. */
export interface AvroOptions<T> {
  /** Longs as numbers, of which those beyond the safe integers are refused, or all as bigints. Default `'number'`. */
  readonly longs?: 'number' | 'bigint' | undefined
  /** How values of logical types stand in the program, by their names; others are what their underlying type is. */
  readonly logicalTypes?: Readonly<Record<string, AvroLogicalType>> | undefined
  /** Anything with Standard Schema: every value read is checked and comes out as its output (`FAUST_VALIDATION`). */
  readonly check?: StandardSchema<unknown, T> | undefined
}

/** With a registry: every value begins with the id of the schema it was written with. */
export interface AvroRegistryOptions<T> extends AvroOptions<T> {
  readonly registry: SchemaRegistry
  /** Under which subject the schema is registered. Default `'topic'`: `orders-value`. */
  readonly subject?: SubjectStrategy | undefined
  /** Register the schema on first use; false: it has to be there already. Default true. */
  readonly register?: boolean | undefined
  /** How the id is written: 32 bits, as Confluent and Apicurio 3, or 64, as Apicurio before. Default `'confluent'`. */
  readonly wire?: Wire | undefined
}

const OPTIONS = ['longs', 'logicalTypes', 'check']
const REGISTRY_OPTIONS = ['registry', 'subject', 'register', 'wire']

/**
 * Avro. Without a registry records hold bare Avro of one schema; with one they begin with the id of the schema they were written
 * with, and are read as `schema`: fields that it has more get their defaults, fields that it has not are skipped
 * (`FAUST_SCHEMA_INCOMPATIBLE` where that can't be). Answers with a promise only at the first look-up of a topic or an id,
 * at once ever after.
 *
 * A key is written with its maps in order, so equal objects are one key as long as their schema stays the same.
 */
export function avro<T = unknown>(
  schema: AvroSchema,
  options: AvroOptions<T> | AvroRegistryOptions<T> = {},
): Serializer<T> {
  checkOptions('avro', options, 'registry' in options ? [...OPTIONS, ...REGISTRY_OPTIONS] : OPTIONS)
  const { longs = 'number', logicalTypes = {}, check } = options
  if (longs !== 'number' && longs !== 'bigint') throw wrong('longs', "is neither 'number' nor 'bigint'")
  const text = textOfSchema(schema)
  const rules = { longs, logicalTypes }
  const type = checkedType(text, rules)
  const plain = 'registry' in options ? withRegistry(text, type, rules, options) : withoutRegistry(type)
  if (check === undefined) return plain as Serializer<T>
  return {
    ...(plain as Serializer<T>),
    decode(bytes, context) {
      const value = plain.decode(bytes, context)
      return isPromise(value)
        ? value.then((read) => validateValue(check, read, context))
        : validateValue(check, value, context)
    },
  }
}

const BASE = { name: 'avro', contract: SERIALIZER_CONTRACT, supports: { keys: true } }

function withoutRegistry(type: avsc.Type): Serializer<unknown> {
  const write = writerOf(type, 0)
  return {
    ...BASE,
    encode: (value, context) => write(ordered(value, context)),
    check: checkerOf(type),
    decode: (bytes) => type.fromBuffer(viewOf(bytes, 0)) as unknown,
  }
}

function withRegistry(
  text: string,
  type: avsc.Type,
  rules: TypeOptions,
  { registry, subject = 'topic', register = true, wire = 'confluent' }: AvroRegistryOptions<unknown>,
): Serializer<unknown> {
  if (registry === undefined) throw wrong('registry', 'is undefined. Leave it out for one fixed schema.')
  if (wire !== 'confluent' && wire !== 'apicurio') throw wrong('wire', "is neither 'confluent' nor 'apicurio'")
  checkStrategy(subject, type.name)
  const frame = frameOf(wire)
  const write = writerOf(type, frame.length)
  const idAt = subjectIds(subject, type.name, (name) =>
    register ? registry.register(name, text) : registry.idOf(name, text),
  )
  const readerOf = readersOf(registry, type, rules)
  return {
    ...BASE,
    // Other bytes than bare Avro, and by either wire.
    name: `${BASE.name} (${wire})`,
    encode(value, context) {
      // Before anything is waited for: the value is the caller's, and may change.
      const bytes = write(ordered(value, context))
      const id = idAt(context)
      return isPromise(id) ? id.then((known) => frame.write(bytes, known)) : frame.write(bytes, id)
    },
    check: checkerOf(type),
    decode(bytes) {
      const reader = readerOf(frame.read(viewOf(bytes, 0)))
      if (!isPromise(reader)) return reader(viewOf(bytes, frame.length))
      const kept = Uint8Array.from(bytes)
      return reader.then((read) => read(viewOf(kept, frame.length)))
    },
  }
}

function ordered(value: unknown, { part }: EncodeContext): unknown {
  return part === 'key' ? canonical(value) : value
}

/** avsc takes Buffers only. */
function viewOf(bytes: Uint8Array, from: number): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, bytes.length - from)
}

function checkedType(text: string, rules: TypeOptions): avsc.Type {
  try {
    return typeOfSchema(text, [], rules)
  } catch (error) {
    throw invalidSchema(messageOf(error), error)
  }
}

function wrong(option: string, problem: string): FaustError {
  return new FaustError('FAUST_SETTING_INVALID', `avro: the option \`${option}\` ${problem}`, { details: { option } })
}
