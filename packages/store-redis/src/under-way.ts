/** Counts what is under way, so that an end can wait for it. */
export class UnderWay {
  #count = 0
  #idle: (() => void)[] = []

  /** `work` counts until it settles. */
  async run<T>(work: PromiseLike<T>): Promise<T> {
    this.#count++
    try {
      return await work
    } finally {
      this.#count--
      if (this.#count === 0) for (const resolve of this.#idle.splice(0)) resolve()
    }
  }

  /** Resolves when nothing is. */
  idle(): Promise<void> {
    return this.#count === 0 ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve))
  }
}
