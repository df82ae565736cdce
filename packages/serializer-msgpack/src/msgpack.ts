import {
  checkOptions,
  type Serializer,
  SERIALIZER_CONTRACT,
  type StandardSchema,
  validated,
  type ValidateOptions,
} from '@faust/core'
import { C1, Packr } from 'msgpackr'
import { canonical } from './canonical.ts'
import { checkWritable } from './writable.ts'

/**
 * MessagePack, as every other implementation reads and writes it: maps, arrays, UTF-8 strings, binary data, integers up
 * to 64 bits, doubles, and timestamps (extension type -1) for Dates. With a schema (anything with Standard Schema) every
 * value read is checked and comes out as the schema's output, `FAUST_VALIDATION` otherwise.
 *
 * An integer beyond the safe ones comes back as a bigint, any other as a number; a Map comes back as an object; a property
 * that is `undefined` as null; a Set as an array; typed arrays as their bytes. A bigint of more than 64 bits, a function, a
 * symbol and an invalid Date are refused. A key is written with its properties in order, so equal objects are one key.
 */
export function msgpack<T = unknown>(): Serializer<T>
export function msgpack<T>(schema: StandardSchema<unknown, T>, options?: ValidateOptions): Serializer<T>
export function msgpack<T>(schema?: StandardSchema<unknown, T>, options: ValidateOptions = {}): Serializer<T> {
  checkOptions('msgpack', options, ['validateOnSend'])
  const packr = new Packr({
    // Plain maps: what msgpackr calls records only msgpackr can read.
    useRecords: false,
    mapsAsObjects: true,
    variableMapSize: true,
    encodeUndefinedAsNil: true,
    // As it is documented and done; the type declaration lacks it.
    int64AsType: 'auto' as 'bigint',
    // What is read is a view into a fetched batch, which must not be kept alive by a value.
    copyBuffers: true,
    writeFunction: () => refuse('a function'),
    onInvalidDate: () => refuse('an invalid Date'),
  })
  const plain: Serializer<unknown> = {
    name: 'msgpack',
    contract: SERIALIZER_CONTRACT,
    supports: { keys: true },
    encode: (value, { part }) => packr.pack(part === 'key' ? canonical(value) : value),
    check: checkWritable,
    decode(bytes) {
      const value: unknown = packr.unpack(bytes)
      if (value === C1) throw new TypeError('The byte 0xc1 begins no value of MessagePack')
      return value
    },
  }
  return schema === undefined ? (plain as Serializer<T>) : validated(plain, schema, options)
}

function refuse(what: string): never {
  throw new TypeError(`It has ${what}, which MessagePack can't hold`)
}
