/** Findings of one kind that are told one by one; a broken run has thousands. */
const SHOWN = 5

/** What is wrong, in words. */
export class Findings {
  readonly #byKind = new Map<string, string[]>()

  add(kind: string, line: string): void {
    const lines = this.#byKind.get(kind)
    if (lines === undefined) this.#byKind.set(kind, [line])
    else lines.push(line)
  }

  lines(): readonly string[] {
    return [...this.#byKind.values()].flatMap((lines) =>
      lines.length <= SHOWN ? lines : [...lines.slice(0, SHOWN), `… and ${lines.length - SHOWN} more like it`],
    )
  }
}
