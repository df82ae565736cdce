import type { QueueLimits } from './queue/partition-queue.ts'
import type { OutboxLimits } from './send/outbox.ts'
import type { StallAction } from './stall.ts'

/** What a record's effects are held to: `docs/concepts.md` says what each means. */
export type GuaranteeName = 'at-least-once' | 'exactly-once'

/** What processing is told by the app; validated, times in ms. */
export interface WorkerSettings {
  /** The app's name with its version: group id and name space. */
  readonly name: string
  readonly guarantee: GuaranteeName
  readonly commitInterval: number
  /** After so long without an end the log aborts a transaction by itself. */
  readonly transactionTimeout: number
  /** How long a cycle waits for a task to be quiet. */
  readonly quietTimeout: number
  /** How long a leaving task may finish what it has begun. */
  readonly revokeTimeout: number
  /** How long a stop takes at most. */
  readonly stopTimeout: number
  readonly sessionTimeout: number
  readonly heartbeatInterval: number
  readonly rebalanceTimeout: number
  /** Tasks whose state is restored at the same time. */
  readonly restoreConcurrency: number
  /** Copies of every stateful task beside its active. */
  readonly standbyReplicas: number
  /** Records that a copy may lack for a task to move to it. */
  readonly acceptableRecoveryLag: number
  /** How long a copy of a shard is kept that nobody asks for. */
  readonly copyRetention: number
  /** How long something may stand still. */
  readonly stallTimeout: number
  readonly onStall: StallAction
  readonly queue: QueueLimits
  readonly outbox: OutboxLimits
  /** Decoded values that all tables keep, in bytes. */
  readonly tableCacheBytes: number
  /** Writes to all tables that wait for a commit before it begins early, in bytes. */
  readonly tableBufferBytes: number
  /** Records and bytes of one poll. */
  readonly pollRecords: number
  readonly pollBytes: number
}
