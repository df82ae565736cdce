import { type Evidence, lastValues } from './evidence.ts'
import { amountOf, groupOf, type Input, keyOf, type Output } from './program.ts'
import type { ReadBack } from './read-topic.ts'

/** What a run has promised. */
export type Guarantee = 'at-least-once' | 'exactly-once'

/** What the recount found. */
export interface Verdict {
  /** What is wrong, in words; empty when nothing is. */
  readonly findings: readonly string[]
  /** Records that were handled again, by their outputs. */
  readonly repeated: number
  /** By how much all counts together exceed the records. */
  readonly excess: number
}

/** Findings of one kind that are told one by one; a broken run has thousands. */
const SHOWN = 5

/** Recounts a run from the ids that went in, and holds what came out against it. */
export function verify(evidence: Evidence, guarantee: Guarantee): Verdict {
  const { sent, input, output, changelogs } = evidence
  const findings = new Findings()
  checkInput(input, sent, findings)

  const handled = new Map<number, number>()
  for (const { value } of output.flat()) handled.set((value as Output).id, (handled.get((value as Output).id) ?? 0) + 1)
  const expected = recount(sent)

  for (let id = 0; id < sent; id++) {
    const times = handled.get(id) ?? 0
    if (times === 0) findings.add('lost', `record ${id} (${keyOf(id)}) has no output`)
    if (times > 1 && guarantee === 'exactly-once') findings.add('doubled', `record ${id} has ${times} outputs`)
  }
  const ids = lastValues<number[]>(changelogs.ids)
  const most = lastValues<number>(changelogs.most)
  const counts = lastValues<number>(changelogs.counts)
  const grouped = lastValues<number[]>(changelogs.grouped)
  let excess = 0
  for (const [key, all] of expected.byKey) {
    compareIds('ids', key, ids.get(key), all, findings)
    const largest = Math.max(...all.map(amountOf))
    if (most.get(key) !== largest) findings.add('most', `most of ${key} is ${most.get(key)}, should be ${largest}`)
    const count = counts.get(key) ?? 0
    // Each handling that a count has seen put its output into the log before the count went into the changelog.
    const ceiling = guarantee === 'exactly-once' ? all.length : all.reduce((sum, id) => sum + (handled.get(id) ?? 0), 0)
    excess += count - all.length
    if (count < all.length || count > ceiling) {
      findings.add('counts', `count of ${key} is ${count}, should be ${all.length} to ${ceiling}`)
    }
  }
  for (const [group, all] of expected.byGroup) compareIds('grouped', group, grouped.get(group), all, findings)
  checkSnapshots(evidence, findings)
  const repeated = [...handled.values()].reduce((sum, times) => sum + times - 1, 0)
  return { findings: findings.lines(), repeated, excess }
}

/** Every acknowledged record is there once, and those of one partition in the order they were sent. */
function checkInput(input: Evidence['input'], sent: number, findings: Findings): void {
  const found = new Set<number>()
  for (const [partition, records] of input.entries()) {
    let last = -1
    for (const { offset, value } of records) {
      const { id } = value as Input
      if (id <= last) findings.add('order', `record ${id} follows ${last} in partition ${partition} at ${offset}`)
      if (found.has(id)) findings.add('input', `record ${id} was sent once and is there twice`)
      found.add(id)
      last = id
    }
  }
  for (let id = 0; id < sent; id++) {
    if (!found.has(id)) findings.add('input', `record ${id} was acknowledged and is not there`)
  }
}

function recount(sent: number): { byKey: Map<string, number[]>; byGroup: Map<string, number[]> } {
  const byKey = new Map<string, number[]>()
  const byGroup = new Map<string, number[]>()
  const put = (map: Map<string, number[]>, name: string, id: number): void => {
    const all = map.get(name)
    if (all === undefined) map.set(name, [id])
    else all.push(id)
  }
  for (let id = 0; id < sent; id++) {
    put(byKey, keyOf(id), id)
    put(byGroup, groupOf(id), id)
  }
  return { byKey, byGroup }
}

function compareIds(
  table: string,
  key: string,
  found: readonly number[] | undefined,
  all: readonly number[],
  findings: Findings,
): void {
  const there = new Set(found)
  const missing = all.filter((id) => !there.has(id))
  if (missing.length > 0) findings.add(table, `${table} of ${key} lacks ${missing.slice(0, 5).join(', ')}`)
  if (there.size + missing.length > all.length) findings.add(table, `${table} of ${key} has ids of another key`)
  if (found !== undefined && there.size < found.length) findings.add(table, `${table} of ${key} has an id twice`)
}

/** Whatever was committed at a moment, its effects were in the log at that moment; and commits only go forward. */
function checkSnapshots({ input, output, changelogs, snapshots }: Evidence, findings: Findings): void {
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

class Findings {
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
