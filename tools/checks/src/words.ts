import type { Finding } from './finding.ts'
import { lineAt, type Repository } from './repository.ts'

interface Rule {
  readonly pattern: RegExp
  readonly problem: string
  readonly remedy: string
  /** Files the rule is about; all of them when absent. */
  readonly files?: RegExp
}

/** Spelled so that this file does not break its own rules. */
const LATER = /\b(?:TO[D]O|FIX[M]E|XX[X]|HAC[K])\b|\bnot (?:yet )?implemen[t]ed\b/g
const MACHINE_DIRECTORIES = ['work', 'root', 'tmp', 'farm', 'home/[a-z][\\w-]*', 'Users/\\w+', 'var/folders']
const REGISTRIES = [
  'registry\\.[\\w-]+\\.[a-z]{2,}',
  'npm\\.pkg\\.github\\.com',
  '(?:repo1?\\.maven|repo\\.maven\\.apache|oss\\.sonatype)\\.org',
  '[\\w.-]*(?:jfrog\\.io|artifactory|verdaccio|nexus)\\b[\\w.-]*/',
]

const RULES: readonly Rule[] = [
  {
    pattern: LATER,
    problem: 'promises later work',
    remedy: 'Finish it or open an issue; what is not supported throws FAUST_NOT_SUPPORTED.',
  },
  {
    pattern: new RegExp(`(?<![\\w.$})~*-])/(?:${MACHINE_DIRECTORIES.join('|')})/`, 'g'),
    problem: 'names a directory of one machine',
    remedy: 'Use a path relative to the repository, or os.tmpdir().',
  },
  {
    pattern: new RegExp(REGISTRIES.join('|'), 'g'),
    problem: 'names a registry',
    remedy: "Registries are the machine's configuration: leave the host out.",
  },
  {
    pattern: /https?:\/\/|\btarball:/g,
    problem: 'pins a package to a host',
    remedy: 'Install with lockfile-include-tarball-url=false and without a custom registry in the lock file.',
    files: /(?:^|\/)pnpm-lock\.yaml$/,
  },
]

export function checkWords(repository: Repository): Finding[] {
  const findings: Finding[] = []
  for (const file of repository.files) {
    const text = repository.read(file)
    if (text.includes('\0')) continue
    for (const { pattern, problem, remedy, files } of RULES) {
      if (files !== undefined && !files.test(file)) continue
      for (const match of text.matchAll(pattern)) {
        findings.push({ file, line: lineAt(text, match.index), problem: `"${match[0]}" ${problem}`, remedy })
      }
    }
  }
  return findings
}
