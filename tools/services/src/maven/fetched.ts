import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { UnavailableError } from '../errors.ts'
import { Keeper } from '../process/keeper.ts'
import { runIn } from '../process/run.ts'
import { withLock } from '../process/lock.ts'

const PACKAGE = fileURLToPath(new URL('../..', import.meta.url))
const POM = join(PACKAGE, 'pom.xml')
const CACHE = join(PACKAGE, '.cache')
const TIMEOUT_MS = 15 * 60_000

export interface Wanted {
  /** A profile of pom.xml. */
  readonly profile: 'kafka' | 'kafka-streams' | 'redis' | 'apicurio'
  readonly properties?: Readonly<Record<string, string>>
}

/** The directory with what a profile of pom.xml delivers; downloaded the first time, by one process at a time. */
export async function fetched(wanted: Wanted): Promise<string> {
  const properties = Object.entries(wanted.properties ?? {}).map(([key, value]) => `-D${key}=${value}`)
  const hash = createHash('sha256')
    .update(await readFile(POM))
    .update(properties.join(' '))
    .digest('hex')
    .slice(0, 12)
  const target = join(CACHE, `${wanted.profile}-${hash}`)
  if (existsSync(target)) return target
  await mkdir(CACHE, { recursive: true })
  await withLock(`${target}.lock`, TIMEOUT_MS, async () => {
    if (!existsSync(target)) await download(target, ['-P', wanted.profile, ...properties])
  })
  return target
}

/** Into a directory of its own that takes its final name when it is whole: half a download is never seen. */
async function download(target: string, args: readonly string[]): Promise<void> {
  process.stderr.write('Fetching servers for tests from Maven Central, once...\n')
  const keeper = await Keeper.open('download-', CACHE)
  try {
    const staging = join(keeper.directory, 'files')
    const output = await runIn(
      keeper,
      { file: 'mvn', args: ['-B', '-q', '-f', POM, ...args, `-Dservices.directory=${staging}`, 'generate-resources'] },
      TIMEOUT_MS,
    )
    if (output.exitCode !== 0) throw new UnavailableError(explain(output.exitCode, output.stdout + output.stderr))
    if (!existsSync(target)) await rename(staging, target)
  } finally {
    await keeper.close()
  }
}

function explain(exitCode: number | null, printed: string): string {
  // 127 is what the shell says when there is no such program.
  if (exitCode === 127) {
    return 'No Maven on the PATH. Install it, for instance `apt-get install maven` or `brew install maven`.'
  }
  return (
    `Maven could not fetch the servers. Check that it reaches Maven Central (a proxy or mirror belongs into ` +
    `~/.m2/settings.xml) and try again.\n${printed.trim()}`
  )
}
