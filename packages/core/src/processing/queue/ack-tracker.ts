import { NO_TIME } from './stream-time.ts'

/** Settled offsets that are kept before their room is taken back. */
const COMPACT_AT = 1024

/**
 * Which offsets of one partition one agent has pulled and not settled yet. Offsets are pulled in ascending order and
 * settled in any. The frontier is the smallest offset that is not settled: committing it loses nothing. Stream time is
 * the largest timestamp there was, in the order of the offsets, whatever was settled first.
 */
export class AckTracker {
  /** Pulled offsets from the first unsettled one on; those settled out of order are marked in `#done`. */
  #offsets: number[] = []
  #done: boolean[] = []
  /** The stream time before each of `#offsets`. */
  #times: number[] = []
  #head = 0
  #unsettled = 0
  #next: number
  #time: number

  /** `start` is the offset reading begins at, `time` the stream time of what lies before it. */
  constructor(start: number, time: number = NO_TIME) {
    this.#next = start
    this.#time = time
  }

  /** How many pulled offsets are unsettled. */
  get unsettled(): number {
    return this.#unsettled
  }

  /** Where reading goes on: beyond everything that was pulled, including gaps known to follow it. */
  get next(): number {
    return this.#next
  }

  /** The offset to commit. */
  get frontier(): number {
    return this.#head < this.#offsets.length ? this.#offsets[this.#head]! : this.#next
  }

  /** The stream time of everything that was pulled. */
  get time(): number {
    return this.#time
  }

  /** The stream time of everything below the frontier. */
  get frontierTime(): number {
    return this.#head < this.#offsets.length ? this.#times[this.#head]! : this.#time
  }

  /** Whether `test` holds for every unsettled offset up to `offset`. */
  everyUnsettledUpTo(offset: number, test: (unsettled: number) => boolean): boolean {
    for (let index = this.#head; index < this.#offsets.length && this.#offsets[index]! <= offset; index++) {
      if (!this.#done[index] && !test(this.#offsets[index]!)) return false
    }
    return true
  }

  /** `offset` was pulled, with its record's timestamp; reading goes on at `next`. */
  pull(offset: number, next: number, timestamp: number): void {
    this.#offsets.push(offset)
    this.#done.push(false)
    this.#times.push(this.#time)
    this.#unsettled++
    this.#next = next
    if (timestamp > this.#time) this.#time = timestamp
  }

  /** Nothing is pulled below `next` any more: a gap, or an answer without records. */
  skipTo(next: number): void {
    if (next > this.#next) this.#next = next
  }

  /** Settling twice, or what was never pulled, changes nothing and answers false. */
  settle(offset: number): boolean {
    const index = this.#offsets[this.#head] === offset ? this.#head : this.#find(offset)
    if (index < 0 || this.#done[index]) return false
    this.#done[index] = true
    this.#unsettled--
    while (this.#head < this.#offsets.length && this.#done[this.#head]) this.#head++
    // Emptying an array gives its memory back, so it is done once in a while and not for every value.
    if (this.#head >= COMPACT_AT && this.#head * 2 > this.#offsets.length) {
      this.#offsets = this.#offsets.slice(this.#head)
      this.#done = this.#done.slice(this.#head)
      this.#times = this.#times.slice(this.#head)
      this.#head = 0
    }
    return true
  }

  #find(offset: number): number {
    let low = this.#head
    let high = this.#offsets.length - 1
    while (low <= high) {
      const middle = (low + high) >> 1
      const found = this.#offsets[middle]!
      if (found === offset) return middle
      if (found < offset) low = middle + 1
      else high = middle - 1
    }
    return -1
  }
}
