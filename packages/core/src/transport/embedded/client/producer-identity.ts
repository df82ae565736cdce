import { sequenceAfter } from '../log/span.ts'

/** Under which id and epoch a producer writes, and how far it is in every partition. */
export class ProducerIdentity {
  readonly producerId: number
  readonly producerEpoch: number
  readonly #sequences = new Map<string, number>()

  constructor(producerId: number, producerEpoch: number) {
    this.producerId = producerId
    this.producerEpoch = producerEpoch
  }

  /** The sequence of the next record for a partition. */
  nextSequence(key: string): number {
    return this.#sequences.get(key) ?? 0
  }

  /** Records that were stored: their sequences are never given to others. */
  advance(key: string, count: number): void {
    this.#sequences.set(key, sequenceAfter(this.nextSequence(key), count))
  }
}
