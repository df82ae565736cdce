import type { GroupMembership, OffsetToCommit } from './group.ts'
import type { OutgoingRecord } from './record.ts'

/** How a producer is opened. */
export interface ProducerOptions {
  /** Makes it transactional. One live producer per id: a newer one fences the older. Needs `supports.transactions`. */
  readonly transactionalId?: string | undefined
  /** Ms after which the log aborts a transaction by itself. Default 10,000. */
  readonly transactionTimeout?: number | undefined
}

/** Where records went. */
export interface ProduceResult {
  /** Offset of the first record; the others follow without a gap. -1 where the log knew them already and no longer says where. */
  readonly baseOffset: number
}

/**
 * Writes batches of raw records. Idempotent always: what is acknowledged is in the log exactly once, in the order of
 * the calls per partition, through lost and late answers; retries happen inside.
 */
export interface Producer {
  /**
   * Must be called once before anything else, and again after any failure of a transaction or a
   * `FAUST_DELIVERY_UNKNOWN`: ends what this id left open (committed or aborted, the caller reads the committed
   * offsets to learn which) and starts a new epoch. Rejects with `FAUST_PRODUCER_FENCED` when a newer producer has the
   * id: then stop.
   */
  init(): Promise<void>

  /**
   * Queues records for one partition and resolves when all are acknowledged by the log (in a transaction: stored, not
   * yet visible). Calls need not wait for each other, and those made together may travel together. Rejects when the
   * records are certainly not stored (`FAUST_RECORD_TOO_LARGE`, `FAUST_TOPIC_MISSING`, `FAUST_PARTITION_UNKNOWN`, …) or
   * when their fate is unknown (`FAUST_DELIVERY_UNKNOWN`); the calls behind it for the same partition then reject too.
   * An array of no records resolves at once.
   */
  send(topic: string, partition: number, records: readonly OutgoingRecord[]): Promise<ProduceResult>

  /** Sends what is still queued and resolves when every earlier `send` has settled, whichever way. */
  flush(): Promise<void>

  /** Opens a transaction, locally. One at a time, else `FAUST_TRANSACTION_STATE`. Records sent from now on belong to it. */
  beginTransaction(): void

  /**
   * Adds a group's offsets to the transaction, checked against member and generation:
   * `FAUST_GENERATION_STALE` and `FAUST_MEMBER_UNKNOWN` mean the transaction must be aborted, or sent again with the
   * membership of now when all partitions are still owned.
   */
  sendOffsets(offsets: readonly OffsetToCommit[], membership: GroupMembership): Promise<void>

  /**
   * Flushes and commits. Resolves when the log has decided; readers may see it a moment later. A transaction that wrote
   * nothing costs no request. Rejects when a `send` of the transaction was rejected. Any rejection but
   * `FAUST_TRANSACTION_STATE` leaves the outcome unknown: call `init`.
   */
  commitTransaction(): Promise<void>

  /** Aborts: records become invisible, offsets stay. Resolves when the log has decided. */
  abortTransaction(): Promise<void>

  /**
   * Waits for what is queued, and aborts an open transaction. What is not done `within` so many ms is given up; left out, a
   * bound of its own holds. Idempotent: the first call counts.
   */
  close(options?: { readonly within?: number | undefined }): Promise<void>
}
