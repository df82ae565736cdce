import type { IncomingRecord, IncomingRecords } from '@faust/core'
import type { Cut } from './kept-answer.ts'

/** The records of cuts as one list. */
export function joinCuts(cuts: readonly Cut[]): IncomingRecords {
  if (cuts.length === 0) return []
  const [{ batch, from, to }] = cuts as readonly [Cut]
  return cuts.length === 1 && from === 0 && to === batch.length ? batch : new JoinedRecords(cuts)
}

class JoinedRecords implements IncomingRecords {
  readonly length: number
  readonly #cuts: readonly Cut[]
  /** By cut, how many records come before it; at the end, how many there are. */
  readonly #begins: number[] = [0]
  /** Of the last one asked for: whoever reads goes from one record to the next, so it mostly has the next one, too. */
  #cut = 0

  constructor(cuts: readonly Cut[]) {
    this.#cuts = cuts
    let length = 0
    for (const { from, to } of cuts) this.#begins.push((length += to - from))
    this.length = length
  }

  at(index: number): IncomingRecord | undefined {
    if (index < 0 || index >= this.length) return undefined
    if (!this.#has(this.#cut, index)) this.#cut = this.#has(this.#cut + 1, index) ? this.#cut + 1 : this.#find(index)
    const { batch, from } = this.#cuts[this.#cut]!
    return batch.at(from + index - this.#begins[this.#cut]!)
  }

  *[Symbol.iterator](): Generator<IncomingRecord> {
    for (let index = 0; index < this.length; index++) yield this.at(index)!
  }

  #has(cut: number, index: number): boolean {
    return index >= this.#begins[cut]! && index < this.#begins[cut + 1]!
  }

  /** Of thousands of cuts, where each has one record: several agents read the same list, each at its own place. */
  #find(index: number): number {
    let low = 0
    let high = this.#cuts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (this.#begins[middle]! > index) high = middle - 1
      else low = middle
    }
    return low
  }
}
