import type { OffsetToCommit } from '../../group.ts'
import { partitionKey } from '../../record.ts'
import type { TopicPartition } from '../../record.ts'
import type { CommitAnswer, FetchOffsetsAnswer } from './broker-groups.ts'
import type { Journal, JournalEntry } from './journal.ts'
import { KafkaError } from './kafka-error.ts'
import type { KafkaErrorCode } from './kafka-error.ts'
import type { TopicRegistry } from './topic-registry.ts'

/** Bytes of metadata that a commit may carry, as in Kafka. */
const MOST_METADATA = 4096

/** Offsets of one group. */
interface GroupOffsets {
  readonly committed: Map<string, OffsetToCommit>
  /** By producer id: offsets of transactions that this group's marker has not decided yet. */
  readonly pending: Map<number, Map<string, OffsetToCommit>>
  /** The highest epoch seen of each producer: an older one is fenced. */
  readonly epochs: Map<number, number>
}

/** What groups have committed: the embedded log's offsets topic. */
export class OffsetStore {
  readonly #journal: Journal
  readonly #topics: TopicRegistry
  readonly #groups = new Map<string, GroupOffsets>()

  constructor(journal: Journal, topics: TopicRegistry) {
    this.#journal = journal
    this.#topics = topics
  }

  /** Stores offsets at once. The caller has checked who asks. */
  commit(group: string, offsets: readonly OffsetToCommit[]): CommitAnswer[] {
    const answers = offsets.map((offset) => this.#answer(offset))
    const accepted = offsets.filter((_, index) => answers[index]?.error === KafkaError.NONE)
    if (accepted.length > 0) {
      this.#journal.append({ type: 'offsets', group, offsets: accepted })
      this.restore(group, accepted)
    }
    return answers
  }

  /** Takes in offsets that the journal has already. */
  restore(group: string, offsets: readonly OffsetToCommit[]): void {
    const { committed } = this.#of(group)
    for (const offset of offsets) committed.set(keyOf(offset), offset)
  }

  /** Stores offsets that count when the transaction's marker comes. The caller has checked who asks. */
  commitPending(
    group: string,
    producer: { readonly producerId: number; readonly producerEpoch: number },
    offsets: readonly OffsetToCommit[],
  ): CommitAnswer[] {
    const { producerId, producerEpoch } = producer
    if (producerEpoch < (this.#of(group).epochs.get(producerId) ?? -1)) {
      return answerAll(offsets, KafkaError.INVALID_PRODUCER_EPOCH)
    }
    const answers = offsets.map((offset) => this.#answer(offset))
    const accepted = offsets.filter((_, index) => answers[index]?.error === KafkaError.NONE)
    if (accepted.length > 0) {
      this.#journal.append({ type: 'pending-offsets', group, producerId, producerEpoch, offsets: accepted })
      this.restorePending(group, producerId, producerEpoch, accepted)
    }
    return answers
  }

  /** Takes in pending offsets that the journal has already. */
  restorePending(group: string, producerId: number, producerEpoch: number, offsets: readonly OffsetToCommit[]): void {
    const { pending, epochs } = this.#of(group)
    epochs.set(producerId, producerEpoch)
    const mine = pending.get(producerId) ?? new Map<string, OffsetToCommit>()
    for (const offset of offsets) mine.set(keyOf(offset), offset)
    pending.set(producerId, mine)
  }

  /** The marker of a transaction has reached this group. */
  writeMarker(group: string, producerId: number, producerEpoch: number, commit: boolean): void {
    this.#journal.append({ type: 'offsets-marker', group, producerId, producerEpoch, commit })
    this.restoreMarker(group, producerId, producerEpoch, commit)
  }

  /** Takes in a marker that the journal has already. */
  restoreMarker(group: string, producerId: number, producerEpoch: number, commit: boolean): void {
    const { committed, pending, epochs } = this.#of(group)
    const mine = pending.get(producerId)
    pending.delete(producerId)
    epochs.set(producerId, Math.max(producerEpoch, epochs.get(producerId) ?? -1))
    if (commit && mine !== undefined) for (const [key, offset] of mine) committed.set(key, offset)
  }

  /** Whether a transaction of this producer has offsets here that no marker has decided. */
  hasPending(group: string, producerId: number): boolean {
    return this.#groups.get(group)?.pending.has(producerId) ?? false
  }

  fetch(group: string, partitions: readonly TopicPartition[], requireStable: boolean): FetchOffsetsAnswer[] {
    const offsets = this.#groups.get(group)
    return partitions.map((place) => {
      const { topic, partition } = place
      const key = keyOf(place)
      if (requireStable && offsets !== undefined && isPending(offsets, key)) {
        const error = KafkaError.UNSTABLE_OFFSET_COMMIT
        return { topic, partition, error, offset: null, metadata: '', leaderEpoch: -1 }
      }
      const { offset = null, metadata = '', leaderEpoch = -1 } = offsets?.committed.get(key) ?? {}
      return { topic, partition, error: KafkaError.NONE, offset, metadata, leaderEpoch }
    })
  }

  /** What the journal has to say to arrive at the state of now. */
  *snapshot(): Generator<JournalEntry> {
    for (const [group, { committed, pending, epochs }] of this.#groups) {
      if (committed.size > 0) yield { type: 'offsets', group, offsets: [...committed.values()] }
      for (const [producerId, producerEpoch] of epochs) {
        yield { type: 'offsets-marker', group, producerId, producerEpoch, commit: false }
        const mine = pending.get(producerId)
        if (mine === undefined) continue
        yield { type: 'pending-offsets', group, producerId, producerEpoch, offsets: [...mine.values()] }
      }
    }
  }

  /** Forgets what was committed for a topic that is gone. */
  forgetTopic(topic: string): void {
    for (const { committed, pending } of this.#groups.values()) {
      for (const offsets of [committed, ...pending.values()]) {
        for (const [key, offset] of offsets) if (offset.topic === topic) offsets.delete(key)
      }
    }
  }

  #answer({ topic, partition, offset, metadata }: OffsetToCommit): CommitAnswer {
    const answer = (error: KafkaErrorCode): CommitAnswer => ({ topic, partition, error })
    if (this.#topics.log({ topic, partition }) === undefined) return answer(KafkaError.UNKNOWN_TOPIC_OR_PARTITION)
    if (metadata !== undefined && Buffer.byteLength(metadata) > MOST_METADATA) {
      return answer(KafkaError.OFFSET_METADATA_TOO_LARGE)
    }
    return answer(Number.isSafeInteger(offset) && offset >= 0 ? KafkaError.NONE : KafkaError.INVALID_REQUEST)
  }

  #of(group: string): GroupOffsets {
    const known = this.#groups.get(group)
    if (known !== undefined) return known
    const made: GroupOffsets = { committed: new Map(), pending: new Map(), epochs: new Map() }
    this.#groups.set(group, made)
    return made
  }
}

/** The same answer for all of them. */
export function answerAll(offsets: readonly TopicPartition[], error: KafkaErrorCode): CommitAnswer[] {
  return offsets.map(({ topic, partition }) => ({ topic, partition, error }))
}

function keyOf({ topic, partition }: TopicPartition): string {
  return partitionKey(topic, partition)
}

function isPending(offsets: GroupOffsets, key: string): boolean {
  for (const mine of offsets.pending.values()) if (mine.has(key)) return true
  return false
}
