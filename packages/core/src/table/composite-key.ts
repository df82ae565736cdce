import { FaustError } from '../service/errors.ts'
import { counted } from '../service/counted.ts'

// A key in front of more bytes: zeros within it are escaped and an end is put behind it, so that no key's range lies
// within another's, and keys keep their order.

const END = 1
const ESCAPED = 255

/** The key's bytes with an end that no longer key goes on from. */
export function escapeKey(key: Uint8Array): Uint8Array {
  let zeros = 0
  for (const byte of key) if (byte === 0) zeros++
  const bytes = new Uint8Array(key.length + zeros + 2)
  let at = 0
  for (const byte of key) {
    bytes[at++] = byte
    if (byte === 0) bytes[at++] = ESCAPED
  }
  bytes[at + 1] = END
  return bytes
}

/** Where the key ends that bytes begin with: the place behind its end. Bytes without one are `FAUST_DECODE`. */
export function keyLength(bytes: Uint8Array): number {
  let at = 0
  while (at < bytes.length - 1) {
    if (bytes[at] !== 0) at++
    else if (bytes[at + 1] === END) return at + 2
    else at += 2
  }
  throw new FaustError(
    'FAUST_DECODE',
    `has ${counted(bytes.length, 'byte')}, of which none ends the key that they begin with`,
  )
}

/** The key again, from bytes that are it with its end. */
export function unescapeKey(escaped: Uint8Array): Uint8Array {
  const key = new Uint8Array(Math.max(0, escaped.length - 2))
  let length = 0
  for (let at = 0; at < escaped.length - 2; at++) {
    key[length++] = escaped[at]!
    if (escaped[at] === 0) at++
  }
  return key.subarray(0, length)
}
