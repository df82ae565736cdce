import { formatError, kindOf } from './format-error.ts'
import type { CheckContext, Serializer } from './serializer.ts'
import { SERIALIZER_CONTRACT } from './serializer.ts'

/**
 * Bytes as they are. Copied both ways: what is encoded belongs to core from then on while the sender may reuse its
 * array, and what is decoded is handed to whoever may keep it while the log's buffer lives on only for the moment.
 */
export function bytes(): Serializer<Uint8Array> {
  return {
    name: 'bytes',
    contract: SERIALIZER_CONTRACT,
    supports: { keys: true, prefixes: true },
    encode(value, context) {
      check(value, context)
      // A constructor call rather than `slice`, which answers views and subclasses for a Buffer.
      return new Uint8Array(value)
    },
    check,
    decode: (encoded) => new Uint8Array(encoded),
  }
}

function check(value: unknown, context: CheckContext): void {
  if (value instanceof Uint8Array) return
  throw formatError(
    'FAUST_ENCODE',
    context,
    `is ${kindOf(value)}, and bytes() writes a Uint8Array only: convert it, or declare text() or json()`,
  )
}
