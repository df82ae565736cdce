import type { MaybePromise } from '../service/maybe-promise.ts'
import { isPromise } from '../service/maybe-promise.ts'
import type { Serializer } from './serializer.ts'
import { FaustError } from '../service/errors.ts'
import { isSchema, type StandardSchema } from './standard-schema.ts'
import { validateValue } from './validate.ts'

/** How a schema is used by a serializer. */
export interface ValidateOptions {
  /**
   * Also check what is sent, so that a bad value fails where it is made. It is checked and then written as it is given:
   * right only for schemas that take their own output as input. Default false.
   */
  readonly validateOnSend?: boolean | undefined
}

/**
 * The same format with a schema (anything with Standard Schema: zod, valibot, arktype): every value read is checked and
 * comes out as the schema's output, `FAUST_VALIDATION` otherwise. For serializers of any format; answers at once where
 * format and schema do. What is no schema is `FAUST_SETTING_INVALID`: nothing would be checked by it.
 */
export function validated<T>(
  plain: Serializer<unknown>,
  schema: StandardSchema<unknown, T>,
  options: ValidateOptions = {},
): Serializer<T> {
  const { contract, name, supports } = plain
  if (!isSchema(schema)) {
    throw new FaustError(
      'FAUST_SETTING_INVALID',
      `${name}(schema): this is no schema with Standard Schema. Give one of zod, valibot or arktype, e.g. ` +
        `${name}(z.object({ … })), or nothing to take the type on trust.`,
    )
  }
  return {
    name,
    contract,
    supports,
    encode(value, context) {
      if (options.validateOnSend !== true) return plain.encode(value, context)
      const valid = validateValue(schema, value, context)
      return isPromise(valid) ? valid.then(() => plain.encode(value, context)) : plain.encode(value, context)
    },
    check(value, context) {
      plain.check?.(value, context)
      if (options.validateOnSend !== true) return
      const valid = validateValue(schema, value, context)
      // A schema that has to wait is asked again by the commit, which can.
      if (isPromise(valid)) valid.then(undefined, () => {})
    },
    decode(bytes, context): MaybePromise<T> {
      const value = plain.decode(bytes, context)
      return isPromise(value)
        ? value.then((read) => validateValue(schema, read, context))
        : validateValue(schema, value, context)
    },
  }
}
