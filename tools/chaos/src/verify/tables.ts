import { type Evidence, lastValues } from '../evidence.ts'
import { amountOf, groupOf, type Guarantee, keyOf } from '../program.ts'
import type { Findings } from './findings.ts'

/** Holds the tables, as their changelogs end, against a recount of the ids. Gives by how much all counts exceed it. */
export function checkTables(
  { sent, changelogs }: Evidence,
  guarantee: Guarantee,
  handled: ReadonlyMap<number, number>,
  findings: Findings,
): number {
  const ids = lastValues<number[]>(changelogs.ids)
  const most = lastValues<number>(changelogs.most)
  const counts = lastValues<number>(changelogs.counts)
  const grouped = lastValues<number[]>(changelogs.grouped)
  let excess = 0
  for (const [key, all] of idsBy(keyOf, sent)) {
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
  for (const [group, all] of idsBy(groupOf, sent)) compareIds('grouped', group, grouped.get(group), all, findings)
  return excess
}

function idsBy(name: (id: number) => string, sent: number): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, number[]>()
  for (let id = 0; id < sent; id++) {
    const all = found.get(name(id))
    if (all === undefined) found.set(name(id), [id])
    else all.push(id)
  }
  return found
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
