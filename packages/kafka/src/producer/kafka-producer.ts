import { FaustError, isFaustError } from '@faust/core'
import type { GroupMembership, OffsetToCommit, OutgoingRecord, Producer, ProduceResult } from '@faust/core'
import { settledWithin } from '../connection/wait.ts'
import { KAFKA } from '../requests/error-codes.ts'
import { Dispatcher } from './delivery/dispatcher.ts'
import { Outcomes } from './delivery/outcomes.ts'
import { ProduceRequests } from './delivery/produce-requests.ts'
import { closedError, producerFault, producerName } from './faults.ts'
import { newIdentity } from './new-identity.ts'
import type { ProducerCluster } from './producer-cluster.ts'
import { Sends } from './queue/sends.ts'
import type { ResolvedSettings } from './settings.ts'
import type { OpenTransaction } from './transaction/open-transaction.ts'
import { TransactionRequests } from './transaction/transaction-requests.ts'
import { TransactionalId } from './transaction/transactional-id.ts'

/** A producer of a Kafka cluster. What it may do when is in transaction/transactions.md. */
export class KafkaProducer implements Producer {
  readonly #cluster: ProducerCluster
  readonly #settings: ResolvedSettings
  readonly #name: string
  readonly #sends: Sends
  readonly #dispatcher: Dispatcher
  /** Null without transactions. */
  readonly #id: TransactionalId | null
  readonly #ended = new AbortController()
  #transaction: OpenTransaction | null = null
  /** One that was not ended: `init` has to see to it. */
  #left: OpenTransaction | null = null
  /** Being decided at this moment: nothing may join it any more. */
  #deciding: Promise<void> | null = null
  #initialising: Promise<void> | null = null
  /** Why `init` has to be called first. */
  #broken: FaustError | null
  #closing: Promise<void> | null = null

  constructor(cluster: ProducerCluster, settings: ResolvedSettings) {
    const { transactionalId, transactionTimeout, deliveryTimeout } = settings
    const { signal } = this.#ended
    this.#cluster = cluster
    this.#settings = settings
    this.#name = producerName(transactionalId)
    this.#broken = this.#notInitialised()
    this.#id =
      transactionalId === undefined
        ? null
        : new TransactionalId({
            clock: cluster.clock,
            name: this.#name,
            requests: new TransactionRequests({ cluster, transactionalId, transactionTimeout, signal }),
            within: transactionTimeout,
            signal,
          })
    this.#sends = new Sends(cluster.clock)
    const onRefused = (error: FaustError): void => this.#fail(error)
    const onBroken = (error: FaustError): void => this.#break(error)
    this.#dispatcher = new Dispatcher({
      cluster,
      sends: this.#sends,
      outcomes: new Outcomes({ cluster, sends: this.#sends, deliveryTimeout, onRefused, onBroken }),
      requests: new ProduceRequests({ ...settings, cluster }),
      packing: {
        ...settings,
        transactional: transactionalId !== undefined,
        onUnwritable: (send, error) => {
          this.#sends.reject(send, error)
          onRefused(error)
        },
      },
      linger: settings.linger,
      gate: () => this.#transaction,
      onJoinFailed: (error) => this.#noteFailure(error),
      onBroken,
    })
  }

  init(): Promise<void> {
    this.#initialising ??= this.#init().finally(() => {
      this.#initialising = null
    })
    return this.#initialising
  }

  send(topic: string, partition: number, records: readonly OutgoingRecord[]): Promise<ProduceResult> {
    const problem = this.#problem()
    if (problem !== null) return Promise.reject(problem)
    if (this.#id !== null && (this.#transaction === null || this.#deciding !== null)) {
      return Promise.reject(this.#stateError('sends outside of a transaction: call beginTransaction first'))
    }
    if (records.length === 0) return Promise.resolve({ baseOffset: -1 })
    return this.#dispatcher.send(topic, partition, records)
  }

  flush(): Promise<void> {
    const flushed = this.#sends.flushed()
    this.#dispatcher.wake()
    return flushed
  }

  beginTransaction(): void {
    const problem = this.#problem()
    if (problem !== null) throw problem
    if (this.#id === null) throw this.#stateError('has no transactional id: open it with one')
    if (this.#transaction !== null) throw this.#stateError('has a transaction open: commit or abort it first')
    this.#transaction = this.#id.begin()
  }

  async sendOffsets(offsets: readonly OffsetToCommit[], membership: GroupMembership): Promise<void> {
    const problem = this.#problem()
    if (problem !== null) throw problem
    const transaction = this.#opened()
    if (offsets.length === 0) return
    try {
      await transaction.sendOffsets(offsets, membership)
    } catch (error) {
      // Refused to this membership alone, they may be sent again; anything else and it must not be committed without them.
      if (!transaction.owes(error as FaustError) && this.#transaction === transaction)
        this.#noteFailure(error as FaustError)
      throw error
    }
  }

  async commitTransaction(): Promise<void> {
    const transaction = this.#opened()
    return this.#ending(async () => {
      await this.flush()
      await transaction.offsetsSettled()
      if (this.#transaction !== transaction) throw this.#initialisedMeanwhile()
      const problem = this.#broken ?? transaction.failure ?? transaction.refusedOffsets
      if (problem !== null) throw this.#abortable(problem)
      await this.#decide(transaction, true)
    })
  }

  async abortTransaction(): Promise<void> {
    const transaction = this.#opened()
    return this.#ending(() => this.#abort(transaction))
  }

  close({ within = this.#settings.closeTimeout }: { readonly within?: number | undefined } = {}): Promise<void> {
    this.#closing ??= this.#close(within)
    return this.#closing
  }

  async #init(): Promise<void> {
    if (this.#closing !== null) throw closedError(this.#name)
    this.#left = this.#transaction ?? this.#left
    this.#transaction = null
    this.#broken = null
    this.#break(this.#notInitialised())
    this.#dispatcher.abandon('the producer was initialised again before an answer came')
    const { signal } = this.#ended
    try {
      const identity = await (this.#id?.renew(this.#left) ?? newIdentity(this.#cluster, this.#settings, signal))
      if (this.#closing !== null) throw closedError(this.#name)
      this.#left = null
      this.#broken = null
      this.#dispatcher.adopt(identity)
    } catch (error) {
      if (this.#closing !== null) throw closedError(this.#name)
      if (isFaustError(error, 'FAUST_PRODUCER_FENCED')) this.#broken = error
      throw error
    }
  }

  async #close(within: number): Promise<void> {
    const orderly = async (): Promise<void> => {
      await this.flush()
      await this.#deciding?.catch(() => {})
      // What cannot be aborted here is aborted by the coordinator when its time is up.
      if (this.#transaction !== null) await this.#abort(this.#transaction)
    }
    if (this.#broken === null || this.#transaction !== null) {
      await settledWithin(
        this.#cluster.clock,
        orderly().catch(() => {}),
        within,
      )
    }
    this.#broken = null
    this.#break(closedError(this.#name))
    this.#dispatcher.abandon('the producer was closed before an answer came')
    this.#transaction = null
    this.#ended.abort()
    this.#dispatcher.close()
  }

  async #ending(work: () => Promise<void>): Promise<void> {
    this.#deciding = work()
    try {
      await this.#deciding
    } finally {
      this.#deciding = null
    }
  }

  async #abort(transaction: OpenTransaction): Promise<void> {
    await this.flush()
    await transaction.offsetsSettled()
    if (this.#transaction !== transaction) throw this.#initialisedMeanwhile()
    const broken = this.#broken
    if (broken === null) return this.#decide(transaction, false)
    // The new epoch ends it in a way that a batch of unknown fate can't survive.
    if (broken.code !== 'FAUST_DELIVERY_UNKNOWN') throw broken
    await (this.#closing === null ? this.init() : this.#id?.renew(transaction))
  }

  async #decide(transaction: OpenTransaction, commit: boolean): Promise<void> {
    if (transaction.touched) {
      const code = await transaction.end(commit).catch((cause: unknown) => {
        const message = `${this.#name} does not know how its transaction ended: initialise it again and read the committed offsets`
        const fault = new FaustError('FAUST_TRANSPORT_UNAVAILABLE', message, { cause, retriable: true })
        this.#break(fault)
        throw fault
      })
      // Nothing is open there that could be aborted.
      const isDone = code === 0 || (code === KAFKA.INVALID_TXN_STATE && !commit)
      if (!isDone) {
        const fault = producerFault(this.#name, code)
        this.#break(fault)
        throw fault
      }
    }
    if (this.#transaction === transaction) this.#transaction = null
    if (this.#broken === null) this.#separate()
  }

  /** ProduceRequests of this epoch may still arrive: none of them may meet the next transaction. */
  #separate(): void {
    this.#id?.separate()?.then(
      (identity) => {
        if (this.#broken === null) this.#dispatcher.adopt(identity)
      },
      (error: unknown) => this.#break(error as FaustError),
    )
  }

  /** Nothing more is sent until `init`. The first reason counts. */
  #break(error: FaustError): void {
    if (this.#broken !== null) return
    this.#broken = error
    this.#dispatcher.halt(error)
  }

  #noteFailure(error: FaustError): void {
    if (error.code === 'FAUST_PRODUCER_FENCED') this.#break(error)
    else this.#fail(error)
  }

  #fail(error: FaustError): void {
    if (this.#transaction !== null) this.#transaction.failure ??= error
  }

  #abortable(cause: FaustError): FaustError {
    if (cause.code === 'FAUST_PRODUCER_FENCED' || cause.code === 'FAUST_CLOSED') return cause
    const message = `${this.#name} cannot commit a transaction in which something failed: abort it, or initialise the producer again`
    return new FaustError('FAUST_TRANSACTION_ABORTABLE', message, { cause })
  }

  #opened(): OpenTransaction {
    if (this.#closing !== null) throw closedError(this.#name)
    if (this.#transaction === null || this.#deciding !== null) {
      throw this.#stateError('has no transaction open: call beginTransaction first')
    }
    return this.#transaction
  }

  #problem(): FaustError | null {
    return this.#closing === null ? this.#broken : closedError(this.#name)
  }

  #notInitialised(): FaustError {
    return this.#stateError('is not initialised: call init first')
  }

  #initialisedMeanwhile(): FaustError {
    return this.#stateError('was initialised again while its transaction was to end: that has settled it')
  }

  #stateError(says: string): FaustError {
    return new FaustError('FAUST_TRANSACTION_STATE', `${this.#name} ${says}`)
  }
}
