import { spawn } from 'node:child_process'
import type { ShardPosition } from '@faust/core'
import { bounded } from '../kit/bounded.ts'
import { CRASH_CHILD } from './crash-child.ts'

/** How a process gets at the store. */
export interface CrashOptions {
  /** URL of an ES module that plain Node can import; it exports `createStore(directory)`, whose store is ready to `start`. */
  readonly module: string | URL
  /** Further arguments for Node, e.g. `--conditions=…`. Default none. */
  readonly execArgv?: readonly string[] | undefined
}

/** What a process found in a shard when it opened it. */
export interface FoundShard {
  readonly position: ShardPosition | null
  readonly items: readonly (readonly [key: string, value: string])[]
}

/** What one process said before it ended or was killed. */
export interface CrashReport {
  /** By partition. */
  readonly found: ReadonlyMap<number, FoundShard>
  /** How many shards `list` named; `undefined` when it did not get that far. */
  readonly listed: number | undefined
  /** By partition, the last offset whose write had settled. */
  readonly written: ReadonlyMap<number, number>
}

/** What a process does after it has told what it found. */
export interface CrashWork {
  /** By partition, the offset to begin with in an empty shard. */
  readonly resume?: readonly number[] | undefined
  /** Dies in the middle of a write: where the store reads a member of what it was given. */
  readonly trap?: Trap | undefined
  /** Keeps what it has opened until it is killed. */
  readonly hold?: boolean | undefined
}

/** A place in a write, for a store that gets there; another never notices. */
export interface Trap {
  /** How many writes come before. */
  readonly write: number
  /** The value of which entry; none: the position. */
  readonly entry?: number | undefined
  /** At which reading of it: a store may copy first what it is given. */
  readonly read: number
}

/** When a process is killed from outside. */
export interface Kill {
  /** After so many writes have settled; 0: after its start. */
  readonly writes: number
  /** Ms to wait then. */
  readonly delay: number
}

/** How a process is run. */
export interface CrashRun {
  readonly directory: string
  readonly plan: string
  readonly epoch: number
  /** Ms that it may take. */
  readonly patience: number
  readonly work?: CrashWork | undefined
  readonly kill?: Kill | undefined
  /** Called once it has told everything that it found; it is killed when that has settled. */
  readonly meanwhile?: (() => Promise<void>) | undefined
}

/** Starts a process on the store in `directory`. Without `work` it tells what it finds and ends. */
export async function runCrashProcess(
  { module, execArgv = [] }: CrashOptions,
  { directory, plan, epoch, patience, work, kill, meanwhile }: CrashRun,
): Promise<CrashReport> {
  const inline = ['--input-type=module', '--eval', CRASH_CHILD, '--']
  const args = [
    ...execArgv,
    ...inline,
    String(module),
    directory,
    plan,
    String(epoch),
    ...(work === undefined ? [] : [JSON.stringify(work)]),
  ]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const end = (): void => void child.kill('SIGKILL')
  const found = new Map<number, FoundShard>()
  const written = new Map<number, number>()
  let listed: number | undefined
  let writes = 0
  let besides = Promise.resolve()
  const hear = (fact: Record<string, unknown>): void => {
    if (typeof fact['found'] === 'number') found.set(fact['found'], fact as unknown as FoundShard)
    if (typeof fact['listed'] === 'number') {
      listed = fact['listed']
      if (meanwhile !== undefined) besides = meanwhile().finally(end)
      // Told below; until then it must not count as unhandled.
      besides.catch(() => undefined)
    }
    if (typeof fact['written'] === 'number') {
      written.set(fact['partition'] as number, fact['written'])
      writes++
      if (writes === kill?.writes) setTimeout(end, kill.delay)
    }
  }
  if (kill?.writes === 0) setTimeout(end, kill.delay)

  let errors = ''
  let rest = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) hear(JSON.parse(line) as Record<string, unknown>)
  })
  const ended = new Promise<void>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => {
      if (signal === 'SIGKILL' || code === 0) resolve()
      else reject(new Error(`The process that uses the store failed (${code ?? signal}):\n${errors.slice(-2000)}`))
    })
  })
  await bounded(() => ended, patience, 'The process that uses the store did not end').finally(end)
  await besides
  return { found, listed, written }
}
