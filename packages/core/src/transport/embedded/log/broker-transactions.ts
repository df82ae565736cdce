import type { MaybePromise } from '../../../service/maybe-promise.ts'
import type { TopicPartition } from '../../record.ts'
import type { CommitAnswer, CommitOffsetsRequest } from './broker-groups.ts'
import type { KafkaErrorCode } from './kafka-error.ts'

export interface InitProducerIdRequest {
  /** Absent: a producer that is idempotent only. */
  readonly transactionalId?: string | undefined
  /** Ms after which the log aborts a transaction of this id by itself. */
  readonly transactionTimeout: number
  /** What the producer has had so far, to raise its own epoch; -1 both at first, which fences every older one. */
  readonly producerId: number
  readonly producerEpoch: number
}

export interface InitProducerIdAnswer {
  readonly error: KafkaErrorCode
  readonly producerId: number
  readonly producerEpoch: number
}

/** Which producer asks. */
export interface TransactionRequest {
  readonly transactionalId: string
  readonly producerId: number
  readonly producerEpoch: number
}

/** A transaction as its coordinator sees it. */
export interface TransactionDescription extends TransactionRequest {
  readonly state: TransactionStateName
  /** Epoch ms; -1 while none is open. */
  readonly startedAt: number
  readonly timeout: number
  readonly partitions: readonly TopicPartition[]
  readonly groups: readonly string[]
}

export type TransactionStateName =
  | 'empty'
  | 'ongoing'
  | 'prepare-commit'
  | 'prepare-abort'
  | 'complete-commit'
  | 'complete-abort'

/** Producers and transactions. */
export interface TransactionBroker {
  initProducerId(request: InitProducerIdRequest): MaybePromise<InitProducerIdAnswer>
  /** All or none of them join the transaction, which the first call opens. */
  addPartitionsToTxn(
    request: TransactionRequest & { readonly partitions: readonly TopicPartition[] },
  ): MaybePromise<KafkaErrorCode>
  /** Announces that offsets of `group` follow. */
  addOffsetsToTxn(request: TransactionRequest & { readonly group: string }): MaybePromise<KafkaErrorCode>
  /** Checks member and generation, never who owns the partitions. */
  txnOffsetCommit(request: TransactionRequest & CommitOffsetsRequest): MaybePromise<readonly CommitAnswer[]>
  /** Answers when it is decided, before the markers are written. */
  endTxn(request: TransactionRequest & { readonly commit: boolean }): MaybePromise<KafkaErrorCode>
  describeTransactions(transactionalIds?: readonly string[]): MaybePromise<readonly TransactionDescription[]>
}
