import { isFaustError } from '../../service/errors.ts'
import type { Producer } from '../../transport/producer.ts'

/**
 * Writes changelogs under at-least-once: apart from what else is sent, since it can be made to give up. A worker that
 * is out of its group must not try any longer what it could not write while it was in: its successor's entries are
 * newer, and would be written over when the log can be reached again.
 */
export class ChangelogProducer {
  readonly #producer: Producer
  /** It has to be initialised before it is used. */
  #ended = false
  /** Sends of the running cycle were given up. */
  #abandoned = false
  #renewed: Promise<void> | undefined

  constructor(producer: Producer) {
    this.#producer = producer
  }

  init(): Promise<void> {
    return this.#producer.init()
  }

  close(options: { readonly within: number }): Promise<void> {
    return this.#producer.close(options)
  }

  /** For the next cycle: the producer, made anew where that is needed. Rejects while the log is out of reach; then ask again. */
  async ready(): Promise<Producer> {
    if (this.#ended) this.#renew()
    await this.#renewed
    this.#abandoned = false
    return this.#producer
  }

  /** Ends every try of what is on its way; those sends reject. */
  abandon(): void {
    this.#ended = this.#abandoned = true
    this.#renew()
    // Whoever needs it next is told.
    this.#renewed?.catch(() => {})
  }

  /** Tells a failure of a cycle; answers whether it is one that a producer made anew mends. */
  failed(error: unknown): boolean {
    if (this.#abandoned) return true
    if (!isFaustError(error, 'FAUST_DELIVERY_UNKNOWN')) return false
    this.#ended = true
    return true
  }

  #renew(): void {
    this.#renewed ??= this.#producer
      .init()
      .then(() => {
        this.#ended = false
      })
      .finally(() => {
        this.#renewed = undefined
      })
  }
}
