import { Buffer } from 'node:buffer'

/** Memory that is not zeroed: only for bytes that are all written before anybody sees them. Never from Node's shared slab. */
export function allocate(size: number): Uint8Array {
  const { buffer, byteOffset } = Buffer.allocUnsafeSlow(size)
  return new Uint8Array(buffer, byteOffset, size)
}

/** The same bytes as a `Buffer`, for Node's own functions and native packages. Nothing is copied. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** The same bytes as a plain `Uint8Array`, whose `slice` copies (a `Buffer`'s does not). Nothing is copied here. */
export function asPlain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
