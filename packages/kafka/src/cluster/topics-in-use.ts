import type { Clock } from '@faust/core'

/** Ms for which metadata of a topic is kept fresh after it was last asked about. */
const KEEP = 300_000

/** Of which topics metadata is kept: those that somebody tracks, and those that were used lately. */
export class TopicsInUse {
  readonly #clock: Clock
  /** How many track it. */
  readonly #tracked = new Map<string, number>()
  /** When it was last used, on the monotonic clock. */
  readonly #used = new Map<string, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Until the answered function is called. */
  track(topics: readonly string[]): () => void {
    for (const topic of topics) this.#tracked.set(topic, (this.#tracked.get(topic) ?? 0) + 1)
    let over = false
    return () => {
      if (over) return
      over = true
      for (const topic of topics) this.#untrack(topic)
    }
  }

  has(topic: string): boolean {
    return this.#tracked.has(topic) || this.#used.has(topic)
  }

  use(topic: string): void {
    this.#used.set(topic, this.#clock.monotonic())
  }

  /** Drops the topics that are used no more, telling of each, and gives the others. */
  current(onDrop: (topic: string) => void): string[] {
    const before = this.#clock.monotonic() - KEEP
    for (const [topic, at] of this.#used) {
      if (at >= before) continue
      this.#used.delete(topic)
      if (!this.#tracked.has(topic)) onDrop(topic)
    }
    return [...new Set([...this.#tracked.keys(), ...this.#used.keys()])]
  }

  #untrack(topic: string): void {
    const left = (this.#tracked.get(topic) ?? 1) - 1
    if (left > 0) return void this.#tracked.set(topic, left)
    this.#tracked.delete(topic)
    this.use(topic)
  }
}
