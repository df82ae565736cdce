import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { FaustError } from '../../../service/errors.ts'
import { directoryFault } from './file-fault.ts'

/** Tries to take a lock that others leave behind at the same moment. */
const TRIES = 5

/** Who holds a directory. */
interface Holder {
  readonly pid: number
  /** When that process started, as the system tells; null where it does not. A number alone may be given out again. */
  readonly started: string | null
}

/** A directory that is this log's own as long as it is open. */
export class DirectoryLock {
  readonly #path: string

  /** Takes the lock, also one that a dead process left. Throws `FAUST_LOG_DIRECTORY` when it is held. */
  constructor(directory: string) {
    this.#path = join(directory, 'lock')
    for (let turn = 0; ; turn++) {
      if (this.#take()) return
      const holder = this.#holder()
      if ((holder !== null && isAlive(holder)) || turn >= TRIES) throw heldFault(directory, this.#path, holder)
      rmSync(this.#path, { force: true })
    }
  }

  release(): void {
    rmSync(this.#path, { force: true })
  }

  #take(): boolean {
    try {
      writeFileSync(this.#path, JSON.stringify(self()), { flag: 'wx' })
      return true
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
      throw directoryFault(this.#path, 'Writing', error)
    }
  }

  /** Null for a lock that is gone, or was never wholly written. */
  #holder(): Holder | null {
    try {
      return JSON.parse(readFileSync(this.#path, 'utf8')) as Holder
    } catch {
      return null
    }
  }
}

function self(): Holder {
  return { pid: process.pid, started: stat(process.pid)?.started ?? null }
}

function isAlive({ pid, started }: Holder): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    // Without the right to signal it, it is there all the same.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  const now = stat(pid)
  // A zombie holds nothing: it has ended, and only its parent has not looked. Containers without an init are full of them.
  if (now?.state === 'Z') return false
  return started === null || now === null || started === now.started
}

/** State and start of a process as Linux's `/proc` tells them, which other systems do not have. */
function stat(pid: number): { readonly state: string | undefined; readonly started: string | null } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name, in brackets, may hold spaces itself. Behind it the first field is the state, the 20th the start.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return { state: fields[0], started: fields[19] ?? null }
  } catch {
    return null
  }
}

function heldFault(directory: string, path: string, holder: Holder | null): FaustError {
  const who = holder === null ? 'another process' : `process ${holder.pid}`
  const here = holder?.pid === process.pid ? 'another log of this process' : who
  const message = `The directory ${directory} is in use by ${here}: give each log a directory of its own, share one log between transports, or remove ${path} if nothing uses it`
  return new FaustError('FAUST_LOG_DIRECTORY', message, { details: { directory, pid: holder?.pid } })
}
