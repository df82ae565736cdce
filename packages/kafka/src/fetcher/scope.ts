/**
 * What ends together. Each piece of work gets a signal of its own: Node warns of one that many listen to, and hundreds of
 * partitions may wait at a time.
 */
export class Scope {
  readonly #open = new Set<AbortController>()
  #ended = false

  get ended(): boolean {
    return this.#ended
  }

  async run<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController()
    if (this.#ended) controller.abort()
    this.#open.add(controller)
    try {
      return await work(controller.signal)
    } finally {
      this.#open.delete(controller)
    }
  }

  end(): void {
    this.#ended = true
    for (const controller of this.#open) controller.abort()
  }
}
