import type { Clock } from '../../service/clock.ts'
import { FaustError, isFaustError, messageOf } from '../../service/errors.ts'
import type { Logger } from '../../service/logger.ts'
import { abortable, sleep } from '../../service/wait.ts'
import type { GroupConsumer } from '../../transport/group.ts'
import type { Producer } from '../../transport/producer.ts'
import { isPassing } from './commit-errors.ts'

/** What it works with. */
export interface TransactionalProducerParts {
  readonly clock: Clock
  readonly logger: Logger
  readonly producer: Producer
  readonly transactionalId: string
  readonly consumer: () => GroupConsumer
  /** Nothing of what is made anew would be used any more, but for a last commit. */
  readonly stopping: () => boolean
  /** Somebody else has the id, or it can't be had. */
  readonly crash: (error: unknown) => void
}

/** Ms between two tries. */
const RETRY_PAUSE = 100

/**
 * A worker's one transactional producer. After a failure it is made anew under the same id, which settles whatever was
 * open; a worker that seems to be fenced proves first that it is still a member of its group: else it would fence its
 * rightful successor.
 */
export class TransactionalProducer {
  readonly #parts: TransactionalProducerParts
  readonly #closed = new AbortController()
  /** Why it has to be made anew before it is used. */
  #failure: { readonly error: unknown } | undefined

  constructor(parts: TransactionalProducerParts) {
    this.#parts = parts
  }

  /** The first time. */
  init(): Promise<void> {
    return this.#parts.producer.init()
  }

  /** The producer, to begin a transaction with. Rejects with what it failed with when it could not be made anew. */
  async ready(): Promise<Producer> {
    if (this.#failure !== undefined) await this.#renew()
    if (this.#failure !== undefined) throw this.#failure.error
    return this.#parts.producer
  }

  /**
   * A transaction failed with `error`. Resolves when the producer is new and the transaction settled, whichever way; in a
   * stop at once, as nobody may need it any more. Never rejects.
   */
  async renew(error: unknown): Promise<void> {
    this.#failure = { error }
    if (!this.#parts.stopping()) await this.#renew()
  }

  /** Ends tries that are under way, and aborts what is open. */
  close(options: { readonly within: number }): Promise<void> {
    this.#closed.abort()
    return this.#parts.producer.close(options)
  }

  async #renew(): Promise<void> {
    const { clock, consumer, crash, logger, producer } = this.#parts
    const { signal } = this.#closed
    while (this.#failure !== undefined && !signal.aborted) {
      try {
        if (isFaustError(this.#failure.error, 'FAUST_PRODUCER_FENCED')) {
          await abortable(consumer().heartbeat(), signal, 'Proving membership')
        }
        await abortable(producer.init(), signal, 'Making the producer anew')
        this.#failure = undefined
      } catch (error) {
        if (signal.aborted) return
        if (!isPassing(error)) return crash(this.#named(error))
        logger.debug({ error: messageOf(error) }, 'The producer could not be made anew yet')
        await sleep(clock, RETRY_PAUSE, signal).catch(() => {})
      }
    }
  }

  #named(error: unknown): unknown {
    if (!isFaustError(error, 'FAUST_PRODUCER_FENCED')) return error
    const { transactionalId } = this.#parts
    return new FaustError(
      'FAUST_PRODUCER_FENCED',
      `Another worker runs as ${transactionalId}, and this one has stopped: give each worker a \`workerId\`, or a state ` +
        `directory, of its own.`,
      { cause: error, details: { transactionalId } },
    )
  }
}
