/**
 * One piece of memory for the bytes of many records: the sender may use its own again once a send has settled, and
 * copying all of them into one is twice as fast as copying each by itself.
 */
export class Slab {
  readonly #bytes: Uint8Array
  #used = 0

  constructor(size: number) {
    this.#bytes = new Uint8Array(size)
  }

  /** A copy of `bytes` in here. */
  keep(bytes: Uint8Array | null): Uint8Array | null {
    if (bytes === null) return null
    const at = this.#used
    this.#bytes.set(bytes, at)
    this.#used = at + bytes.length
    return this.#bytes.subarray(at, this.#used)
  }
}
