import type { OffsetToCommit } from '../../group.ts'
import type { TopicPartition } from '../../record.ts'
import type { TransactionStateName } from './broker-transactions.ts'

/** Where a transactional id stands. */
export interface JournalTransaction {
  readonly transactionalId: string
  readonly producerId: number
  readonly producerEpoch: number
  /** The epoch before the last raise that its producer asked for; -1 where a newer producer may not use it. */
  readonly lastProducerEpoch: number
  readonly state: TransactionStateName
  /** Ms. */
  readonly timeout: number
  /** Epoch ms; -1 while none is open. */
  readonly startedAt: number
  /** Epoch ms of the last change. */
  readonly updatedAt: number
  readonly partitions: readonly TopicPartition[]
  readonly groups: readonly string[]
}

/** One change of what the log knows beside its records. Replayed in order they give its state. */
export type JournalEntry =
  | {
      readonly type: 'topic'
      readonly name: string
      readonly id: string
      readonly partitions: number
      readonly config: Readonly<Record<string, string>>
    }
  | { readonly type: 'partitions'; readonly id: string; readonly partitions: number }
  | { readonly type: 'topic-deleted'; readonly id: string }
  | { readonly type: 'generation'; readonly group: string; readonly generation: number }
  | { readonly type: 'offsets'; readonly group: string; readonly offsets: readonly OffsetToCommit[] }
  | {
      readonly type: 'pending-offsets'
      readonly group: string
      readonly producerId: number
      readonly producerEpoch: number
      readonly offsets: readonly OffsetToCommit[]
    }
  | {
      readonly type: 'offsets-marker'
      readonly group: string
      readonly producerId: number
      readonly producerEpoch: number
      readonly commit: boolean
    }
  | { readonly type: 'producer-id'; readonly producerId: number }
  | { readonly type: 'transaction'; readonly transaction: JournalTransaction }

/** Where changes are kept before they are made. A throw leaves the change unmade. */
export interface Journal {
  append(entry: JournalEntry): void
}

/** The journal of a log in memory. */
export const NO_JOURNAL: Journal = { append: () => {} }
