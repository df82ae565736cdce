/** A first answer, to ApiVersions, is a few hundred bytes. Text, as of HTTP, would be a size of a thousand million. */
export const FIRST_LIMIT: number = 2 ** 20
/** No answer is larger; the size of a batch of records is an int32, and brokers allow far less. */
const LIMIT = 2 ** 30
/** Of the size with which a frame begins. */
export const SIZE_BYTES: number = 4

/**
 * Follows the frames of what a socket receives, each of which begins with its size in four bytes, and finds the first that
 * can't be one. kafkajs takes any size as it comes: it would wait for ever for a large one and fall over a negative one.
 */
export class FrameGuard {
  #size = 0
  /** Bytes of the size that have come. */
  #sizeBytes = 0
  /** Bytes of the frame that are still to come. */
  #left = 0
  #limit = FIRST_LIMIT

  /** Whether everything so far was frames. */
  accepts(chunk: Uint8Array): boolean {
    for (let at = 0; at < chunk.length;) {
      if (this.#left > 0) {
        const step = Math.min(this.#left, chunk.length - at)
        this.#left -= step
        at += step
        continue
      }
      this.#size = this.#size * 256 + chunk[at++]!
      if (++this.#sizeBytes < SIZE_BYTES) continue
      // An answer has a correlation id at least.
      if (this.#size < SIZE_BYTES || this.#size > this.#limit) return false
      this.#left = this.#size
      this.#limit = LIMIT
      this.#size = 0
      this.#sizeBytes = 0
    }
    return true
  }
}

/** The beginning of what was received, for a message. */
export function excerpt(chunk: Uint8Array): string {
  const text = Array.from(chunk.subarray(0, 24), (byte) => {
    return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'
  })
  return `"${text.join('')}"`
}
