import { execFile } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { Keeper } from '../src/process/keeper.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const VITEST = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url))

interface Ended {
  readonly code: number
  readonly printed: string
}

/** A run of the tests with servers on a machine on which no program is to be found. It leaves no directory behind. */
async function runWithoutPrograms(env: NodeJS.ProcessEnv): Promise<Ended> {
  const keeper = await Keeper.open('faust-test-')
  onTestFinished(() => keeper.close())
  const args = [VITEST, 'run', '--root', ROOT, '--project', 'kafka', '--project', 'outage', 'tools/services']
  const alone = { PATH: '', TMPDIR: keeper.directory, NO_COLOR: '1', ...env }
  const ended = await new Promise<Ended>((resolve) => {
    execFile(process.execPath, args, { env: alone }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), printed: stdout + stderr })
    })
  })
  const left = await readdir(keeper.directory)
  expect(left.filter((name) => name.startsWith('faust-'))).toEqual([])
  return ended
}

test('without Java the tests that need it are skipped, and one loud line says how to run them', async () => {
  const { code, printed } = await runWithoutPrograms({})
  expect(printed).toMatch(/^\*\*\* SKIPPED: all tests "kafka"\. No Java .*Install Java 17 or newer/m)
  expect(printed.match(/SKIPPED: all tests "kafka"/g)).toHaveLength(1)
  expect(printed).toMatch(/Tests {2}\d+ skipped/)
  expect(code).toBe(0)
})

test('in CI they fail instead', async () => {
  const { code, printed } = await runWithoutPrograms({ CI: 'true' })
  expect(printed).toMatch(/CI is set, so the tests "(kafka|outage)" must run, and can't\. No (Java|Maven)/)
  expect(code).toBe(1)
})
