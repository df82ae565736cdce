import type { FaustError } from '@faust/core'
import { Deadline } from '../cluster/deadline.ts'
import { endTxnApi } from '../requests/end-txn.ts'
import { initProducerIdApi } from '../requests/init-producer-id.ts'
import type { InitProducerIdResponse } from '../requests/init-producer-id.ts'
import { askCoordinator } from './ask-coordinator.ts'
import { producerFault, producerName } from './faults.ts'
import type { ProducerIdentity } from './identity.ts'
import { INVALID_TXN_STATE, isFenced } from './log-errors.ts'
import type { OpenTransaction } from './open-transaction.ts'
import type { ProducerCluster } from './producer-cluster.ts'

/** What `TransactionalId` needs of its producer. */
export interface TransactionalIdOptions {
  readonly cluster: ProducerCluster
  readonly transactionalId: string
  readonly transactionTimeout: number
  readonly signal: AbortSignal
}

/** Ms that an init may take, waiting for the transaction before to end. */
const INIT_WITHIN = 60_000
/** Takes the id over, whoever has it. */
const NOBODY: ProducerIdentity = { producerId: -1n, producerEpoch: -1 }

/** A producer's hold on its transactional id: how it gets it, keeps it, and learns that it is gone (transactions.md). */
export class TransactionalId {
  readonly #options: TransactionalIdOptions
  #identity: ProducerIdentity | null = null
  #hasStrays = false
  #renewal: Promise<ProducerIdentity> | null = null

  constructor(options: TransactionalIdOptions) {
    this.#options = options
  }

  /** Under what the next transaction begins, as soon as it may. */
  identity(): Promise<ProducerIdentity> {
    return this.#renewal ?? Promise.resolve(this.#identity as ProducerIdentity)
  }

  /** A request was given up unanswered. */
  readonly onStray = (): void => {
    this.#hasStrays = true
  }

  /**
   * A transaction has ended. If requests of this epoch may still arrive, none of them may meet the next one: it waits for
   * a new epoch, which is asked for now. Answers null when none is needed.
   */
  separate(): Promise<ProducerIdentity> | null {
    return this.#hasStrays ? this.renew(null) : null
  }

  /**
   * A new epoch, in which nothing of before counts. `left` is the transaction that was not ended, if any. Rejects with
   * `FAUST_PRODUCER_FENCED` when somebody else has the id; after any rejection it may be tried again.
   */
  renew(left: OpenTransaction | null): Promise<ProducerIdentity> {
    const before = this.#renewal ?? Promise.resolve()
    const renewal = before.catch(() => {}).then(() => this.#renewNow(left))
    this.#renewal = renewal
    const done = (): void => {
      if (this.#renewal === renewal) this.#renewal = null
    }
    void renewal.catch(() => {}).finally(done)
    return renewal
  }

  async #renewNow(left: OpenTransaction | null): Promise<ProducerIdentity> {
    const deadline = new Deadline(this.#options.cluster.clock, INIT_WITHIN)
    const answer = await this.#renew(left, deadline)
    if (answer.error !== 0) throw this.#fault(answer.error)
    this.#identity = { producerId: answer.producerId, producerEpoch: answer.producerEpoch }
    this.#hasStrays = false
    return this.#identity
  }

  async #renew(left: OpenTransaction | null, deadline: Deadline): Promise<InitProducerIdResponse> {
    const before = this.#identity
    // At the start of a process, and never again: it would fence the rightful successor.
    if (before === null) return this.#init(NOBODY, deadline)
    const isSurelyOpen = left?.isSurelyOpen === true
    // What may be open has to be ended first, as InitProducerId would end it in a way that is taken for fencing.
    if (!isSurelyOpen && (this.#hasStrays || left?.touched === true)) await this.#abort(before, deadline)
    const answer = await this.#init(before, deadline)
    if (!isFenced(answer.error) || !isSurelyOpen) return answer
    // Up to Kafka 4.0 this is also how a time-out ends. The epoch after ours is then nobody's, and what the coordinator expects.
    return this.#init({ ...before, producerEpoch: before.producerEpoch + 1 }, deadline)
  }

  #init(before: ProducerIdentity, deadline: Deadline): Promise<InitProducerIdResponse> {
    const { cluster, transactionalId, transactionTimeout, signal } = this.#options
    const request = { transactionalId, transactionTimeout, ...before }
    return askCoordinator(cluster, initProducerIdApi, request, {
      kind: 'transaction',
      key: transactionalId,
      what: `Initialising ${producerName(transactionalId)}`,
      within: deadline.left,
      errorOf: ({ error }) => error,
      signal,
      // One that arrives late finds the epoch it asks for, or ends what is open then: that is learnt by its error.
      onLost: () => {},
    })
  }

  async #abort(before: ProducerIdentity, deadline: Deadline): Promise<void> {
    const { cluster, transactionalId, signal } = this.#options
    const { error } = await askCoordinator(
      cluster,
      endTxnApi,
      { transactionalId, ...before, commit: false },
      {
        kind: 'transaction',
        key: transactionalId,
        what: `Aborting what ${producerName(transactionalId)} left open`,
        within: deadline.left,
        errorOf: ({ error: code }) => code,
        signal,
        onLost: this.onStray,
      },
    )
    // Nothing was open, or it has committed; or the epoch is gone, which InitProducerId is going to say.
    if (error !== 0 && error !== INVALID_TXN_STATE && !isFenced(error)) throw this.#fault(error)
  }

  #fault(code: number): FaustError {
    return producerFault(this.#options.transactionalId, code)
  }
}
