import type { Clock, FaustError } from '@faust/core'
import { Deadline } from '../../cluster/deadline.ts'
import { KAFKA } from '../../requests/error-codes.ts'
import type { InitProducerIdResponse } from '../../requests/init-producer-id.ts'
import { producerFault } from '../faults.ts'
import type { ProducerIdentity } from '../identity.ts'
import { isFenced } from './coordinator-errors.ts'
import { OpenTransaction } from './open-transaction.ts'
import type { TransactionRequests, Tries } from './transaction-requests.ts'

/** What `TransactionalId` needs of its producer. */
export interface TransactionalIdOptions {
  readonly clock: Clock
  readonly name: string
  readonly requests: TransactionRequests
  /** Ms that a request of a transaction may take with all its tries. */
  readonly within: number
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
  #renewal: Promise<ProducerIdentity> | null = null
  /** Tries to take the id over that were given up unanswered: each may still be carried out, once. */
  #strayTakeovers = 0
  /** A request of this identity was given up unanswered and may still arrive. */
  #hasStrays = false
  /** Groups to which such a request may still bring offsets. */
  readonly #doubtfulGroups = new Set<string>()

  constructor(options: TransactionalIdOptions) {
    this.#options = options
  }

  /** Opens a transaction, locally. */
  begin(): OpenTransaction {
    return new OpenTransaction({
      ...this.#options,
      identity: this.#renewal ?? Promise.resolve(this.#identity as ProducerIdentity),
      onStray: (group) => this.#noteStray(group),
    })
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
    const renewal = before.catch(() => {}).then(() => this.#renew(left))
    this.#renewal = renewal
    const done = (): void => {
      if (this.#renewal === renewal) this.#renewal = null
    }
    void renewal.catch(() => {}).finally(done)
    return renewal
  }

  async #renew(left: OpenTransaction | null): Promise<ProducerIdentity> {
    const deadline = new Deadline(this.#options.clock, INIT_WITHIN)
    let unfinished = left
    do {
      const { error, producerId, producerEpoch } = await this.#take(unfinished, deadline)
      if (error !== 0) throw this.#fault(error)
      this.#identity = { producerId, producerEpoch }
      this.#hasStrays = false
      unfinished = null
      for (const group of this.#doubtfulGroups) await this.#cleanse(this.#identity, group, deadline)
    } while (this.#hasStrays)
    return this.#identity
  }

  async #take(left: OpenTransaction | null, deadline: Deadline): Promise<InitProducerIdResponse> {
    const before = this.#identity
    if (before === null) return this.#takeOver(deadline)
    const isSurelyOpen = left?.isSurelyOpen === true
    // What may be open has to be ended first, as InitProducerId would end it in a way that is taken for fencing.
    if (!isSurelyOpen && (this.#hasStrays || left?.touched === true)) await this.#abort(before, deadline)
    const answer = await this.#init(before, deadline)
    if (!isFenced(answer.error) || !isSurelyOpen) return answer
    // Up to Kafka 4.0 this is also how a time-out ends. The epoch after ours is then nobody's, and what the coordinator expects.
    return this.#init({ ...before, producerEpoch: before.producerEpoch + 1 }, deadline)
  }

  /**
   * At the start of a process, and never again: it would fence the rightful successor. A try that was given up and is carried
   * out after the one that was answered takes the epoch away, as a rival would. So after such tries the coordinator has to
   * confirm the epoch, and as many refusals as there were tries are put down to them.
   */
  async #takeOver(deadline: Deadline): Promise<InitProducerIdResponse> {
    for (;;) {
      const answer = await this.#init(NOBODY, deadline, () => void this.#strayTakeovers++)
      if (answer.error !== 0 || this.#strayTakeovers === 0) return answer
      const { producerId, producerEpoch } = answer
      const confirmed = await this.#init({ producerId, producerEpoch }, deadline)
      if (!isFenced(confirmed.error)) return confirmed
      this.#strayTakeovers--
    }
  }

  #init(before: ProducerIdentity, deadline: Deadline, onLost = (): void => {}): Promise<InitProducerIdResponse> {
    // One with id and epoch that arrives late finds what it asks for, or ends what is open then: that is learnt by an error.
    return this.#options.requests.init(before, { within: deadline.left, onLost })
  }

  /** Ends what is open under an identity, if anything is. */
  async #abort(who: ProducerIdentity, deadline: Deadline): Promise<void> {
    const code = await this.#options.requests.end(who, false, this.#tries(deadline))
    // Not in a state for it: nothing was open, or it has committed. Fenced: InitProducerId is going to say whether it is.
    if (code !== 0 && code !== KAFKA.INVALID_TXN_STATE && !isFenced(code)) throw this.#fault(code)
  }

  /**
   * The end of a transaction under the new epoch, which is what fences late offsets of the old one in a group's log. Before
   * Kafka 3.7 they would be taken when their transaction has ended, and keep that group's offsets unstable until the next.
   */
  async #cleanse(who: ProducerIdentity, group: string, deadline: Deadline): Promise<void> {
    const code = await this.#options.requests.addOffsets(who, group, this.#tries(deadline))
    // A late InitProducerId has come between, or a rival: the next one tells.
    if (isFenced(code)) return this.#noteStray()
    if (code !== 0) throw this.#fault(code)
    await this.#abort(who, deadline)
    this.#doubtfulGroups.delete(group)
  }

  #noteStray(group?: string): void {
    this.#hasStrays = true
    if (group !== undefined) this.#doubtfulGroups.add(group)
  }

  #tries(deadline: Deadline): Tries {
    return { within: deadline.left, onLost: () => this.#noteStray() }
  }

  #fault(code: number): FaustError {
    return producerFault(this.#options.name, code)
  }
}
