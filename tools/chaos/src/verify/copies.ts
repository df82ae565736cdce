import type { Evidence } from '../evidence.ts'
import type { Findings } from './findings.ts'

/** What a copy has, it keeps. */
export function checkCopies({ retreats }: Evidence, findings: Findings): void {
  for (const { worker, table, partition, from, to } of retreats) {
    findings.add('copy', `the copy of ${table} ${partition} on worker ${worker} went back from ${from} to ${to}`)
  }
}
