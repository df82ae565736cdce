import type { Context } from '@opentelemetry/api'

/**
 * A context that is at any moment what `current` answers. It is made active once, for a whole call of an agent's function: so
 * the active span within a loop over a stream is that of the value in hand, though no one can wrap the turns of a loop. What is
 * derived from it is fixed, as of any context.
 */
export class LiveContext implements Context {
  readonly #current: () => Context

  constructor(current: () => Context) {
    this.#current = current
  }

  getValue(key: symbol): unknown {
    return this.#current().getValue(key)
  }

  setValue(key: symbol, value: unknown): Context {
    return this.#current().setValue(key, value)
  }

  deleteValue(key: symbol): Context {
    return this.#current().deleteValue(key)
  }
}
