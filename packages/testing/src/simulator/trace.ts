/** One thing that happened, at its moment of the run. */
interface Entry {
  readonly at: number
  readonly text: string
}

/** Entries that are kept: enough to see what led to the end. */
const KEPT = 400

/** Longest text of an entry. */
const LONG = 300

/** What happened in a run, for the report of a failure. Oldest entries are forgotten first. */
export class Trace {
  readonly #now: () => number
  readonly #entries: Entry[] = []

  constructor(now: () => number) {
    this.#now = now
  }

  note(text: string): void {
    this.#entries.push({ at: this.#now(), text: text.length > LONG ? `${text.slice(0, LONG)}…` : text })
    if (this.#entries.length > KEPT * 2) this.#entries.splice(0, KEPT)
  }

  /** The last `count` entries, a line each. */
  last(count: number): string {
    return this.#entries
      .slice(-count)
      .map(({ at, text }) => `${(at / 1000).toFixed(3).padStart(9)} s  ${text}`)
      .join('\n')
  }
}
