import type { Clock, Timer } from '../../../service/clock.ts'
import { partitionKey } from '../../record.ts'
import type { TopicPartition } from '../../record.ts'
import type {
  InitProducerIdAnswer,
  InitProducerIdRequest,
  TransactionDescription,
  TransactionRequest,
} from './broker-transactions.ts'
import type { Journal, JournalEntry, JournalTransaction } from './journal.ts'
import { KafkaError } from './kafka-error.ts'
import type { KafkaErrorCode } from './kafka-error.ts'
import type { MarkerWriter } from './marker-writer.ts'
import type { LogScheduler } from './scheduler.ts'
import type { TopicRegistry } from './topic-registry.ts'
import {
  addPartitions,
  checkProducer,
  describeTransaction,
  fromJournal,
  isEnding,
  isExhausted,
  judgeEnd,
  newTransaction,
  toJournal,
} from './transaction.ts'
import type { Transaction } from './transaction.ts'

/** Ms; Kafka's transaction.max.timeout.ms. */
const LONGEST_TIMEOUT = 15 * 60 * 1000
/** Ms; Kafka's transactional.id.expiration.ms. */
const ID_EXPIRATION = 7 * 86_400_000

/** What `TransactionCoordinator` is made from. */
export interface TransactionCoordinatorOptions {
  readonly clock: Clock
  readonly journal: Journal
  readonly scheduler: LogScheduler
  readonly topics: TopicRegistry
  readonly markers: MarkerWriter
}

/** Gives out producer ids and epochs, and decides transactions. */
export class TransactionCoordinator {
  readonly #options: TransactionCoordinatorOptions
  readonly #transactions = new Map<string, Transaction>()
  #lastProducerId = 0
  #check: Timer | null = null

  constructor(options: TransactionCoordinatorOptions) {
    this.#options = options
  }

  init(request: InitProducerIdRequest): InitProducerIdAnswer {
    const { transactionalId, transactionTimeout } = request
    if (transactionalId === undefined) return granted(this.#newProducerId(), 0)
    if (transactionalId === '') return refused(KafkaError.INVALID_REQUEST)
    if (!(transactionTimeout > 0 && transactionTimeout <= LONGEST_TIMEOUT)) {
      return refused(KafkaError.INVALID_TRANSACTION_TIMEOUT)
    }
    const known = this.#transactions.get(transactionalId)
    const transaction = known ?? newTransaction(transactionalId, this.#newProducerId())
    this.#transactions.set(transactionalId, transaction)
    return this.#init(transaction, request)
  }

  addPartitions(request: TransactionRequest & { readonly partitions: readonly TopicPartition[] }): KafkaErrorCode {
    for (const place of request.partitions) {
      if (this.#options.topics.log(place) === undefined) return KafkaError.UNKNOWN_TOPIC_OR_PARTITION
    }
    return this.#add(request, (transaction) => addPartitions(transaction, request.partitions))
  }

  addOffsets(request: TransactionRequest & { readonly group: string }): KafkaErrorCode {
    return this.#add(request, (transaction) => transaction.groups.add(request.group))
  }

  /** Whether records for `place`, or offsets of a group, belong to a transaction that is open. */
  verify(request: TransactionRequest, place: TopicPartition | { readonly group: string }): KafkaErrorCode {
    const transaction = this.#transactions.get(request.transactionalId)
    const error = checkProducer(transaction, request)
    if (error === KafkaError.PRODUCER_FENCED) return KafkaError.INVALID_PRODUCER_EPOCH
    if (error !== KafkaError.NONE || transaction === undefined) return error
    if (isEnding(transaction)) return KafkaError.CONCURRENT_TRANSACTIONS
    const added =
      'group' in place
        ? transaction.groups.has(place.group)
        : transaction.partitions.has(partitionKey(place.topic, place.partition))
    return transaction.state === 'ongoing' && added ? KafkaError.NONE : KafkaError.INVALID_TXN_STATE
  }

  end(request: TransactionRequest & { readonly commit: boolean }): KafkaErrorCode {
    const transaction = this.#transactions.get(request.transactionalId)
    const error = checkProducer(transaction, request)
    if (error !== KafkaError.NONE || transaction === undefined) return error
    const verdict = judgeEnd(transaction, request.commit)
    if (verdict === null) this.#end(transaction, request.commit)
    return verdict ?? KafkaError.NONE
  }

  describe(ids?: readonly string[]): TransactionDescription[] {
    const known = ids === undefined ? [...this.#transactions.values()] : ids.map((id) => this.#transactions.get(id))
    return known.filter((transaction) => transaction !== undefined).map(describeTransaction)
  }

  /** Takes in a transaction that the journal has already. */
  restore(entry: JournalTransaction): void {
    this.#transactions.set(entry.transactionalId, fromJournal(entry))
  }

  restoreProducerId(producerId: number): void {
    this.#lastProducerId = Math.max(this.#lastProducerId, producerId)
  }

  /** What the journal has to say to arrive at the state of now. */
  *snapshot(): Generator<JournalEntry> {
    yield { type: 'producer-id', producerId: this.#lastProducerId }
    for (const transaction of this.#transactions.values()) {
      yield { type: 'transaction', transaction: toJournal(transaction) }
    }
  }

  /** After a restart: goes on writing markers, and ends what has been open for too long. */
  resume(): void {
    const expired = this.#options.clock.now() - ID_EXPIRATION
    for (const transaction of this.#transactions.values()) {
      const { state, updatedAt, transactionalId } = transaction
      if (isEnding(transaction)) this.#writeMarkers(transaction)
      else if (state !== 'ongoing' && updatedAt < expired) this.#transactions.delete(transactionalId)
    }
    this.#abortTimedOut()
  }

  close(): void {
    this.#check?.cancel()
    this.#check = null
  }

  #init(transaction: Transaction, { producerId, producerEpoch, transactionTimeout }: InitProducerIdRequest) {
    const goesOn = producerId >= 0 && transaction.producerEpoch >= 0
    if (goesOn && !mayGoOn(transaction, producerId, producerEpoch)) return refused(KafkaError.PRODUCER_FENCED)
    if (isEnding(transaction)) return refused(KafkaError.CONCURRENT_TRANSACTIONS)
    if (transaction.state === 'ongoing') {
      // Ends what is open under an epoch that no producer has. The producer asks again until the markers are written.
      this.#fence(transaction, goesOn)
      return refused(KafkaError.CONCURRENT_TRANSACTIONS)
    }
    const repeated = goesOn && producerEpoch === transaction.lastProducerEpoch
    const next: Partial<Transaction> = repeated ? {} : this.#nextEpoch(transaction, goesOn)
    this.#change(transaction, { ...next, state: 'empty', timeout: transactionTimeout, startedAt: -1 })
    return granted(transaction.producerId, transaction.producerEpoch)
  }

  #nextEpoch(transaction: Transaction, goesOn: boolean): Partial<Transaction> {
    const { producerEpoch } = transaction
    if (isExhausted(producerEpoch)) {
      return { producerId: this.#newProducerId(), producerEpoch: 0, lastProducerEpoch: -1 }
    }
    return { producerEpoch: producerEpoch + 1, lastProducerEpoch: goesOn ? producerEpoch : -1 }
  }

  #add(request: TransactionRequest, change: (transaction: Transaction) => void): KafkaErrorCode {
    const transaction = this.#transactions.get(request.transactionalId)
    const error = checkProducer(transaction, request)
    if (error !== KafkaError.NONE || transaction === undefined) return error
    if (isEnding(transaction)) return KafkaError.CONCURRENT_TRANSACTIONS
    const next = fromJournal(toJournal(transaction))
    if (next.state !== 'ongoing') {
      next.state = 'ongoing'
      next.startedAt = this.#options.clock.now()
      next.partitions.clear()
      next.groups.clear()
    }
    change(next)
    this.#change(transaction, next)
    this.#checkLater()
    return KafkaError.NONE
  }

  #end(transaction: Transaction, commit: boolean, change: Partial<Transaction> = {}): void {
    this.#change(transaction, { ...change, state: commit ? 'prepare-commit' : 'prepare-abort' })
    this.#writeMarkers(transaction)
  }

  /** Aborts under the next epoch. With `goesOn` the producer of now may still take that epoch over. */
  #fence(transaction: Transaction, goesOn: boolean): void {
    const { producerEpoch } = transaction
    this.#end(transaction, false, {
      producerEpoch: producerEpoch + 1,
      lastProducerEpoch: goesOn ? producerEpoch : -1,
    })
  }

  #writeMarkers(transaction: Transaction): void {
    this.#options.markers.write(transaction, () => {
      const state = transaction.state === 'prepare-commit' ? 'complete-commit' : 'complete-abort'
      this.#change(transaction, { state, startedAt: -1, partitions: new Map(), groups: new Set() })
    })
  }

  #change(transaction: Transaction, change: Partial<Transaction>): void {
    const next = { ...transaction, ...change, updatedAt: this.#options.clock.now() }
    this.#options.journal.append({ type: 'transaction', transaction: toJournal(next) })
    this.#transactions.set(transaction.transactionalId, Object.assign(transaction, next))
  }

  /** Time-outs are found by a look every now and then, as Kafka does, and none is planned while nothing is open. */
  #checkLater(): void {
    this.#check ??= this.#options.scheduler.schedule({ kind: 'transaction-check' }, () => {
      this.#check = null
      this.#abortTimedOut()
    })
  }

  #abortTimedOut(): void {
    const now = this.#options.clock.now()
    const open = [...this.#transactions.values()].filter(({ state }) => state === 'ongoing')
    for (const transaction of open) {
      if (transaction.startedAt + transaction.timeout > now) continue
      try {
        this.#fence(transaction, true)
      } catch {
        // The disk refuses at the moment: the next look tries again.
      }
    }
    if (open.some(({ state }) => state === 'ongoing')) this.#checkLater()
  }

  #newProducerId(): number {
    const producerId = this.#lastProducerId + 1
    this.#options.journal.append({ type: 'producer-id', producerId })
    this.#lastProducerId = producerId
    return producerId
  }
}

/** Whether the producer has the id and epoch of now, or repeats a call that raised the epoch. */
function mayGoOn(transaction: Transaction, producerId: number, producerEpoch: number): boolean {
  if (producerId !== transaction.producerId) return false
  return producerEpoch === transaction.producerEpoch || producerEpoch === transaction.lastProducerEpoch
}

function granted(producerId: number, producerEpoch: number): InitProducerIdAnswer {
  return { error: KafkaError.NONE, producerId, producerEpoch }
}

function refused(error: KafkaErrorCode): InitProducerIdAnswer {
  return { error, producerId: -1, producerEpoch: -1 }
}
