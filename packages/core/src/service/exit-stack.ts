/**
 * What has to be undone, in the reverse order of its doing. Node 20 and 22 have no `AsyncDisposableStack`.
 */
export class ExitStack {
  #exits: { readonly what: string; readonly run: () => unknown }[] = []

  /** `what` names it in the error when it fails. */
  push(what: string, run: () => unknown): void {
    this.#exits.push({ what, run })
  }

  /** Runs every exit, also after one has failed, and answers the failures. Idempotent. */
  async close(): Promise<readonly { readonly what: string; readonly error: unknown }[]> {
    const failures: { what: string; error: unknown }[] = []
    for (let exit = this.#exits.pop(); exit !== undefined; exit = this.#exits.pop()) {
      try {
        await exit.run()
      } catch (error) {
        failures.push({ what: exit.what, error })
      }
    }
    return failures
  }
}
