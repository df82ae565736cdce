import { Visitor } from 'oxc-parser'
import type { Finding } from './finding.ts'
import { lineAt, type Repository } from './repository.ts'
import { parse } from './source.ts'

const CLOCK = 'packages/core/src/service/clock.ts'

/**
 * `new Date()` and `Date()` read the machine's clock, `new Date(milliseconds)` doesn't. No lint rule tells them apart;
 * all the other clocks and sources of chance are forbidden to core in .oxlintrc.json.
 */
export function checkDates(repository: Repository): Finding[] {
  const findings: Finding[] = []
  for (const file of repository.files) {
    if (!file.startsWith('packages/core/src/') || !file.endsWith('.ts') || file === CLOCK) continue
    const text = repository.read(file)
    const report = (at: number, problem: string): void => {
      findings.push({
        file,
        line: lineAt(text, at),
        problem: `${problem} reads the machine's clock`,
        remedy: `Time is injected: ask a Clock (${CLOCK}) and pass its milliseconds.`,
      })
    }
    new Visitor({
      NewExpression({ callee, arguments: given, start }) {
        if (callee.type === 'Identifier' && callee.name === 'Date' && given.length === 0) report(start, 'new Date()')
      },
      CallExpression({ callee, start }) {
        if (callee.type === 'Identifier' && callee.name === 'Date') report(start, 'Date()')
      },
    }).visit(parse(file, text).program)
  }
  return findings
}
