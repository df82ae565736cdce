import type { FaustError, OutgoingRecord, TopicPartition } from '@faust/core'
import type { ProducerIdentity } from '../identity.ts'
import type { Part, PendingSend } from './pending-send.ts'
import { sequenceAfter } from './sequence.ts'

/** A batch from its making to its answer. Bytes, identity and sequence never change, however often it is sent. */
export interface Flight {
  readonly lane: Lane
  readonly identity: ProducerIdentity
  readonly parts: readonly Part[]
  /** Records in it. */
  readonly count: number
  /** Of the first record. */
  readonly sequence: number
  readonly bytes: Uint8Array
  /** `monotonic` of its oldest send. */
  readonly since: number
  /** Requests it has been in. */
  tries: number
  /** `monotonic` from which it may be sent. */
  dueAt: number
  /** In a request at this moment. */
  travelling: boolean
  /** Whether the log may have it though no answer says so: nothing else may ever be sent under its sequence. */
  unsure: boolean
  /** Times it was found damaged on the way. */
  damaged: number
  /** What was last wrong. */
  problem: FaustError | null
  /** Its senders were told something else meanwhile: its answer does not matter any more. */
  abandoned: boolean
}

/** Records of a batch that was refused, and go on as a batch of their own. */
export interface Portion {
  readonly parts: readonly Part[]
  /** As of the flight they come from. */
  readonly since: number
  /** As of the flight they come from: a later one may have its sequence only when this is false. */
  readonly unsure: boolean
}

/** Taken sends are cut off when there are so many. */
const TRIM = 1024

/** Everything for one partition, in the order of the calls. One batch of it at a time is on its way. */
export class Lane implements TopicPartition {
  readonly topic: string
  readonly partition: number
  flight: Flight | null = null
  /** What goes before the waiting sends. */
  portions: Portion[] = []
  /** `monotonic` since when the topic or the partition seems not to exist; null while it does. */
  missingSince: number | null = null
  /** Bytes of its last batch: what the next one is expected to take. */
  lastSize = 0
  /** Bytes of keys and values that were weighed since the last batch. */
  waitingBytes = 0
  #sends: PendingSend[] = []
  #head = 0
  #identity: ProducerIdentity | null = null
  #sequence = 0

  constructor(topic: string, partition: number) {
    this.topic = topic
    this.partition = partition
  }

  /** Nothing of it waits or is on its way. */
  get isIdle(): boolean {
    return this.flight === null && this.portions.length === 0 && this.head === undefined
  }

  /** The first send of which records wait. */
  get head(): PendingSend | undefined {
    for (;;) {
      const send = this.#sends[this.#head]
      if (send === undefined || (send.error === null && send.taken < send.records.length)) return send
      this.#head++
      if (this.#head < TRIM && this.#head < this.#sends.length) continue
      this.#sends = this.#sends.slice(this.#head)
      this.#head = 0
    }
  }

  /** The sends that wait, by number from `head` on; some may have been refused meanwhile. */
  peek(index: number): PendingSend | undefined {
    return this.#sends[this.#head + index]
  }

  /** `monotonic` of the oldest call that waits or is on its way. */
  get since(): number {
    return this.flight?.since ?? this.portions[0]?.since ?? this.head?.since ?? Infinity
  }

  add(send: PendingSend): void {
    this.#sends.push(send)
  }

  /** Counts what is added, for producers that let records wait for others. */
  weigh(records: readonly OutgoingRecord[]): void {
    for (const { key, value } of records) this.waitingBytes += (key?.length ?? 0) + (value?.length ?? 0)
  }

  /** The sequence of the next record under `identity`; `first` is that of the first. */
  sequence(identity: ProducerIdentity, first: number): number {
    if (this.#identity !== identity) {
      this.#identity = identity
      this.#sequence = first
    }
    return this.#sequence
  }

  /** Counts records that the log has: their sequences are never given to others. */
  advance({ sequence, count }: Flight): void {
    this.#sequence = sequenceAfter(sequence, count)
  }
}
