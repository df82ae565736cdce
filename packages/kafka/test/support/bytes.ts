export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
export const text = (value: Uint8Array | null): string | null =>
  value === null ? null : new TextDecoder().decode(value)

export const hex = (value: Uint8Array): string => Buffer.from(value).toString('hex')
export const unhex = (value: string): Uint8Array => new Uint8Array(Buffer.from(value, 'hex'))
export const unbase64 = (value: string): Uint8Array => new Uint8Array(Buffer.from(value, 'base64'))

/** One array of all of them. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts))
}
