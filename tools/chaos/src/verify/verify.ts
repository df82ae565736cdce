import type { Evidence } from '../evidence.ts'
import { type Guarantee, keyOf, type Output } from '../program.ts'
import { checkCopies } from './copies.ts'
import { Findings } from './findings.ts'
import { checkInput } from './input.ts'
import { checkRestores, type Tails } from './restores.ts'
import { checkSnapshots } from './snapshots.ts'
import { checkTables } from './tables.ts'
import { checkWindows } from './windows.ts'

/** What the recount found. */
export interface Verdict {
  /** What is wrong, in words; empty when nothing is. */
  readonly findings: readonly string[]
  /** Records that were handled again, by their outputs. */
  readonly repeated: number
  /** By how much all counts together exceed the records. */
  readonly excess: number
  readonly tails: Tails
}

/** Recounts a run from the ids that went in, and holds what came out against it. */
export function verify(evidence: Evidence, guarantee: Guarantee): Verdict {
  const findings = new Findings()
  checkInput(evidence, findings)
  const handled = checkOutputs(evidence, guarantee, findings)
  const excess = checkTables(evidence, guarantee, handled, findings)
  checkWindows(evidence, guarantee, findings)
  checkSnapshots(evidence, findings)
  checkCopies(evidence, findings)
  const tails = checkRestores(evidence, findings)
  const repeated = [...handled.values()].reduce((sum, times) => sum + times - 1, 0)
  return { findings: findings.lines(), repeated, excess, tails }
}

/** Every record has an output. Gives how many each has. */
function checkOutputs({ sent, output }: Evidence, guarantee: Guarantee, findings: Findings): Map<number, number> {
  const handled = new Map<number, number>()
  for (const { value } of output.flat()) handled.set((value as Output).id, (handled.get((value as Output).id) ?? 0) + 1)
  for (let id = 0; id < sent; id++) {
    const times = handled.get(id) ?? 0
    if (times === 0) findings.add('lost', `record ${id} (${keyOf(id)}) has no output`)
    if (times > 1 && guarantee === 'exactly-once') findings.add('doubled', `record ${id} has ${times} outputs`)
  }
  return handled
}
