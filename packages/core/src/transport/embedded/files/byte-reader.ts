/** Reads what a `ByteWriter` wrote. Bytes are views into the buffer. Throws a `RangeError` beyond its end. */
export class ByteReader {
  readonly #buffer: Buffer
  #at = 0

  constructor(buffer: Buffer) {
    this.#buffer = buffer
  }

  byte(): number {
    const value = this.#buffer[this.#at++]
    if (value === undefined) throw new RangeError('The entry ends too early')
    return value
  }

  number(): number {
    let value = 0
    for (let factor = 1; ; factor *= 128) {
      const byte = this.byte()
      value += (byte % 128) * factor
      if (byte < 128) return value
    }
  }

  signed(): number {
    const value = this.number()
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }

  bytes(): Uint8Array | null {
    const length = this.number()
    if (length === 0) return null
    const { buffer, byteOffset } = this.#take(length - 1)
    return new Uint8Array(buffer, byteOffset, length - 1)
  }

  text(): string {
    return this.#take(this.number()).toString()
  }

  /** Everything that is left. */
  rest(): Buffer {
    return this.#take(this.#buffer.length - this.#at)
  }

  #take(length: number): Buffer {
    const end = this.#at + length
    if (end > this.#buffer.length) throw new RangeError('The entry ends too early')
    const taken = this.#buffer.subarray(this.#at, end)
    this.#at = end
    return taken
  }
}
