import {
  checkOptions,
  type Serializer,
  SERIALIZER_CONTRACT,
  type StandardSchema,
  validated,
  type ValidateOptions,
} from '@faust/core'
import {
  type CreateNodeOptions,
  type DocumentOptions,
  parse,
  type ParseOptions,
  type SchemaOptions,
  stringify,
  type ToStringOptions,
  YAMLParseError,
} from 'yaml'
import { checkWritable } from './writable.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })

const WRITE: DocumentOptions & SchemaOptions & CreateNodeOptions & ToStringOptions = {
  customTags: ['binary'],
  aliasDuplicateObjects: false,
  lineWidth: 0,
}
const READ: ParseOptions & DocumentOptions & SchemaOptions = {
  customTags: ['binary'],
  prettyErrors: false,
  logLevel: 'error',
}

/**
 * YAML 1.2 (core schema), one document a record, for logs that people read and write. With a schema (anything with
 * Standard Schema) every value read is checked and comes out as the schema's output, `FAUST_VALIDATION` otherwise.
 *
 * Bytes are written as `!!binary`. A Date is written as ISO 8601 text and comes back as text, unless the schema turns it
 * into a Date again. What would be dropped or changed on the quiet is refused with its path. A key is written with its
 * properties in order, so equal objects are one key.
 */
export function yaml<T = unknown>(): Serializer<T>
export function yaml<T>(schema: StandardSchema<unknown, T>, options?: ValidateOptions): Serializer<T>
export function yaml<T>(schema?: StandardSchema<unknown, T>, options: ValidateOptions = {}): Serializer<T> {
  checkOptions('yaml', options, ['validateOnSend'])
  const plain: Serializer<unknown> = {
    name: 'yaml',
    contract: SERIALIZER_CONTRACT,
    supports: { keys: true },
    encode(value, { part }) {
      checkWritable(value)
      return encoder.encode(stringify(value, { ...WRITE, sortMapEntries: part === 'key' }))
    },
    check: (value) => checkWritable(value),
    decode: read,
  }
  return schema === undefined ? (plain as Serializer<T>) : validated(plain, schema, options)
}

function read(bytes: Uint8Array): unknown {
  if (bytes.length === 0) throw new TypeError('It is empty; send null to delete a key')
  const text = decoder.decode(bytes)
  try {
    const value: unknown = parse(text, READ)
    return value
  } catch (error) {
    // The parser's message quotes the record, which must not reach a log: so it is neither repeated nor the cause.
    // oxlint-disable preserve-caught-error
    if (!(error instanceof YAMLParseError)) throw new TypeError('It is not YAML, or refers to what it does not define')
    throw new TypeError(`It is not YAML: ${error.code} at character ${error.pos[0]}`)
  }
}
