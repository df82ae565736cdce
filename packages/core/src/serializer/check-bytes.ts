import { isUint8Array } from 'node:util/types'
import { FaustError } from '../service/errors.ts'

/**
 * What a serializer's `encode` gave, when it is bytes. Anything else is refused: a string, say, would be copied into the
 * log as zeros, and what was meant would be gone. Bytes of another realm (jest's) are bytes.
 */
export function checkBytes(given: unknown): Uint8Array {
  if (isUint8Array(given)) return given
  const text = typeof given === 'string' ? '. For text: `new TextEncoder().encode(…)`' : ''
  throw new FaustError('FAUST_ENCODE', `\`encode\` gave ${kindOf(given)}, and it has to give a Uint8Array${text}`)
}

function kindOf(given: unknown): string {
  if (given === null || given === undefined) return String(given)
  return typeof given === 'object' ? (given.constructor?.name ?? 'an object') : `a ${typeof given}`
}
