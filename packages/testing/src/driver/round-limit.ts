import type { Clock } from '@faust/core'

/** Records that may be read per round, on average, before it counts as too many … */
const RECORDS_PER_ROUND = 10
/** … beyond so many for each one that the test has sent. */
const RECORDS_PER_SENT = 20
/** Longest time, in ms of the clock, that an answer is held back. */
const LONGEST_DELAY = 10_000

/** What was read while time stood still. */
export interface Overrun {
  readonly rounds: number
  /** Records by topic, the most first. */
  readonly topics: readonly (readonly [topic: string, records: number])[]
}

/**
 * Bounds what apps may read while time stands still. A program that feeds itself without end is never quiet: once it
 * has gone too far each further answer costs it time, so that whoever waits gets a word in and can say what moves.
 */
export class RoundLimit {
  readonly #clock: Clock
  readonly #limit: number
  #moment = -1
  #rounds = 0
  #records = 0
  #topics = new Map<string, number>()
  #delay = 0
  #sent = 0
  #overrun: Overrun | undefined

  constructor(clock: Clock, limit: number) {
    this.#clock = clock
    this.#limit = limit
  }

  /** A driver call begins, which sends so many records: counts anew. */
  begin(sent = 0): void {
    this.#sent = sent
    this.#overrun = undefined
    this.#delay = 0
    this.#moment = -1
  }

  /** What went too far since `begin`, if anything did. */
  get overrun(): Overrun | undefined {
    return this.#overrun
  }

  /** Records were read. Answers for how long they have to be held back, in ms. */
  count(read: readonly { readonly topic: string; readonly records: number }[]): number {
    const now = this.#clock.monotonic()
    if (now !== this.#moment) this.#restart(now)
    this.#rounds++
    for (const { topic, records } of read) {
      this.#records += records
      this.#topics.set(topic, (this.#topics.get(topic) ?? 0) + records)
    }
    const most = this.#limit * RECORDS_PER_ROUND + this.#sent * RECORDS_PER_SENT
    if (this.#rounds > this.#limit || this.#records > most) {
      const topics = [...this.#topics].toSorted(([, a], [, b]) => b - a)
      this.#overrun ??= { rounds: this.#rounds, topics }
    }
    if (this.#overrun !== undefined) this.#delay = Math.min(Math.max(1, this.#delay * 2), LONGEST_DELAY)
    return this.#delay
  }

  #restart(now: number): void {
    this.#moment = now
    this.#rounds = 0
    this.#records = 0
    this.#topics = new Map()
  }
}
