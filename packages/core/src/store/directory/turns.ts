/** Runs what is asked for one name one after the other, and for different names at the same time. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>()

  take<T>(name: string, run: () => Promise<T>): Promise<T> {
    const turn = (this.#last.get(name) ?? Promise.resolve()).then(run)
    const end = turn.then(ignore, ignore).then(() => {
      if (this.#last.get(name) === end) this.#last.delete(name)
    })
    this.#last.set(name, end)
    return turn
  }

  /** Until everything that was asked for so far has ended. */
  async idle(): Promise<void> {
    await Promise.all(this.#last.values())
  }
}

function ignore(): void {
  // A failure belongs to whoever asked; the next turn is no part of it.
}
