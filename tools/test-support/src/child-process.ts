import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { nodeArguments } from './plain-node.ts'

/** A process that tells facts as lines of JSON. */
export interface ChildProcess {
  /** Every fact it has told so far. */
  readonly facts: readonly Record<string, unknown>[]
  /** The next fact; rejects when the process ends without one. */
  next(): Promise<Record<string, unknown>>
  /** SIGKILL, until it is gone. */
  kill(): Promise<void>
}

/**
 * Starts a script of a package's `test` folder in a mode, at most until the end of the test; `limit` is the largest file it
 * may write, in KiB.
 */
export function startChild(script: URL, mode: string, directory: string, limit?: number): ChildProcess {
  const args = [...nodeArguments(script), fileURLToPath(script), mode, directory]
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
