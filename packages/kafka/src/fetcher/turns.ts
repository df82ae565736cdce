import type { Clock } from '@faust/core'

/** Ms for which polls that never have to wait may keep the event loop to themselves. */
const SLICE = 10

/** Lets I/O have its turn: heartbeats starve where one poll after the other is answered from what is kept. */
export class Turns {
  readonly #clock: Clock
  #since = Number.NEGATIVE_INFINITY

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Something that I/O or a timer has brought runs now. */
  began(): void {
    this.#since = this.#clock.monotonic()
  }

  /** To be awaited before more is done; `undefined` while this turn is short. */
  breathe(): Promise<void> | undefined {
    if (this.#clock.monotonic() - this.#since < SLICE) return undefined
    return new Promise((resolve) => {
      this.#clock.setImmediate(() => {
        this.began()
        resolve()
      })
    })
  }
}
