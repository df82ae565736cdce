import { partitionKey } from '@faust/core'
import type { TopicPartition } from '@faust/core'

/** What a member holds, and since when without a break: the coordinator checks membership, ownership is checked here. */
export class HeldPartitions {
  #assigned: readonly TopicPartition[] = []
  readonly #tenures = new Map<string, number>()
  #tenure = 0

  get assigned(): readonly TopicPartition[] {
    return this.#assigned
  }

  /** The same number for as long as the partition is held without a break; `undefined` while it is not. */
  tenureOf({ topic, partition }: TopicPartition): number | undefined {
    return this.#tenures.get(partitionKey(topic, partition))
  }

  /** What of `given` is new, and what is held and not in it. */
  compare(given: readonly TopicPartition[]): { added: TopicPartition[]; revoked: TopicPartition[] } {
    const wanted = new Map(given.map((place) => [keyOf(place), place]))
    const held = new Set(this.#assigned.map(keyOf))
    return {
      added: [...wanted].filter(([key]) => !held.has(key)).map(([, place]) => place),
      revoked: this.#assigned.filter((place) => !wanted.has(keyOf(place))),
    }
  }

  add(partitions: readonly TopicPartition[]): void {
    this.#assigned = [...this.#assigned, ...partitions]
    for (const place of partitions) this.#tenures.set(keyOf(place), ++this.#tenure)
  }

  /** They are to be given up. Their offsets may be committed until `release`. */
  remove(partitions: readonly TopicPartition[]): void {
    const gone = new Set(partitions.map(keyOf))
    this.#assigned = this.#assigned.filter((place) => !gone.has(keyOf(place)))
  }

  /** Nothing of them may be committed any more. */
  release(partitions: readonly TopicPartition[]): void {
    for (const place of partitions) this.#tenures.delete(keyOf(place))
  }

  /** Ends every tenure: somebody else may hold all of it. */
  releaseAll(): void {
    this.#tenures.clear()
  }

  /** Gives everything that was held, and holds nothing. */
  clear(): readonly TopicPartition[] {
    const held = this.#assigned
    this.#assigned = []
    this.#tenures.clear()
    return held
  }
}

function keyOf({ topic, partition }: TopicPartition): string {
  return partitionKey(topic, partition)
}
