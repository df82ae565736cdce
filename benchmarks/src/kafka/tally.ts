import type { Order } from './orders.ts'
import type { Outcome } from './trial.ts'

/** Checks that a contender got every record once, and takes the time between the first and the end of the work. */
export class Tally {
  /** Resolves when as many records were seen as there are. */
  readonly complete: Promise<void>
  readonly #records: number
  #finish!: () => void
  #seen = 0
  #sum = 0
  #begun = 0
  #cpu: NodeJS.CpuUsage | undefined

  constructor(records: number) {
    this.#records = records
    this.complete = new Promise((resolve) => (this.#finish = resolve))
  }

  /** The first records are in hand, not decoded yet. What comes later changes nothing. */
  begin(): void {
    if (this.#cpu !== undefined) return
    this.#begun = performance.now()
    this.#cpu = process.cpuUsage()
  }

  see({ index }: Order): void {
    this.begin()
    this.#sum += index
    if (++this.#seen === this.#records) this.#finish()
  }

  /** When the work is done, outputs acknowledged. Throws when a record is missing or was seen twice. */
  outcome(): Outcome {
    const seconds = (performance.now() - this.#begun) / 1000
    const { user, system } = process.cpuUsage(this.#cpu)
    const sum = (this.#records * (this.#records - 1)) / 2
    if (this.#seen !== this.#records || this.#sum !== sum) {
      throw new Error(
        `Saw ${this.#seen} records whose numbers add up to ${this.#sum}, not ${this.#records} and ${sum}.`,
      )
    }
    return {
      rate: this.#records / seconds,
      cpu: (user + system) / this.#records,
      memory: process.resourceUsage().maxRSS / 1024,
    }
  }
}
