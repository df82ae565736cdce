import { partitionKey } from '../../record.ts'
import type { TopicPartition } from '../../record.ts'
import type { TransactionDescription, TransactionRequest, TransactionStateName } from './broker-transactions.ts'
import type { JournalTransaction } from './journal.ts'
import { KafkaError } from './kafka-error.ts'
import type { KafkaErrorCode } from './kafka-error.ts'

/** Epochs are 16 bit; beyond this one a producer gets a new id. */
const LAST_EPOCH = 2 ** 15 - 2

/** Where a transactional id stands. Changed by the coordinator alone. */
export interface Transaction {
  readonly transactionalId: string
  producerId: number
  /** -1 until its first producer is initialised. */
  producerEpoch: number
  /** The epoch from which its producer may still go on; -1 when a newer producer must not be mistaken for it. */
  lastProducerEpoch: number
  state: TransactionStateName
  timeout: number
  startedAt: number
  updatedAt: number
  readonly partitions: Map<string, TopicPartition>
  readonly groups: Set<string>
}

export function newTransaction(transactionalId: string, producerId: number): Transaction {
  const nothing = { partitions: new Map<string, TopicPartition>(), groups: new Set<string>() }
  const times = { timeout: 0, startedAt: -1, updatedAt: 0 }
  return { transactionalId, producerId, producerEpoch: -1, lastProducerEpoch: -1, state: 'empty', ...times, ...nothing }
}

export function isExhausted(epoch: number): boolean {
  return epoch >= LAST_EPOCH
}

/** Decided, with markers still to be written. */
export function isEnding({ state }: Transaction): boolean {
  return state === 'prepare-commit' || state === 'prepare-abort'
}

/** Whether a producer may work on its transaction now. */
export function checkProducer(transaction: Transaction | undefined, request: TransactionRequest): KafkaErrorCode {
  if (transaction === undefined || transaction.producerId !== request.producerId) {
    return KafkaError.INVALID_PRODUCER_ID_MAPPING
  }
  return transaction.producerEpoch === request.producerEpoch ? KafkaError.NONE : KafkaError.PRODUCER_FENCED
}

/** What EndTxn answers in a state that is not open, for the outcome that fits to it. */
const REPEATED_END: Readonly<Partial<Record<TransactionStateName, KafkaErrorCode>>> = {
  'prepare-commit': KafkaError.CONCURRENT_TRANSACTIONS,
  'prepare-abort': KafkaError.CONCURRENT_TRANSACTIONS,
  'complete-commit': KafkaError.NONE,
  'complete-abort': KafkaError.NONE,
}

/** What EndTxn answers in the state of now; null when the transaction is to be ended. */
export function judgeEnd({ state }: Transaction, commit: boolean): KafkaErrorCode | null {
  if (state === 'ongoing') return null
  const fits = state.endsWith(commit ? '-commit' : '-abort')
  return fits ? (REPEATED_END[state] ?? KafkaError.INVALID_TXN_STATE) : KafkaError.INVALID_TXN_STATE
}

export function addPartitions(transaction: Transaction, partitions: readonly TopicPartition[]): void {
  for (const { topic, partition } of partitions) {
    transaction.partitions.set(partitionKey(topic, partition), { topic, partition })
  }
}

export function toJournal(transaction: Transaction): JournalTransaction {
  const { partitions, groups } = transaction
  return { ...transaction, partitions: [...partitions.values()], groups: [...groups] }
}

export function fromJournal(entry: JournalTransaction): Transaction {
  const transaction: Transaction = { ...entry, partitions: new Map(), groups: new Set(entry.groups) }
  addPartitions(transaction, entry.partitions)
  return transaction
}

export function describeTransaction(transaction: Transaction): TransactionDescription {
  const { transactionalId, producerId, producerEpoch, state, startedAt, timeout, partitions, groups } = transaction
  return {
    transactionalId,
    producerId,
    producerEpoch,
    state,
    startedAt,
    timeout,
    partitions: [...partitions.values()],
    groups: [...groups],
  }
}
