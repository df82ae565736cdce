import { checkDates } from './dates.ts'
import { checkErrorCodes } from './error-codes.ts'
import { render, type Finding } from './finding.ts'
import { checkLengths } from './lengths.ts'
import { checkPackages } from './packages.ts'
import { openRepository, type Repository } from './repository.ts'
import { checkRooms } from './rooms.ts'
import { checkWords } from './words.ts'

const CHECKS: readonly { readonly name: string; readonly run: (repository: Repository) => Finding[] }[] = [
  { name: 'rooms of core import downwards', run: checkRooms },
  { name: 'packages depend on what they may', run: checkPackages },
  { name: 'core reads no clock', run: checkDates },
  { name: 'no machine, registry or promise in any file', run: checkWords },
  { name: 'source files are short', run: (repository) => checkLengths(repository) },
  { name: 'error codes are declared, used and explained', run: checkErrorCodes },
]

const repository = openRepository(process.cwd())
let total = 0
for (const { name, run } of CHECKS) {
  const findings = run(repository)
  total += findings.length
  console.log(`${findings.length === 0 ? 'ok  ' : 'FAIL'} ${name}`)
  for (const finding of findings) console.log(`  ${render(finding)}`)
}
console.log(total === 0 ? `${repository.files.length} files, nothing found` : `${total} found`)
process.exitCode = total === 0 ? 0 : 1
