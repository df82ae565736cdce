import { partitionForKey, type Windowed } from '@faust/core'
import type { Evidence } from '../evidence.ts'
import { GRACE, groupOf, type Guarantee, type Input, WINDOW } from '../program.ts'
import type { Findings } from './findings.ts'

/** What a window is called here: its group and its start. */
export const windowName = (group: string, start: number): string => `${group} from ${start}`

/** The last result of each window that has one. */
export function lastFinals({ finals }: Pick<Evidence, 'finals'>): Map<string, number> {
  const found = new Map<string, number>()
  for (const { key, value } of finals.flat()) {
    const { window, value: count } = value as Windowed<number>
    found.set(windowName(key, window.start), count)
  }
  return found
}

/**
 * Every window that the time of its partition has left behind by `GRACE` has a final result with all of its records, and
 * no other window has one. Exactly once: one result with exactly so many.
 */
export function checkWindows(evidence: Evidence, guarantee: Guarantee, findings: Findings): void {
  const { closed, open } = recount(evidence)
  const times = new Map<string, number>()
  for (const { key, value } of evidence.finals.flat()) {
    const { window, value: count } = value as Windowed<number>
    const name = windowName(key, window.start)
    times.set(name, (times.get(name) ?? 0) + 1)
    const expected = closed.get(name)
    if (expected === undefined) {
      findings.add('early', `window ${name} has a result, ${open.has(name) ? 'and is open' : 'and no record'}`)
    } else if (guarantee === 'exactly-once' ? count !== expected : count < expected) {
      findings.add('windows', `window ${name} has ${count} records, should be ${expected}`)
    }
  }
  for (const name of closed.keys()) {
    const results = times.get(name) ?? 0
    if (results === 0) findings.add('no result', `window ${name} has no result`)
    if (results > 1 && guarantee === 'exactly-once') findings.add('results', `window ${name} has ${results} results`)
  }
}

interface Recount {
  /** Records by window. */
  readonly closed: ReadonlyMap<string, number>
  readonly open: ReadonlySet<string>
}

function recount({ input }: Evidence): Recount {
  const partitions = input.length
  const times: number[] = Array.from({ length: partitions }, () => 0)
  const counts = new Map<string, { partition: number; end: number; count: number }>()
  for (const { timestamp, value } of input.flat()) {
    const group = groupOf((value as Input).id)
    const partition = partitionOf(group, partitions)
    times[partition] = Math.max(times[partition]!, timestamp)
    const start = timestamp - (timestamp % WINDOW)
    const name = windowName(group, start)
    const found = counts.get(name)
    if (found === undefined) counts.set(name, { partition, end: start + WINDOW, count: 1 })
    else found.count++
  }
  const closed = new Map<string, number>()
  const open = new Set<string>()
  for (const [name, { partition, end, count }] of counts) {
    if (end + GRACE <= times[partition]!) closed.set(name, count)
    else open.add(name)
  }
  return { closed, open }
}

const encoder = new TextEncoder()

function partitionOf(group: string, partitions: number): number {
  return partitionForKey(encoder.encode(group), partitions)
}
