import type { Evidence } from '../evidence.ts'
import { type Input, keyOf, type Output } from '../program.ts'
import type { ReadBack } from '../read-topic.ts'
import type { Findings } from './findings.ts'

/** Whatever was committed at a moment, its effects were in the log at that moment; and commits only go forward. */
export function checkSnapshots({ input, output, changelogs, snapshots }: Evidence, findings: Findings): void {
  for (const [partition, records] of input.entries()) {
    const outputs = new Cursor(output[partition]!)
    const entries = new Cursor(changelogs.ids[partition]!)
    const done = new Set<number>()
    const table = new Map<string, ReadonlySet<number>>()
    let at = 0
    let last = 0
    for (const { committed, outputEnds, idsEnds } of snapshots) {
      const offset = committed[partition]!
      if (offset < last) findings.add('back', `partition ${partition} went back from ${last} to ${offset}`)
      last = Math.max(last, offset)
      for (const { value } of outputs.below(outputEnds[partition]!)) done.add((value as Output).id)
      for (const { key, value } of entries.below(idsEnds[partition]!)) table.set(key, new Set(value as number[]))
      for (; at < records.length && records[at]!.offset < offset; at++) {
        const { id } = records[at]!.value as Input
        const where = `record ${id} (${partition}:${records[at]!.offset}) was committed before`
        if (!done.has(id)) findings.add('beyond', `${where} its output was in the log`)
        if (table.get(keyOf(id))?.has(id) !== true) findings.add('beyond', `${where} its table entry was`)
      }
    }
  }
}

/** Walks a partition once. */
class Cursor {
  readonly #records: readonly ReadBack[]
  #at = 0

  constructor(records: readonly ReadBack[]) {
    this.#records = records
  }

  /** What comes before `end` and was not given yet. */
  below(end: number): readonly ReadBack[] {
    const from = this.#at
    while (this.#at < this.#records.length && this.#records[this.#at]!.offset < end) this.#at++
    return this.#records.slice(from, this.#at)
  }
}
