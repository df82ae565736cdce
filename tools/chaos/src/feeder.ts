import { setTimeout as sleep } from 'node:timers/promises'
import type { Topic } from '@faust/core'
import { amountOf, type Input, keyOf } from './program.ts'

/** Ms between two batches. */
const BEAT = 50

/** Sends records with ids from 0 on, some a second, while it is started. */
export class Feeder {
  readonly #input: Topic<string, Input>
  readonly #rate: number
  #next = 0
  #stopping = new AbortController()
  #sending: Promise<unknown> = Promise.resolve()

  constructor(input: Topic<string, Input>, rate: number) {
    this.#input = input
    this.#rate = rate
  }

  start(): void {
    this.#stopping = new AbortController()
    this.#sending = this.#send(this.#stopping.signal)
    // Told by `stop`.
    this.#sending.catch(() => {})
  }

  /** Resolves when all that was sent is acknowledged. Gives how many that are. */
  async stop(): Promise<number> {
    this.#stopping.abort()
    await this.#sending
    return this.#next
  }

  async #send(signal: AbortSignal): Promise<void> {
    const first = this.#next
    const begun = performance.now()
    // While Kafka is away nothing waits but the acknowledgements: what is sent then is in order, too.
    let sent: Promise<unknown> = Promise.resolve()
    while (!signal.aborted) {
      const due = first + Math.floor(((performance.now() - begun) / 1000) * this.#rate)
      const batch = [sent]
      while (this.#next < due) {
        const id = this.#next++
        batch.push(this.#input.send({ key: keyOf(id), value: { id, amount: amountOf(id) } }))
      }
      sent = Promise.all(batch)
      sent.catch(() => {})
      await sleep(BEAT, undefined, { signal }).catch(() => {})
    }
    await sent
  }
}
