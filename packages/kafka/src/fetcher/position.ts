import { partitionKey } from '@faust/core'
import type { FaustError, TopicPartition } from '@faust/core'
import type { KeptAnswer } from './kept-answer.ts'

/** Where a fetcher stands in one partition. A partition that is assigned anew gets a new one. */
export class Position implements TopicPartition {
  readonly topic: string
  readonly partition: number
  readonly key: string
  /** Of the next record to hand over; -1 until it is sought. */
  offset: number
  /** Epoch of the leader that wrote the record before `offset`; -1 where unknown. */
  leaderEpoch: number
  /** Rises with every `seek`: answers to what was asked before are dropped. */
  version = 0
  paused = false
  /** Told by `poll` until the partition is sought or paused. */
  failure: FaustError | null = null
  /** The topic that `offset` is of; `undefined` before its leader has told. */
  topicId: string | undefined
  /** The topic that has taken its place. */
  nextTopicId: string | undefined
  /** Whether `poll` has told that; what is sought then is of the new one. */
  toldRecreated = false
  /** When its leader last proved that the topic is still the same, on the monotonic clock. */
  verifiedAt: number = Number.NEGATIVE_INFINITY
  /** As the last answer told; -1 where none has. */
  highWatermark = -1
  /** Epoch of the leader to which `offset` is known to fit; -1 for none. */
  checkedEpoch = -1
  /** Something has to be found out before it is fetched again. */
  blocked = false
  /** Errors in a row, for the back-off. */
  tries = 0
  /** Since when brokers say that it does not exist; `undefined` while they do not. */
  missingSince: number | undefined
  /** Where a damaged batch was seen once. */
  damagedAt = -1
  /** Fetched and not handed over. */
  readonly kept: KeptAnswer[] = []

  constructor({ topic, partition }: TopicPartition, offset: number, leaderEpoch: number) {
    this.topic = topic
    this.partition = partition
    this.key = partitionKey(topic, partition)
    this.offset = offset
    this.leaderEpoch = leaderEpoch
  }

  /** How messages name it. */
  get name(): string {
    return `Partition ${this.partition} of topic "${this.topic}"`
  }

  /** Where the next fetch begins, and the epoch of the record before. */
  get fetchFrom(): { readonly next: number; readonly leaderEpoch: number } {
    return this.kept.at(-1) ?? { next: this.offset, leaderEpoch: this.leaderEpoch }
  }

  get keptBytes(): number {
    let sum = 0
    for (const { bytes } of this.kept) sum += bytes
    return sum
  }

  /** Nothing more is believed before its leader has told which topic this is. */
  doubt(): void {
    this.verifiedAt = Number.NEGATIVE_INFINITY
  }

  /** To another place: what is known of the old one does not count any more. */
  move(offset: number, leaderEpoch: number): void {
    this.offset = offset
    this.leaderEpoch = leaderEpoch
    if (this.toldRecreated) this.topicId = this.nextTopicId
    this.toldRecreated = false
    this.checkedEpoch = -1
    this.damagedAt = -1
    this.missingSince = undefined
    this.tries = 0
    this.failure = null
    this.forget()
  }

  /** Drops what was fetched, and what is on its way. */
  forget(): void {
    this.version++
    this.blocked = false
    this.highWatermark = -1
    this.kept.length = 0
  }

  fail(failure: FaustError): void {
    this.forget()
    this.failure = failure
  }
}
