import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { nodeArguments } from './plain-node.ts'

const child = fileURLToPath(new URL('child.mjs', import.meta.url))

/** A process of `child.mjs`. */
export interface ChildProcess {
  /** The next fact; rejects when the process ends without one. */
  next(): Promise<Record<string, unknown>>
  /** SIGKILL, until it is gone. */
  kill(): Promise<void>
}

/** Starts `child.mjs` in a mode, at most until the end of the test; `limit` is the largest file it may write, in KiB. */
export function startChild(mode: string, directory: string, limit?: number): ChildProcess {
  const args = [...nodeArguments(), child, mode, directory]
  const started =
    limit === undefined
      ? spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
      : spawn('bash', ['-c', `ulimit -f ${limit}; exec "$@"`, 'bash', process.execPath, ...args], {
          stdio: ['ignore', 'pipe', 'inherit'],
        })
  const lines = createInterface({ input: started.stdout })[Symbol.asyncIterator]()
  const end = new Promise<void>((resolve) => started.on('close', () => resolve()))
  const kill = async (): Promise<void> => {
    started.kill('SIGKILL')
    await end
  }
  onTestFinished(kill)
  return {
    async next() {
      const { value, done } = await lines.next()
      if (done === true) throw new Error('The process ended without a further fact')
      return JSON.parse(value) as Record<string, unknown>
    },
    kill,
  }
}
