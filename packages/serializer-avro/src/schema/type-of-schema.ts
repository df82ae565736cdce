import avsc from 'avsc'
import { bigintLong } from './bigint-long.ts'
import { BoundedArray, BoundedMap } from './bounded-types.ts'
import type { AvroLogicalType } from './logical-type.ts'
import { logicalTypesOf } from './logical-type.ts'
import { SafeLong } from './safe-long.ts'

/** How values of a schema stand in the program. */
export interface TypeOptions {
  readonly longs: 'number' | 'bigint'
  readonly logicalTypes: Readonly<Record<string, AvroLogicalType>>
}

/**
 * avsc's type for a schema as JSON text; `references` are schemas whose names it uses, in the order in which they use each
 * other. Records come as plain objects. Throws what avsc has against a schema.
 */
export function typeOfSchema(text: string, references: readonly string[], options: TypeOptions): avsc.Type {
  const registry: Record<string, avsc.Type> = {}
  const rules: Partial<avsc.ForSchemaOptions> = {
    registry,
    logicalTypes: logicalTypesOf(options.logicalTypes),
    omitRecordMethods: true,
    typeHook: ownTypes(options),
  }
  for (const reference of references) avsc.Type.forSchema(JSON.parse(reference) as avsc.Schema, rules)
  const type = avsc.Type.forSchema(JSON.parse(text) as avsc.Schema, rules)
  // avsc makes a class for each record; with this prototype what it builds is a plain object like any other.
  for (const named of Object.values(registry)) {
    if (named instanceof avsc.types.RecordType) {
      ;(named.recordConstructor as { prototype: object }).prototype = Object.prototype
    }
  }
  return type
}

/** Called by avsc for every part of a schema, before it makes a type of its own. */
function ownTypes({ longs, logicalTypes }: TypeOptions): avsc.ForSchemaOptions['typeHook'] {
  const long = longs === 'bigint' ? bigintLong() : new SafeLong()
  // avsc asks twice for a part with a logical type: for the whole, and then for what is beneath it.
  const wholes = new Set<unknown>()
  return (schema: unknown, options) => {
    const { type = schema, logicalType } = (schema ?? {}) as { type?: unknown; logicalType?: unknown }
    if (typeof logicalType === 'string' && Object.hasOwn(logicalTypes, logicalType) && !wholes.delete(schema)) {
      wholes.add(schema)
      return undefined
    }
    if (type === 'long') return long
    if (type === 'map') return new BoundedMap(schema as avsc.Schema, options)
    if (type !== 'array') return undefined
    const array = new BoundedArray(schema as avsc.Schema, options)
    if (takesNoByte(array.itemsType))
      throw new TypeError('it has an array whose items take no byte, which nothing bounds')
    return array
  }
}

function takesNoByte(type: avsc.Type): boolean {
  if (type.typeName === 'null') return true
  // The fields of a record that refers to itself are not there yet; it holds an array or a union, which take bytes.
  return (
    type instanceof avsc.types.RecordType &&
    type.fields !== undefined &&
    type.fields.every(({ type }) => takesNoByte(type))
  )
}
