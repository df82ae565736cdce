import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Writable } from 'node:stream'
import { ServicesError, UnavailableError } from '../errors.ts'
import { exited } from './exited.ts'

/**
 * Lives as long as its standard input is open. The kernel closes that when the owner ends, by whatever end, SIGKILL
 * included; then it kills what the owner left running (SIGKILL reaches stopped processes too) and removes the
 * directory. The retry is for the moment in which a killed process is not gone yet.
 */
const KEEP = String.raw`
trap '' HUP INT TERM
PATH=$PATH:/usr/bin:/bin
groups=
while read -r verb group; do
  case $verb in
    keep) groups="$groups $group" ;;
    drop)
      left=
      for each in $groups; do [ "$each" = "$group" ] || left="$left $each"; done
      groups=$left ;;
  esac
done
for each in $groups; do kill -s KILL -- "-$each" 2>/dev/null; done
tries=0
while rm -rf -- "$1" 2>/dev/null; [ -e "$1" ] && [ "$tries" -lt 100 ]; do tries=$((tries + 1)); sleep 0.1; done
`

/** A process waits here until the keeper knows its id: an owner that dies in between leaves nothing unknown. */
const GATE = 'read -r go && exec "$@"'

export interface Program {
  readonly file: string
  readonly args: readonly string[]
  /** What the program reads on its standard input; nothing by default. */
  readonly input?: string
  /** Variables beside those of our own environment. */
  readonly env?: Readonly<Record<string, string>>
  /** Where it runs: in the keeper's directory by default. */
  readonly cwd?: string
}

/** Owns one fresh directory and the processes that work in it, and leaves neither behind. */
export class Keeper {
  readonly directory: string
  readonly #script: ChildProcess
  readonly #children = new Set<ChildProcess>()
  #closing: Promise<void> | undefined

  private constructor(directory: string, script: ChildProcess) {
    this.directory = directory
    this.#script = script
  }

  /** Opens `<parent>/<prefix><random>`. The script comes first, so that the directory never is without it. */
  static async open(prefix: string, parent: string = tmpdir()): Promise<Keeper> {
    if (process.platform === 'win32') {
      throw new UnavailableError('Starting servers needs Linux or macOS. Set KAFKA_BROKERS and REDIS_URL instead.')
    }
    const directory = join(parent, `${prefix}${randomUUID().slice(0, 8)}`)
    // Detached: a Ctrl-C in the terminal must reach the owner only.
    const script = spawn('/bin/sh', ['-c', KEEP, 'keeper', directory], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      cwd: '/',
    })
    script.stdin.on('error', () => {})
    await once(script, 'spawn')
    await mkdir(directory, { recursive: true, mode: 0o700 })
    return new Keeper(directory, script)
  }

  /**
   * Starts a program in a process group of its own. What it prints is appended to `logFile`, or can be read from it, or
   * goes where ours goes (`inherit`).
   */
  async spawn(
    program: Program,
    output: { readonly logFile: string } | 'pipe' | 'inherit' = 'pipe',
  ): Promise<ChildProcess> {
    this.#refuseWhenClosed(program)
    if (typeof output === 'string') return this.#spawn(program, output)
    const log = await open(output.logFile, 'a')
    try {
      return await this.#spawn(program, log.fd)
    } finally {
      await log.close()
    }
  }

  async #spawn(program: Program, output: number | 'pipe' | 'inherit'): Promise<ChildProcess> {
    const child = spawn('/bin/sh', ['-c', GATE, 'gate', program.file, ...program.args], {
      detached: true,
      stdio: ['pipe', output, output],
      cwd: program.cwd ?? this.directory,
      env: { ...process.env, ...program.env },
    })
    const input = child.stdin as Writable
    input.on('error', () => {})
    await once(child, 'spawn')
    this.#children.add(child)
    child.once('exit', () => {
      this.#children.delete(child)
      void this.#say(`drop ${child.pid}`)
    })
    await this.#say(`keep ${child.pid}`)
    // Closed meanwhile: without the word the gate never opens.
    if (this.#closing !== undefined) input.destroy()
    this.#refuseWhenClosed(program)
    input.end(`go\n${program.input ?? ''}`)
    return child
  }

  /** Kills what still runs and removes the directory. Resolves when all of it is gone. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    const gone = [...this.#children, this.#script].map(exited)
    this.#script.stdin?.end()
    await Promise.all(gone)
  }

  #refuseWhenClosed(program: Program): void {
    if (this.#closing !== undefined) throw new ServicesError(`Can't start ${program.file}: it was stopped for good.`)
  }

  /** Resolves when the line is in the pipe, where it is read even if we die now; or when nobody listens any more. */
  #say(line: string): Promise<void> {
    return new Promise((resolve) => {
      const input = this.#script.stdin as Writable
      if (input.writable) input.write(`${line}\n`, () => resolve())
      else resolve()
    })
  }
}
