// Prints `n passed, n failed` from vitest's JSON report. Fails when something failed, or when nothing ran at all.
import { readFileSync } from 'node:fs'

const [report = ''] = process.argv.slice(2)
const text = readFileSync(report, 'utf8')
if (text === '') {
  console.log('the tests wrote no report')
  console.log('0 passed, 1 failed')
  process.exit(1)
}

const { testResults, numPassedTests, numFailedTests, numPendingTests, numTodoTests, success } = JSON.parse(text)
// A file that cannot be loaded, or whose hooks fail, fails without a failing test of its own.
const broken = testResults.filter(
  ({ status, assertionResults }) =>
    status === 'failed' && !assertionResults.some((result) => result.status === 'failed'),
)
for (const { name } of broken) console.log(`failed as a whole: ${name}`)

const failed = numFailedTests + broken.length
const skipped = numPendingTests + numTodoTests
if (skipped > 0) console.log(`${skipped} skipped`)
if (numPassedTests + failed === 0) console.log('no test ran')
console.log(`${numPassedTests} passed, ${failed} failed`)
process.exit(success && failed === 0 && numPassedTests > 0 ? 0 : 1)
