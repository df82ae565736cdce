import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Mutant, MUTANTS } from './mutants.ts'

/**
 * `pnpm test:mutants [name]`: builds the packages once for each deliberate bug and lets the simulator look for it. Ends with code 1
 * when one was not caught within five thousand seeds, or when the place that it changes is no longer there.
 */
const SEEDS = 5000
const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const wanted = process.argv[2] ?? ''
const left = MUTANTS.filter(({ name }) => name.includes(wanted))
let survivors = 0

async function work(): Promise<void> {
  for (let mutant = left.shift(); mutant !== undefined; mutant = left.shift()) {
    const home = mkdtempSync(join(tmpdir(), 'faust-mutant-'))
    try {
      build(home, mutant)
      const printed = await search(home, mutant)
      const [, seed] = /^Seed (\d+) fails: /.exec(printed) ?? []
      if (seed === undefined) survivors++
      const outcome = seed === undefined ? `NOT CAUGHT in ${SEEDS} seeds: ${printed}` : `caught by seed ${seed}`
      console.log(`${mutant.name} (${mutant.scenario}, ${mutant.plane ?? 'embedded'}): ${outcome}`)
    } finally {
      rmSync(home, { recursive: true, force: true })
    }
  }
}

/** A tree of packages of which one has the bug. */
function build(home: string, { file, find, name, package: broken = 'core', replace }: Mutant): void {
  const packages = {
    core: 'packages/core',
    kafka: 'packages/kafka',
    testing: 'packages/testing',
    simulations: 'tools/simulations',
  }
  mkdirSync(join(home, 'node_modules/@faust'), { recursive: true })
  for (const [short, from] of Object.entries(packages)) {
    cpSync(join(ROOT, from, 'dist'), join(home, short, 'dist'), { recursive: true })
    cpSync(join(ROOT, from, 'package.json'), join(home, short, 'package.json'))
    symlinkSync(join(home, short), join(home, 'node_modules/@faust', short))
  }
  const path = join(home, broken, 'dist', file)
  const parts = readFileSync(path, 'utf8').split(find)
  if (parts.length !== 2) throw new Error(`The mutant "${name}" finds ${parts.length - 1} places in ${file}: mend it`)
  writeFileSync(path, parts.join(replace))
}

/** What the search prints at its end. */
function search(home: string, { plane = 'embedded', scenario }: Mutant): Promise<string> {
  return new Promise((resolve) => {
    const seeds = join(home, 'simulations/dist/seeds.js')
    const child = spawn(process.execPath, [seeds, scenario, '1', String(SEEDS), plane])
    let printed = ''
    child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (printed += chunk.toString()))
    child.on('close', () => resolve(printed))
  })
}

const count = left.length
await Promise.all(Array.from({ length: availableParallelism() }, work))
console.log(`${count - survivors} of ${count} deliberate bugs were caught`)
process.exitCode = count > 0 && survivors === 0 ? 0 : 1
