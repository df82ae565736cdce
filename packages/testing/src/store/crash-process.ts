import { spawn } from 'node:child_process'
import type { ShardPosition } from '@faust/core'
import { bounded } from '../kit/bounded.ts'
import { CRASH_CHILD } from './crash-child.ts'

/** How a process gets at the store. */
export interface CrashOptions {
  /** URL of an ES module that plain Node can import; it exports `createStore(directory)`, whose store is ready to `start`. */
  readonly module: string
  /** Further arguments for Node, e.g. `--conditions=…`. Default none. */
  readonly execArgv?: readonly string[] | undefined
}

/** What a process found when it opened the shard again. */
export interface Found {
  readonly position: ShardPosition | null
  readonly items: readonly (readonly [key: string, value: string])[]
  readonly listed: readonly unknown[]
}

/** Ways to start the process for one directory. */
export interface CrashProcesses {
  /** Writes batches until `batches` have settled and kills it `delay` ms later. Answers the last settled offset, or -1. */
  writeAndKill(batches: number, delay: number): Promise<number>
  /** Opens the shard and tells everything in it. */
  read(): Promise<Found>
}

/** Both are bounded by `patience` ms. */
export function crashProcesses(
  options: CrashOptions,
  directory: string,
  plan: string,
  patience: number,
): CrashProcesses {
  const launch = (mode: string, onLine: (fact: Record<string, unknown>, kill: () => void) => void): Promise<void> => {
    const args = [
      ...(options.execArgv ?? []),
      '--input-type=module',
      '--eval',
      CRASH_CHILD,
      '--',
      options.module,
      directory,
      plan,
      mode,
    ]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    const kill = (): void => void child.kill('SIGKILL')
    let errors = ''
    let rest = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) onLine(JSON.parse(line) as Record<string, unknown>, kill)
    })
    const ended = new Promise<void>((resolve, reject) => {
      child.on('error', reject)
      child.on('close', (code, signal) => {
        if (signal === 'SIGKILL' || code === 0) resolve()
        else reject(new Error(`The process that uses the store failed (${code ?? signal}):\n${errors.slice(-2000)}`))
      })
    })
    return bounded(() => ended, patience, 'The process that uses the store did not end').finally(kill)
  }

  return {
    async writeAndKill(batches, delay) {
      let last = -1
      let settled = 0
      await launch('write', (fact, kill) => {
        if (typeof fact['written'] === 'number') {
          last = fact['written']
          settled++
        }
        if (settled === batches) setTimeout(kill, delay)
      })
      return last
    },
    async read() {
      let found: Found | undefined
      await launch('read', (fact) => {
        if ('items' in fact) found = fact as unknown as Found
      })
      if (found === undefined) throw new Error('The process that reads the store ended without an answer')
      return found
    },
  }
}
