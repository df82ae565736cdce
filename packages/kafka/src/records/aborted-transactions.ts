import type { BatchHeader } from './batch-header.ts'

/** A transaction that was aborted, as a Fetch answer names it. */
export interface AbortedTransaction {
  readonly producerId: bigint
  /** Offset of its first record in the partition; it may lie before what was asked for. */
  readonly firstOffset: number
}

/**
 * Says which batches of one Fetch answer belong to aborted transactions. The broker sends their records all the same, with
 * a list; leaving them out is the client's part, as in Kafka's CompletedFetch:
 *
 * - The list is in the order of the *markers*. Transactions of several producers nest, so it is sorted by first offset.
 * - From its first offset on until its abort marker, everything transactional of that producer is dropped. A transaction
 *   that spans several answers is in the list of each, and its marker in none but the last.
 * - One producer may be in the list several times: once for each of its transactions.
 */
export class AbortedTransactions {
  readonly #waiting: readonly AbortedTransaction[]
  #next = 0
  readonly #open = new Set<bigint>()

  constructor(list: readonly AbortedTransaction[]) {
    this.#waiting = [...list].sort((a, b) => a.firstOffset - b.firstOffset)
  }

  /**
   * Whether the records of `batch` are to be left out. Every batch of the answer has to be asked about, in order;
   * `aborts` says that it is a marker of type abort.
   */
  covers(batch: BatchHeader, aborts: boolean): boolean {
    for (let next = this.#waiting[this.#next]; next !== undefined; next = this.#waiting[++this.#next]) {
      if (next.firstOffset > batch.lastOffset) break
      this.#open.add(next.producerId)
    }
    if (aborts) this.#open.delete(batch.producerId)
    return batch.transactional && !batch.control && this.#open.has(batch.producerId)
  }
}
