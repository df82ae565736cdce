import type { JoinLane } from './join-lanes.ts'

/** The joins of a member, one after the other: each can be given up alone, and all of them are when the member is over. */
export class Rounds {
  readonly #over: AbortSignal
  readonly #lane: JoinLane
  #round: AbortController | null = null

  constructor(over: AbortSignal, lane: JoinLane) {
    this.#over = over
    this.#lane = lane
  }

  /** Whether one is under way that nobody has given up. */
  get isOn(): boolean {
    return this.#round?.signal.aborted === false
  }

  /** Its signal fires when it is given up. */
  begin(): AbortSignal {
    const round = new AbortController()
    this.#round = round
    if (this.#over.aborted) round.abort()
    else this.#over.addEventListener('abort', this.#abort, { once: true })
    return round.signal
  }

  abort(): void {
    this.#round?.abort()
  }

  /** What was given up may still be waited for by the broker, and nothing behind it on that connection would be served. */
  end(): void {
    if (this.#round?.signal.aborted === true) this.#lane.cut()
    this.#over.removeEventListener('abort', this.#abort)
    this.#round = null
  }

  readonly #abort = (): void => this.abort()
}
