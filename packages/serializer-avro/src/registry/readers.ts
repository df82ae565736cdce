import type { MaybePromise } from '@faust/core'
import { FaustError, messageOf } from '@faust/core'
import type avsc from 'avsc'
import { type TypeOptions, typeOfSchema } from '../schema/type-of-schema.ts'
import type { RegisteredSchema, SchemaRegistry } from './schema-registry.ts'
import { sharedCalls } from './shared-calls.ts'

/** Reads a value that one schema wrote. */
type Read = (bytes: Buffer) => unknown

/** What reads the values of a schema's id as our own type: at once, when it was asked for before. */
export function readersOf(
  registry: SchemaRegistry,
  type: avsc.Type,
  rules: TypeOptions,
): (id: number) => MaybePromise<Read> {
  const known = new Map<number, Read>()
  const underWay = sharedCalls<Read>()
  return (id) =>
    known.get(id) ??
    underWay(String(id), async () => {
      const read = readerOf(id, await registry.schemaOf(id), type, rules)
      known.set(id, read)
      return read
    })
}

function readerOf(id: number, { schema, references }: RegisteredSchema, type: avsc.Type, rules: TypeOptions): Read {
  try {
    const writer = typeOfSchema(schema, references, rules)
    // Equal but for what bytes do not show: read straight, which is faster.
    const resolver = type.equals(writer) ? undefined : type.createResolver(writer)
    return (bytes) => type.fromBuffer(bytes, resolver) as unknown
  } catch (error) {
    throw new FaustError(
      'FAUST_SCHEMA_INCOMPATIBLE',
      `It was written with schema ${id} of the registry, which the declared one can't read: ${messageOf(error)}. ` +
        'Give new fields a default and renamed ones an alias, or read with the schema that wrote it.',
      { cause: error, details: { id } },
    )
  }
}
