import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import type { Readable } from 'node:stream'
import { ServicesError } from '../errors.ts'
import { Keeper, type Program } from './keeper.ts'

export interface Output {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program to its end. It does not outlive us, nor `timeoutMs`. */
export async function run(program: Program, timeoutMs: number): Promise<Output> {
  const keeper = await Keeper.open('faust-run-')
  try {
    return await runIn(keeper, program, timeoutMs)
  } finally {
    await keeper.close()
  }
}

/** The same under a keeper that is there already. */
export async function runIn(keeper: Keeper, program: Program, timeoutMs: number): Promise<Output> {
  const child = await keeper.spawn(program)
  let late = false
  const timer = setTimeout(() => {
    late = true
    // The whole group: a wrapper script's own child holds the pipes open else.
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
  }, timeoutMs)
  try {
    const [stdout, stderr] = await Promise.all([
      text(child.stdout as Readable),
      text(child.stderr as Readable),
      once(child, 'close'),
    ])
    if (late) {
      throw new ServicesError(
        `${[program.file, ...program.args].join(' ')} had not ended after ${timeoutMs / 1000} s and was killed.\n${stderr}`,
      )
    }
    return { exitCode: child.exitCode, stdout, stderr }
  } finally {
    clearTimeout(timer)
  }
}
