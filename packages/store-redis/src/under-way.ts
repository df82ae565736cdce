/** What is under way, so that an end can wait for it or give it up. */
export class UnderWay {
  readonly #rejects = new Set<(error: Error) => void>()
  readonly #idle: (() => void)[] = []

  /** `work` counts until it settles or is given up. */
  run<T>(work: PromiseLike<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const fail = (error: unknown): void => {
        this.#end(fail)
        reject(error)
      }
      this.#rejects.add(fail)
      work.then((value) => {
        this.#end(fail)
        resolve(value)
      }, fail)
    })
  }

  /** Resolves when nothing is. */
  idle(): Promise<void> {
    return this.#rejects.size === 0 ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve))
  }

  /** Rejects all of it. */
  abandon(error: Error): void {
    for (const reject of this.#rejects) reject(error)
  }

  #end(work: (error: Error) => void): void {
    this.#rejects.delete(work)
    if (this.#rejects.size === 0) for (const resolve of this.#idle.splice(0)) resolve()
  }
}
