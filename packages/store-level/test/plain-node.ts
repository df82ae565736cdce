import { execFileSync, spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

const child = fileURLToPath(new URL('child.mjs', import.meta.url))

let built = false

/** What plain Node has to be told to load this package: its sources where Node runs TypeScript, else a fresh build. */
export function nodeArguments(): readonly string[] {
  if ('typescript' in process.features && process.features.typescript !== false) return ['--conditions=@faust/source']
  if (built) return []
  const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc')
  execFileSync(process.execPath, [compiler, '-b', fileURLToPath(new URL('..', import.meta.url))], { stdio: 'inherit' })
  built = true
  return []
}

/** A process of `child.mjs`. */
export interface ChildProcess {
  /** Every fact it has told so far. */
  readonly facts: readonly Record<string, unknown>[]
  /** The next fact; rejects when the process ends without one. */
  next(): Promise<Record<string, unknown>>
  kill(): Promise<void>
}

/** Starts `child.mjs` in a mode, at most until the end of the test; `limit` is the largest file it may write, in KiB. */
export function startChild(mode: string, directory: string, limit?: number): ChildProcess {
  const args = [...nodeArguments(), child, mode, directory]
  const started =
    limit === undefined
      ? spawn(process.execPath, args)
      : spawn('bash', ['-c', `ulimit -f ${limit}; exec "$@"`, 'bash', process.execPath, ...args])
  const facts: Record<string, unknown>[] = []
  let wake = (): void => {}
  let errors = ''
  let rest = ''
  let ended = false
  const end = new Promise<void>((resolve) => {
    started.on('close', () => {
      ended = true
      wake()
      resolve()
    })
  })
  started.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  started.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) facts.push(JSON.parse(line) as Record<string, unknown>)
    wake()
  })
  const kill = async (): Promise<void> => {
    started.kill('SIGKILL')
    await end
  }
  onTestFinished(kill)
  let told = 0
  return {
    facts,
    async next() {
      while (told === facts.length) {
        if (ended) throw new Error(`The process ended without a further fact:\n${errors}`)
        await new Promise<void>((resolve) => (wake = resolve))
      }
      return facts[told++]!
    },
    kill,
  }
}
