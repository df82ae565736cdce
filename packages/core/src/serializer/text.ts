import { formatError, kindOf } from './format-error.ts'
import type { CheckContext, Serializer } from './serializer.ts'
import { SERIALIZER_CONTRACT } from './serializer.ts'
import { decodeUtf8, encodeUtf8 } from './utf8.ts'

/**
 * Strings as UTF-8. What cannot come back as it was is refused both ways: a string with half a surrogate pair
 * (`FAUST_ENCODE`) and bytes that are not valid UTF-8 (`FAUST_DECODE`). A byte order mark is kept as the character it is.
 */
export function text(): Serializer<string> {
  return {
    name: 'text',
    contract: SERIALIZER_CONTRACT,
    supports: { keys: true, prefixes: true },
    encode(value, context) {
      check(value, context)
      return encodeUtf8(value)
    },
    check,
    decode(bytes, context) {
      const decoded = decodeUtf8(bytes)
      if (decoded !== undefined) return decoded
      throw formatError(
        'FAUST_DECODE',
        context,
        'is not valid UTF-8: declare bytes() or the format it was written with',
      )
    },
  }
}

function check(value: unknown, context: CheckContext): void {
  if (typeof value !== 'string') {
    throw formatError(
      'FAUST_ENCODE',
      context,
      `is ${kindOf(value)}, and text() writes strings only: convert it with String(…), or declare json()`,
    )
  }
  if (!value.isWellFormed()) {
    throw formatError(
      'FAUST_ENCODE',
      context,
      'has half of a surrogate pair, which UTF-8 cannot write: cut strings between characters, or use toWellFormed()',
    )
  }
}
