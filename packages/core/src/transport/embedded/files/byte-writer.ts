/** Bytes of the first buffer. */
const FIRST_SIZE = 64 * 1024

/** Writes numbers, bytes and text one after the other into a buffer that grows. Used again and again. */
export class ByteWriter {
  #buffer: Buffer = Buffer.allocUnsafe(FIRST_SIZE)
  #used = 0

  /** Begins anew, with `reserved` bytes left free for whoever knows later what goes there. */
  reset(reserved = 0): void {
    this.#used = reserved
  }

  /** What was written, valid until the next `reset`. */
  written(): Buffer {
    return this.#buffer.subarray(0, this.#used)
  }

  byte(value: number): void {
    this.#reserve(1)
    this.#buffer[this.#used++] = value
  }

  /** A whole number from 0 to the largest safe integer, in seven bits a byte. */
  number(value: number): void {
    this.#reserve(8)
    let rest = value
    while (rest >= 128) {
      this.#buffer[this.#used++] = (rest % 128) + 128
      rest = Math.floor(rest / 128)
    }
    this.#buffer[this.#used++] = rest
  }

  /** A whole number of either sign, small ones in few bytes; at most half of the largest safe integer. */
  signed(value: number): void {
    this.number(value < 0 ? -2 * value - 1 : 2 * value)
  }

  bytes(value: Uint8Array | null): void {
    if (value === null) return this.number(0)
    this.number(value.length + 1)
    this.#reserve(value.length)
    this.#buffer.set(value, this.#used)
    this.#used += value.length
  }

  text(value: string): void {
    const length = Buffer.byteLength(value)
    this.number(length)
    this.#reserve(length)
    this.#used += this.#buffer.write(value, this.#used)
  }

  #reserve(length: number): void {
    const needed = this.#used + length
    if (needed <= this.#buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2))
    this.#buffer.copy(larger, 0, 0, this.#used)
    this.#buffer = larger
  }
}
