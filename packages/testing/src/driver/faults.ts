/** Failures that a test has asked for, by agent, in the order of the asking. */
export class Faults {
  readonly #errors = new Map<string, unknown[]>()

  add(agent: string, error: unknown, times: number): void {
    const errors = this.#errors.get(agent) ?? []
    for (let index = 0; index < times; index++) errors.push(error)
    this.#errors.set(agent, errors)
  }

  /** The agent is given a value: throws the next failure, if there is one. */
  strike(agent: string): void {
    const errors = this.#errors.get(agent)
    if (errors !== undefined && errors.length > 0) throw errors.shift()
  }
}
