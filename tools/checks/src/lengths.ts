import type { Finding } from './finding.ts'
import type { Repository } from './repository.ts'
import { isSource } from './source.ts'

const LIMIT = 300

/** Files that hold one concept and are longer all the same: path from the root, and why. */
export const LONG_FILES: Readonly<Record<string, string>> = {}

export function checkLengths(
  repository: Repository,
  allowed: Readonly<Record<string, string>> = LONG_FILES,
): Finding[] {
  const findings: Finding[] = []
  const long = new Set<string>()
  for (const file of repository.files.filter(isSource)) {
    const lines = repository.read(file).trimEnd().split('\n').length
    if (lines <= LIMIT) continue
    long.add(file)
    if (allowed[file] !== undefined) continue
    findings.push({
      file,
      line: LIMIT + 1,
      problem: `has ${lines} lines, more than ${LIMIT}`,
      remedy: 'Give each concept a file of its own, or add the file with a reason to LONG_FILES in tools/checks.',
    })
  }
  for (const [file, reason] of Object.entries(allowed)) {
    const here = { file: 'tools/checks/src/lengths.ts', line: 1 }
    if (reason.trim() === '')
      findings.push({ ...here, problem: `${file} has no reason`, remedy: 'Say why it is long.' })
    if (!long.has(file)) {
      findings.push({ ...here, problem: `${file} is no long file (any more)`, remedy: 'Take it out of LONG_FILES.' })
    }
  }
  return findings
}
