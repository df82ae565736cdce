import { FaustError } from '@faust/core'

/** A schema as the Avro specification writes it in JSON: an object, a list (a union), the name of a primitive, or its text. */
export type AvroSchema = string | object

/** A schema as JSON text, which is what registries keep. */
export function textOfSchema(schema: AvroSchema): string {
  if (typeof schema !== 'string') return JSON.stringify(schema)
  const text = schema.trim()
  if (!/^[[{"]/.test(text)) return JSON.stringify(text)
  try {
    return JSON.stringify(JSON.parse(text))
  } catch (error) {
    throw invalidSchema('it is text, but not JSON', error)
  }
}

/** The error for a schema that can't be used. */
export function invalidSchema(problem: string, cause?: unknown): FaustError {
  return new FaustError('FAUST_SETTING_INVALID', `avro: the schema can't be used: ${problem}. Correct it.`, { cause })
}
