const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** The UTF-8 bytes of a text. */
export function utf8(text: string): Uint8Array {
  return encoder.encode(text)
}

/** The text of UTF-8 bytes; `null` and `undefined` stay what they are. */
export function text(bytes: Uint8Array): string
export function text<N extends null | undefined>(bytes: Uint8Array | N): string | N
export function text(bytes: Uint8Array | null | undefined): string | null | undefined {
  return bytes instanceof Uint8Array ? decoder.decode(bytes) : bytes
}

/**
 * Bytes as hexadecimal digits, for comparisons: the order of these strings is the order of the unsigned bytes, the
 * shorter first, and a subclass of Uint8Array equals its plain twin.
 */
export function hex(bytes: Uint8Array): string
export function hex<N extends null | undefined>(bytes: Uint8Array | N): string | N
export function hex(bytes: Uint8Array | null | undefined): string | null | undefined {
  if (!(bytes instanceof Uint8Array)) return bytes
  let digits = ''
  for (const byte of bytes) digits += byte.toString(16).padStart(2, '0')
  return digits
}

/** The bytes of hexadecimal digits. */
export function unhex(digits: string): Uint8Array {
  const bytes = new Uint8Array(digits.length / 2)
  for (let index = 0; index < bytes.length; index++) {
    bytes[index] = Number.parseInt(digits.slice(index * 2, index * 2 + 2), 16)
  }
  return bytes
}
