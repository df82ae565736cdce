import type { FaustError } from '../../../service/errors.ts'
import { partitionKey } from '../../record.ts'
import type { TopicPartition } from '../../record.ts'
import type { FetchPartition } from '../log/broker-records.ts'

/** Where a consumer or reader stands in one partition. */
export interface Position extends TopicPartition {
  /** Null until it is sought. */
  offset: number | null
  /** The incarnation of the topic that `offset` is of. */
  topicId: string | undefined
  /** The incarnation that a `seek` is about, after the topic was made again. */
  nextTopicId: string | undefined
  paused: boolean
  /** The topic has gone; looked for again when topics change. */
  missing: boolean
  /** Told by `poll` until the partition is sought or paused. */
  failure: FaustError | null
}

/** The positions of one consumer or reader. */
export class PositionSet {
  /** Called when a running wait has to look again. */
  onChange: () => void = () => {}
  /** Counts the changes of topics: an answer from before the last one says nothing about what is missing now. */
  topicVersion = 0
  readonly #byKey = new Map<string, Position>()
  #order: Position[] = []
  #next = 0

  get({ topic, partition }: TopicPartition): Position | undefined {
    return this.#byKey.get(partitionKey(topic, partition))
  }

  all(): readonly Position[] {
    return this.#order
  }

  /** Adds a partition, or starts it anew. */
  add({ topic, partition }: TopicPartition, topicId: string | undefined, offset: number | null): void {
    const state = { nextTopicId: undefined, paused: false, missing: false, failure: null }
    this.#byKey.set(partitionKey(topic, partition), { topic, partition, topicId, offset, ...state })
    this.#changed()
  }

  remove(partitions: readonly TopicPartition[]): void {
    for (const { topic, partition } of partitions) this.#byKey.delete(partitionKey(topic, partition))
    this.#changed()
  }

  seek(place: TopicPartition, offset: number): void {
    const position = this.get(place)
    if (position === undefined) return
    position.offset = offset
    position.topicId = position.nextTopicId ?? position.topicId
    position.nextTopicId = undefined
    position.failure = null
    position.missing = false
    this.onChange()
  }

  pause(partitions: readonly TopicPartition[]): void {
    for (const place of partitions) {
      const position = this.get(place)
      if (position === undefined) continue
      position.paused = true
      position.failure = null
    }
  }

  resume(partitions: readonly TopicPartition[]): void {
    for (const place of partitions) {
      const position = this.get(place)
      if (position !== undefined) position.paused = false
    }
    this.onChange()
  }

  /** Not read any more until `findMissing`. */
  markMissing(position: Position): void {
    position.missing = true
  }

  /** Topics have changed: those that were missing may be there. */
  findMissing(): void {
    this.topicVersion++
    for (const position of this.#order) position.missing = false
    this.onChange()
  }

  firstFailure(): FaustError | null {
    for (const { failure } of this.#order) if (failure !== null) return failure
    return null
  }

  /** What to ask the log for, each time beginning with another partition so that bounds starve none. */
  toFetch(): FetchPartition[] {
    const asked: FetchPartition[] = []
    const order = this.#order
    for (let index = 0; index < order.length; index++) {
      const position = order[(index + this.#next) % order.length] as Position
      const { topic, partition, offset, topicId, paused, missing, failure } = position
      if (offset === null || paused || missing || failure !== null) continue
      asked.push({ topic, partition, offset, topicId })
    }
    return asked
  }

  rotate(): void {
    this.#next = (this.#next + 1) % Math.max(1, this.#order.length)
  }

  #changed(): void {
    this.#order = [...this.#byKey.values()]
    this.onChange()
  }
}
