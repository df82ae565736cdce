import { formatError, kindOf } from './format-error.ts'
import type { Serializer } from './serializer.ts'
import { SERIALIZER_CONTRACT } from './serializer.ts'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const CODES = Uint8Array.from(ALPHABET, (letter) => letter.charCodeAt(0))
const PAD = 0x3d
const INVALID = 0xff
const VALUES = new Uint8Array(256).fill(INVALID)
for (let i = 0; i < CODES.length; i++) VALUES[CODES[i]!] = i

/**
 * Bytes as base64 (RFC 4648 section 4: `+`, `/`, padded, no line breaks), for logs that must stay text. Mostly the last
 * layer of `compose`. Decoding is strict, so one value has one form: anything else is `FAUST_DECODE`.
 */
export function base64(): Serializer<Uint8Array> {
  return {
    name: 'base64',
    contract: SERIALIZER_CONTRACT,
    supports: { keys: true },
    encode(value, context) {
      if (value instanceof Uint8Array) return toBase64(value)
      throw formatError(
        'FAUST_ENCODE',
        context,
        `is ${kindOf(value)}, and base64() writes a Uint8Array only: put a serializer before it, as in compose(json(), base64())`,
      )
    },
    decode(encoded, context) {
      const decoded = fromBase64(encoded)
      if (decoded !== undefined) return decoded
      throw formatError(
        'FAUST_DECODE',
        context,
        'is not padded base64 (RFC 4648): declare the format it was written with',
      )
    },
  }
}

function toBase64(data: Uint8Array): Uint8Array {
  const out = new Uint8Array(Math.ceil(data.length / 3) * 4)
  const whole = data.length - (data.length % 3)
  let at = 0
  for (let i = 0; i < whole; i += 3) {
    const bits = (data[i]! << 16) | (data[i + 1]! << 8) | data[i + 2]!
    out[at++] = CODES[bits >> 18]!
    out[at++] = CODES[(bits >> 12) & 63]!
    out[at++] = CODES[(bits >> 6) & 63]!
    out[at++] = CODES[bits & 63]!
  }
  if (whole === data.length) return out
  const two = data.length - whole === 2
  const bits = (data[whole]! << 16) | (two ? data[whole + 1]! << 8 : 0)
  out[at++] = CODES[bits >> 18]!
  out[at++] = CODES[(bits >> 12) & 63]!
  out[at++] = two ? CODES[(bits >> 6) & 63]! : PAD
  out[at] = PAD
  return out
}

function fromBase64(data: Uint8Array): Uint8Array | undefined {
  const length = data.length
  if (length % 4 !== 0) return undefined
  const padding = length > 0 && data[length - 1] === PAD ? (data[length - 2] === PAD ? 2 : 1) : 0
  const out = new Uint8Array((length / 4) * 3 - padding)
  let at = 0
  // An invalid character has both upper bits set, so one look at the union of all values finds it.
  let seen = 0
  const whole = padding === 0 ? length : length - 4
  for (let i = 0; i < whole; i += 4) {
    const a = VALUES[data[i]!]!
    const b = VALUES[data[i + 1]!]!
    const c = VALUES[data[i + 2]!]!
    const d = VALUES[data[i + 3]!]!
    seen |= a | b | c | d
    out[at++] = (a << 2) | (b >> 4)
    out[at++] = (b << 4) | (c >> 2)
    out[at++] = (c << 6) | d
  }
  if (padding > 0) {
    const a = VALUES[data[whole]!]!
    const b = VALUES[data[whole + 1]!]!
    const c = padding === 1 ? VALUES[data[whole + 2]!]! : 0
    seen |= a | b | c
    // Bits that carry no data must be zero, else several texts would mean the same bytes.
    if (padding === 1 ? (c & 3) !== 0 : (b & 15) !== 0) return undefined
    out[at++] = (a << 2) | (b >> 4)
    if (padding === 1) out[at] = (b << 4) | (c >> 2)
  }
  return seen > 63 ? undefined : out
}
