import type { IncomingRecord, IncomingRecords } from '@faust/core'
import type { Cut } from './kept-answer.ts'

/** The records of cuts as one list. */
export function joinCuts(cuts: readonly Cut[]): IncomingRecords {
  if (cuts.length === 0) return []
  const [{ batch, from, to }] = cuts as readonly [Cut]
  return cuts.length === 1 && from === 0 && to === batch.length ? batch : new JoinedRecords(cuts)
}

/** Whoever reads goes from one record to the next, so the cut of the last one asked for mostly has the next one too. */
class JoinedRecords implements IncomingRecords {
  readonly length: number
  readonly #cuts: readonly Cut[]
  /** By cut, how many records come before it; at the end, how many there are. */
  readonly #begins: number[] = [0]
  #cut = 0

  constructor(cuts: readonly Cut[]) {
    this.#cuts = cuts
    let length = 0
    for (const { from, to } of cuts) this.#begins.push((length += to - from))
    this.length = length
  }

  at(index: number): IncomingRecord | undefined {
    if (index < 0 || index >= this.length) return undefined
    const begins = this.#begins
    while (index < begins[this.#cut]!) this.#cut--
    while (index >= begins[this.#cut + 1]!) this.#cut++
    const { batch, from } = this.#cuts[this.#cut]!
    return batch.at(from + index - begins[this.#cut]!)
  }

  *[Symbol.iterator](): Generator<IncomingRecord> {
    for (let index = 0; index < this.length; index++) yield this.at(index)!
  }
}
