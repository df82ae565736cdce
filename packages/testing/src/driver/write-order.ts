import { partitionKey } from '@faust/core'

/** Records that were appended together. */
interface Write {
  readonly base: number
  readonly sequence: number
}

/**
 * In which order batches came into the log, over all partitions. A log keeps order per partition only; a test reads
 * better when records come out in the order in which they were written.
 */
export class WriteOrder {
  readonly #writes = new Map<string, Write[]>()
  #sequence = 0

  /** A batch was appended. One that the log had already is where it was before. */
  note(topic: string, partition: number, base: number): void {
    const id = partitionKey(topic, partition)
    const writes = this.#writes.get(id) ?? []
    const last = writes.at(-1)
    if (last !== undefined && last.base >= base) return
    writes.push({ base, sequence: this.#sequence++ })
    this.#writes.set(id, writes)
  }

  /** The number of the batch that a record was in: later ones have larger numbers. */
  of(topic: string, partition: number, offset: number): number {
    const writes = this.#writes.get(partitionKey(topic, partition)) ?? []
    let low = 0
    let high = writes.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (writes[middle]!.base <= offset) low = middle + 1
      else high = middle
    }
    return writes[low - 1]?.sequence ?? -1
  }
}
