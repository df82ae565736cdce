// A byte string is kept as a JavaScript string with one character a byte. Against Uint8Array that is a quarter of the
// memory and of the time: it is one small object without a backing store, it hashes as a Map key, and strings compare
// by character, which here is the order of unsigned bytes.

interface Latin1Buffer {
  latin1Slice(this: Uint8Array, start: number, end: number): string
  latin1Write(this: Uint8Array, text: string, offset: number, length: number): number
}

const buffer = Buffer.prototype as unknown as Latin1Buffer

/** As Node's own: results share slabs of this size, so that a small one costs no allocation of its own. */
const SLAB = 8192

/** Each byte as the character of its number. */
export function toText(bytes: Uint8Array): string {
  return buffer.latin1Slice.call(bytes, 0, bytes.length)
}

/** A maker of fresh bytes from texts. The bytes of one call are never those of another. */
export function bytesMaker(): (text: string) => Uint8Array {
  let slab = new ArrayBuffer(SLAB)
  let used = 0
  return (text) => {
    const { length } = text
    if (length > SLAB >> 1) return fill(new Uint8Array(length), text)
    if (used + length > SLAB) {
      slab = new ArrayBuffer(SLAB)
      used = 0
    }
    const bytes = new Uint8Array(slab, used, length)
    used += length
    return fill(bytes, text)
  }
}

function fill(bytes: Uint8Array, text: string): Uint8Array {
  buffer.latin1Write.call(bytes, text, 0, text.length)
  return bytes
}
