import { partitionKey } from '@faust/core'
import type { TopicPartition } from '@faust/core'
import type { Position } from './position.ts'

/** The positions of a fetcher. */
export class PositionSet {
  readonly #byKey = new Map<string, Position>()
  #order: readonly Position[] = []

  get all(): readonly Position[] {
    return this.#order
  }

  get({ topic, partition }: TopicPartition): Position | undefined {
    return this.#byKey.get(partitionKey(topic, partition))
  }

  /** In the place of one that is there. */
  put(positions: readonly Position[]): void {
    for (const position of positions) {
      this.#byKey.get(position.key)?.forget()
      this.#byKey.set(position.key, position)
    }
    this.#order = [...this.#byKey.values()]
  }

  remove(partitions: readonly TopicPartition[]): void {
    for (const { topic, partition } of partitions) {
      const key = partitionKey(topic, partition)
      this.#byKey.get(key)?.forget()
      this.#byKey.delete(key)
    }
    this.#order = [...this.#byKey.values()]
  }

  /** All of them, beginning with another one at each `turn`, so that no bound starves those behind it. */
  inTurn(turn: number): readonly Position[] {
    const order = this.#order
    const first = turn % Math.max(1, order.length)
    return first === 0 ? order : [...order.slice(first), ...order.slice(0, first)]
  }

  /** Bytes that are kept of those that are paused, or of the others. */
  keptBytes(paused: boolean): number {
    let sum = 0
    for (const position of this.#order) if (position.paused === paused) sum += position.keptBytes
    return sum
  }

  /** Whose failure `poll` has to tell; what is paused is silent. */
  firstFailing(): Position | undefined {
    return this.#order.find(({ failure, paused }) => failure !== null && !paused)
  }
}
