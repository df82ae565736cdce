import { setTimeout as sleep } from 'node:timers/promises'
import type { Topic } from '@faust/core'
import { Brake } from './brake.ts'
import { amountOf, GRACE, GROUPS, type Input, keyOf, timeOf, WINDOW } from './program.ts'

/** Ms between two batches. */
const BEAT = 50

/** Sends records with ids from 0 on, some a second, while it is started and not too far ahead of the workers. */
export class Feeder {
  readonly #input: Topic<string, Input>
  readonly #rate: number
  readonly #brake = new Brake()
  /** Event time of the first record: whole windows. */
  readonly #epoch: number = Math.floor(Date.now() / WINDOW) * WINDOW
  #next = 0
  #stopping = new AbortController()
  #sending: Promise<unknown> = Promise.resolve()

  constructor(input: Topic<string, Input>, rate: number) {
    this.#input = input
    this.#rate = rate
  }

  /** How many were sent so far. */
  get sent(): number {
    return this.#next
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

  /** Committed offsets of the input, by partition: of now or of a moment ago. */
  committed(offsets: readonly number[]): void {
    this.#brake.committed(offsets)
  }

  /**
   * To be called when all that was sent is committed: one record of each group, so far ahead in event time that every
   * window before is closed. Gives how many were sent in all.
   */
  async closeWindows(): Promise<number> {
    const ahead = GRACE + 2 * WINDOW
    await Promise.all(Array.from({ length: GROUPS }, () => this.#sendNext(ahead)))
    return this.#next
  }

  async #send(signal: AbortSignal): Promise<void> {
    let due = this.#next
    let last = performance.now()
    // While Kafka is away nothing waits but the acknowledgements: what is sent then is in order, too.
    let sent: Promise<unknown> = Promise.resolve()
    while (!signal.aborted) {
      const now = performance.now()
      due = Math.min(due + ((now - last) / 1000) * this.#rate, this.#brake.limit)
      last = now
      const batch = [sent]
      while (this.#next + 1 <= due) batch.push(this.#sendNext())
      sent = Promise.all(batch)
      sent.catch(() => {})
      await sleep(BEAT, undefined, { signal }).catch(() => {})
    }
    await sent
  }

  async #sendNext(ahead = 0): Promise<void> {
    const id = this.#next++
    const done = this.#brake.sends(id)
    const timestamp = this.#epoch + timeOf(id) + ahead
    done(await this.#input.publish({ key: keyOf(id), value: { id, amount: amountOf(id) }, timestamp }))
  }
}
