import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Plane, SCENARIOS } from './scenarios.ts'

/**
 * `pnpm test:seeds [seeds] [first] [--double] [--only <part of a name>]`: so many seeds, dealt over all scenarios and over the
 * machine's cores; with `--double` on Kafka's data plane over a broker double. Ends with code 1 at the first that fails,
 * and prints how to repeat it.
 */
const CHILD = fileURLToPath(new URL('seeds.js', import.meta.url))
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { double: { type: 'boolean' }, only: { type: 'string', default: '' } },
})
const seeds = Number(positionals[0] ?? 10_000)
const first = Number(positionals[1] ?? 1)
const plane: Plane = values.double === true ? 'double' : 'embedded'
/** Seeds that a process runs before the next one takes over: memory stays small, and progress is seen. */
const SHARE = 100

const names = Object.keys(SCENARIOS).filter((name) => name.includes(values.only))
if (names.length === 0) throw new Error(`No scenario is called "${values.only}": ${Object.keys(SCENARIOS).join(', ')}`)
const each = Math.ceil(seeds / names.length)
const jobs = names.flatMap((name) =>
  Array.from({ length: Math.ceil(each / SHARE) }, (_, index) => ({
    name,
    from: first + index * SHARE,
    count: Math.min(SHARE, each - index * SHARE),
  })),
)
const begun = performance.now()
let done = 0
let faults = 0
let failed = false

async function work(): Promise<void> {
  for (let job = jobs.shift(); job !== undefined && !failed; job = jobs.shift()) {
    const { code, printed } = await run([job.name, String(job.from), String(job.count), plane])
    if (code !== 0) {
      failed = true
      console.error(`${job.name}:\n${printed}`)
      return
    }
    done += job.count
    faults += Number(printed)
  }
}

function run(args: readonly string[]): Promise<{ readonly code: number | null; readonly printed: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--enable-source-maps', CHILD, ...args])
    let printed = ''
    child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (printed += chunk.toString()))
    child.on('close', (code) => resolve({ code, printed }))
  })
}

await Promise.all(Array.from({ length: availableParallelism() }, work))
const took = ((performance.now() - begun) / 1000).toFixed(0)
console.log(
  `${done} seeds of ${names.length} scenarios (${plane}) with ${faults} faults in ${took} s${failed ? ', one failed' : ''}`,
)
process.exitCode = failed ? 1 : 0
