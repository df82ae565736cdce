import { FIRST_LIMIT, SIZE_BYTES } from './frame-guard.ts'

/** A larger one may be none, and is not worth the memory to wait for it here. */
const LIMIT = 2 ** 26

/**
 * Puts what a socket receives together to frames, each of which begins with its size in four bytes, and gives them whole: every
 * byte is copied once, while it is fresh, from the one buffer that the socket reads into. What can be no frame is passed on
 * as it comes, for whoever judges it.
 */
export class Frames {
  readonly #give: (data: Buffer) => void
  readonly #size = Buffer.allocUnsafeSlow(SIZE_BYTES)
  #frame = this.#size
  #filled = 0
  #limit = FIRST_LIMIT
  #odd = false

  constructor(give: (data: Buffer) => void) {
    this.#give = give
  }

  /** Keeps nothing of `bytes`. */
  take(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      if (this.#odd) return this.#give(Buffer.from(bytes.subarray(at)))
      const step = Math.min(this.#frame.length - this.#filled, bytes.length - at)
      this.#frame.set(bytes.subarray(at, at + step), this.#filled)
      this.#filled += step
      at += step
      if (this.#filled < this.#frame.length) return
      if (this.#frame !== this.#size) this.#end()
      else if (!this.#begin()) return this.#give(Buffer.concat([this.#size, bytes.subarray(at)]))
    }
  }

  /** Whether it may be a frame. */
  #begin(): boolean {
    const size = this.#size.readInt32BE(0)
    this.#odd = size < SIZE_BYTES || size > this.#limit
    if (this.#odd) return false
    this.#frame = Buffer.allocUnsafe(SIZE_BYTES + size)
    this.#frame.set(this.#size)
    return true
  }

  #end(): void {
    const frame = this.#frame
    this.#frame = this.#size
    this.#filled = 0
    this.#limit = LIMIT
    this.#give(frame)
  }
}
