import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../..', import.meta.url))

interface Ended {
  readonly code: number | null
  readonly output: string
}

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'flights-kafka-'))
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')
  execFileSync(process.execPath, [tsc, '-b', 'tools/services', 'examples/flights'], { cwd: root, stdio: 'inherit' })
}, 180_000)
afterAll(() => rm(directory, { recursive: true, force: true }))

/** What `pnpm start:kafka` runs, in a directory of the test's. `signal` comes with the second line of progress. */
async function startKafka(options: readonly string[], signal?: NodeJS.Signals): Promise<Ended> {
  const services = ['tools/services/dist/main.js', '--kafka', '--data', join(directory, 'kafka')]
  const flights = [process.execPath, 'examples/flights/dist/main.js', '--data', directory]
  const child = spawn(process.execPath, [...services, '--', ...flights, ...options], { cwd: root })
  let output = ''
  let pending = signal
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
    if (pending === undefined || output.split('flights counted').length <= 2) return
    child.kill(pending)
    pending = undefined
  })
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`It ended with ${code}:\n${output}\n${errors}`)
  return { code, output }
}

/** What a run prints that has counted everything. */
function expectEverything(output: string): void {
  expect(output).toContain('\nDFW         1,103      9.5 min       298 min\n')
  expect(output).toContain('… and 210 more airports')
  expect(output).toContain('\n290 alerts of delays over 2 hours.\n')
  expect(output).toContain('All 20,000 flights from 220 airports are counted')
}

test('on Kafka: Ctrl-C, two workers that go on, and a table rebuilt from its changelog', async () => {
  const first = await startKafka(['--rate', '3000'], 'SIGINT')
  expect(first.output).toMatch(/Stopped early, after [\d.]+ s: [\d,]+ of 20,000 flights are counted\./)

  const second = await startKafka(['--rate', '2000', '--workers', '2'])
  expect(second.output).toMatch(/^Earlier runs have sent [\d,]+ flights/)
  expect(second.output).toMatch(/^2 │ [1-9][\d,]* flights from \d+ airports are in this worker's part of the table\.$/m)
  expectEverything(second.output)

  expect(existsSync(join(directory, 'state'))).toBe(true)
  await rm(join(directory, 'state'), { recursive: true })
  const third = await startKafka([])
  expect(third.output).toMatch(/^Earlier runs have sent 20,000 flights, this one sends 0\./)
  expect(third.output).toMatch(/^The table was rebuilt from its changelog: [\d,]+ entries read\.$/m)
  expectEverything(third.output)
}, 300_000)
