import type { Clock } from '@faust/core'

/** Ms for which a broker that did not answer is asked last. */
const PENALTY = 5_000

/** Whom to ask what every broker can answer. */
export class BrokerChoice {
  readonly #clock: Clock
  /** Until when, on the monotonic clock. */
  readonly #avoided = new Map<number, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** `node` did not answer. */
  avoid(node: number): void {
    this.#avoided.set(node, this.#clock.monotonic() + PENALTY)
  }

  answered(node: number): void {
    this.#avoided.delete(node)
  }

  /**
   * All of `known` and `bootstrap` in the order in which to ask them: known brokers in random order, so that they share
   * the load; then the addresses of the settings, which may have learned of others since; then those that are avoided.
   */
  order(known: readonly number[], bootstrap: readonly number[]): number[] {
    const now = this.#clock.monotonic()
    const avoided = (node: number): boolean => (this.#avoided.get(node) ?? Number.NEGATIVE_INFINITY) > now
    const all = [...this.#shuffled(known), ...bootstrap]
    return [...all.filter((node) => !avoided(node)), ...all.filter(avoided)]
  }

  #shuffled(nodes: readonly number[]): number[] {
    const shuffled = [...nodes]
    for (let i = shuffled.length - 1; i > 0; i--) {
      const j = Math.floor(this.#clock.random() * (i + 1))
      const each = shuffled[i] as number
      shuffled[i] = shuffled[j] as number
      shuffled[j] = each
    }
    return shuffled
  }
}
