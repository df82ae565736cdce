import { FaustError, isFaustError } from '../../../service/errors.ts'
import { settledWithin } from '../../../service/wait.ts'
import type { GroupMembership, OffsetToCommit } from '../../group.ts'
import type { Producer, ProducerOptions, ProduceResult } from '../../producer.ts'
import type { OutgoingRecord } from '../../record.ts'
import { KafkaError } from '../log/kafka-error.ts'
import { ask } from './ask.ts'
import { closedError } from './client.ts'
import type { Client } from './client.ts'
import { faultOf } from './fault.ts'
import { OpenTransaction } from './open-transaction.ts'
import { ProducerIdentity } from './producer-identity.ts'
import { SendQueue } from './send-queue.ts'
import { Sender } from './sender.ts'

/** Ms after which the fate of records outside of transactions is given up. */
const DELIVERY_TIMEOUT = 120_000
/** Ms that a close waits for what is queued. */
const CLOSE_WITHIN = 30_000
/** Ms by default. */
const TRANSACTION_TIMEOUT = 10_000
/** The part of a transaction's time in which its records must be stored. */
const DELIVERY_SHARE = 0.9
/** Ms that an init may take, waiting for the transaction before to end. */
const INIT_WITHIN = 60_000

/** A producer of the embedded log. */
export class EmbeddedProducer implements Producer {
  readonly #client: Client
  readonly #transactionalId: string | undefined
  readonly #transactionTimeout: number
  readonly #queue = new SendQueue()
  readonly #sender: Sender
  /** Called once it is closed. */
  onClosed: () => void = () => {}
  #identity: ProducerIdentity | null = null
  #transaction: OpenTransaction | null = null
  /** Decided at this moment: nothing may join it any more. */
  #ending = false
  /** Why `init` has to be called first. */
  #broken: FaustError | null = null
  #closing: Promise<void> | null = null

  constructor(client: Client, { transactionalId, transactionTimeout = TRANSACTION_TIMEOUT }: ProducerOptions) {
    this.#client = client
    this.#transactionalId = transactionalId
    this.#transactionTimeout = transactionTimeout
    const inTransaction = transactionTimeout * DELIVERY_SHARE
    this.#sender = new Sender({
      client,
      queue: this.#queue,
      transactionalId,
      deliveryTimeout: transactionalId === undefined ? DELIVERY_TIMEOUT : Math.min(DELIVERY_TIMEOUT, inTransaction),
      join: (places) => this.#transaction?.join(places) ?? null,
      onRefused: (error) => this.#failTransaction(error),
      onBroken: (error) => this.#break(error),
    })
  }

  async init(): Promise<void> {
    this.#checkOpen()
    const before = this.#transactionalId === undefined ? null : this.#identity
    this.#break(this.#notInitialised())
    this.#transaction = null
    const request = {
      transactionalId: this.#transactionalId,
      transactionTimeout: this.#transactionTimeout,
      producerId: before?.producerId ?? -1,
      producerEpoch: before?.producerEpoch ?? -1,
    }
    const answer = await ask(this.#client, () => this.#client.broker.initProducerId(request), {
      what: `Initialising ${this.#name}`,
      within: INIT_WITHIN,
      again: ({ error }) => error === KafkaError.CONCURRENT_TRANSACTIONS,
    })
    if (answer.error !== KafkaError.NONE) {
      const details = { transactionalId: this.#transactionalId }
      const fault = faultOf(answer.error, { subject: this.#name, details })
      this.#broken = fault
      throw fault
    }
    this.#identity = new ProducerIdentity(answer.producerId, answer.producerEpoch)
    this.#broken = null
    this.#sender.adopt(this.#identity)
  }

  send(topic: string, partition: number, records: readonly OutgoingRecord[]): Promise<ProduceResult> {
    const problem = this.#problem()
    if (problem !== null) return Promise.reject(problem)
    if (this.#transactionalId !== undefined && (this.#transaction === null || this.#ending)) {
      return Promise.reject(this.#stateError('sends outside of a transaction: call beginTransaction first'))
    }
    if (records.length === 0) return Promise.resolve({ baseOffset: -1 })
    return new Promise((resolve, reject) => {
      const timestamp = this.#client.clock.now()
      this.#queue.add(
        { topic, partition },
        {
          records,
          timestamp,
          resolve: (baseOffset) => resolve({ baseOffset }),
          reject,
        },
      )
      this.#sender.wake()
    })
  }

  flush(): Promise<void> {
    return this.#queue.flushed()
  }

  beginTransaction(): void {
    const problem = this.#problem()
    if (problem !== null) throw problem
    const transactionalId = this.#transactionalId
    if (transactionalId === undefined) throw this.#stateError('has no transactional id: open it with one')
    if (this.#transaction !== null) throw this.#stateError('has a transaction open: commit or abort it first')
    const { producerId, producerEpoch } = this.#identity as ProducerIdentity
    const producer = { transactionalId, producerId, producerEpoch }
    this.#transaction = new OpenTransaction(this.#client, producer, this.#transactionTimeout)
  }

  async sendOffsets(offsets: readonly OffsetToCommit[], membership: GroupMembership): Promise<void> {
    const problem = this.#problem()
    if (problem !== null) throw problem
    const transaction = this.#opened()
    if (offsets.length === 0) return
    try {
      await transaction.sendOffsets(offsets, membership)
    } catch (error) {
      if (isFaustError(error, 'FAUST_PRODUCER_FENCED')) this.#break(error)
      if (isFaustError(error, 'FAUST_TRANSACTION_ABORTABLE')) this.#failTransaction(error)
      throw error
    }
  }

  async commitTransaction(): Promise<void> {
    const transaction = this.#opened()
    this.#ending = true
    try {
      await this.flush()
      const problem = this.#problem() ?? transaction.failure ?? transaction.refusedOffsets
      if (problem !== null) throw this.#abortable(problem)
      await this.#decide(transaction, true)
    } finally {
      this.#ending = false
    }
  }

  async abortTransaction(): Promise<void> {
    const transaction = this.#opened()
    this.#ending = true
    try {
      await this.flush()
      await this.#decide(transaction, false)
    } finally {
      this.#ending = false
    }
  }

  close({ within = CLOSE_WITHIN }: { readonly within?: number | undefined } = {}): Promise<void> {
    this.#closing ??= this.#close(within)
    return this.#closing
  }

  get #name(): string {
    return this.#transactionalId === undefined ? 'A producer' : `Producer "${this.#transactionalId}"`
  }

  async #close(within: number): Promise<void> {
    const { clock, killed } = this.#client
    const orderly = async (): Promise<void> => {
      await this.flush()
      // What cannot be aborted here is aborted by the log when its time is up.
      if (this.#transaction !== null) await this.abortTransaction().catch(() => {})
    }
    if (!killed.aborted) await settledWithin(clock, orderly(), within)
    this.#break(closedError(this.#name))
    this.#transaction = null
    this.onClosed()
  }

  async #decide(transaction: OpenTransaction, commit: boolean): Promise<void> {
    if (!transaction.isEmpty) {
      const error = await transaction.end(commit).catch((cause: unknown) => {
        const message = `${this.#name} does not know how its transaction ended: initialise it again and read the committed offsets`
        const fault = new FaustError('FAUST_TRANSPORT_UNAVAILABLE', message, { cause, retriable: true })
        this.#break(fault)
        throw fault
      })
      if (error !== KafkaError.NONE) {
        const fault = faultOf(error, { subject: this.#name, details: { transactionalId: this.#transactionalId } })
        this.#break(fault)
        throw fault
      }
    }
    if (this.#transaction === transaction) this.#transaction = null
  }

  /** Nothing more is sent until `init`. */
  #break(error: FaustError): void {
    this.#broken = error
    this.#sender.adopt(null)
    this.#queue.rejectAll(error)
  }

  #failTransaction(error: FaustError): void {
    if (this.#transaction !== null) this.#transaction.failure ??= error
  }

  #abortable(cause: FaustError): FaustError {
    if (cause.code === 'FAUST_PRODUCER_FENCED' || cause.code === 'FAUST_CLOSED') return cause
    const message = `${this.#name} cannot commit a transaction in which something failed: abort it, or initialise the producer again`
    return new FaustError('FAUST_TRANSACTION_ABORTABLE', message, { cause })
  }

  #opened(): OpenTransaction {
    if (this.#closing !== null && this.#transaction === null) throw closedError(this.#name)
    if (this.#transaction === null || this.#ending) {
      throw this.#stateError('has no transaction open: call beginTransaction first')
    }
    return this.#transaction
  }

  #problem(): FaustError | null {
    if (this.#closing !== null || this.#client.killed.aborted) return closedError(this.#name)
    return this.#broken ?? (this.#identity === null ? this.#notInitialised() : null)
  }

  #checkOpen(): void {
    if (this.#closing !== null || this.#client.killed.aborted) throw closedError(this.#name)
  }

  #notInitialised(): FaustError {
    return this.#stateError('is not initialised: call init first')
  }

  #stateError(says: string): FaustError {
    return new FaustError('FAUST_TRANSACTION_STATE', `${this.#name} ${says}`)
  }
}
