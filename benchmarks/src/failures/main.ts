import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { type Core, countOnce } from './count-once.ts'
import { WITHOUT_POLICIES } from './without-policies.ts'

/**
 * What failure policies cost while nothing fails: core as it is against a copy of it that lacks what they do for every
 * value. Both run in this process, turn by turn in pairs of changing order, so that whatever else the machine does hits
 * both. A second copy of core as it is shows how much of the difference is noise. `pnpm bench:failures [records] [pairs]`.
 */
const records = Number(process.argv[2] ?? 200_000)
const pairs = Number(process.argv[3] ?? 41)
const DIST = fileURLToPath(new URL('../../../packages/core/dist', import.meta.url))

const home = mkdtempSync(join(tmpdir(), 'faust-bench-'))
try {
  const [real, same, without] = [await copy('real'), await copy('same'), await copy('without', WITHOUT_POLICIES)]
  for (const core of [real, same, without]) await countOnce(core, records)
  const noise: number[] = []
  const price: number[] = []
  for (let pair = 0; pair < pairs; pair++) {
    price.push(await slower(real, without, pair))
    noise.push(await slower(real, same, pair))
    process.stderr.write(`${pair + 1} of ${pairs}\r`)
  }
  console.log(`Node ${process.version}, ${records.toLocaleString('en')} records a run, medians of ${pairs} pairs\n`)
  console.log(`failure policies cost ${describe(price)}; two copies of the same differ by ${describe(noise)}`)
} finally {
  rmSync(home, { recursive: true, force: true })
}

/** How much longer the first takes than the second, as a share of the second. */
async function slower(one: Core, other: Core, pair: number): Promise<number> {
  const first = await countOnce(pair % 2 === 0 ? one : other, records)
  const second = await countOnce(pair % 2 === 0 ? other : one, records)
  return (pair % 2 === 0 ? first / second : second / first) - 1
}

/** The median, and how far it may be off: 1.25 standard errors of the mean, from the spread between the quartiles. */
function describe(shares: readonly number[]): string {
  const sorted = shares.toSorted((a, b) => a - b)
  const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]!
  const error = (1.25 * ((at(0.75) - at(0.25)) / 1.35)) / Math.sqrt(sorted.length)
  return `${(at(0.5) * 100).toFixed(1)} % ± ${(error * 100).toFixed(1)}`
}

/** Core once more, as modules of their own; `changes` replace what must be there exactly once. */
async function copy(name: string, changes: typeof WITHOUT_POLICIES = []): Promise<Core> {
  const to = join(home, name)
  cpSync(DIST, join(to, 'dist'), { recursive: true })
  writeFileSync(join(to, 'package.json'), '{ "type": "module" }')
  for (const { file, find, replace } of changes) {
    const path = join(to, 'dist', file)
    const parts = readFileSync(path, 'utf8').split(find)
    if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} places of ${find}: mend WITHOUT_POLICIES`)
    writeFileSync(path, parts.join(replace))
  }
  return (await import(pathToFileURL(join(to, 'dist/index.js')).href)) as Core
}
