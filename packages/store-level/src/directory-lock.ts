import { realpath } from 'node:fs/promises'
import { hostname } from 'node:os'
import { ClassicLevel } from 'classic-level'
import type { FaustError } from '@faust/core'
import { codeOf, directoryFailed, storeFailed, storeLocked } from './errors.ts'
import type { StatePaths } from './state-directory.ts'
import { readIfThere, writeAtomically } from './state-directory.ts'

/** Who has a directory. */
interface Owner {
  readonly pid: number
  readonly host: string
  readonly since: string
}

/**
 * The directories that this process has. A lock of the operating system belongs to the whole process, and LevelDB even
 * gives it up when the process asks for it a second time; so it must never be asked twice.
 */
const held = new Set<string>()

/** Keeps everybody else out of a directory until it is released or the process dies, however it dies. */
export interface DirectoryLock {
  release(): Promise<void>
}

/** Takes the directory, or rejects and names who has it. `now` is the time in epoch ms. */
export async function lockDirectory(paths: StatePaths, now: number): Promise<DirectoryLock> {
  const real = await realpath(paths.root).catch((error: unknown) => {
    throw directoryFailed(paths.root, error)
  })
  if (held.has(real)) throw await taken(paths)
  held.add(real)
  const db = new ClassicLevel(paths.lock)
  try {
    await db.open()
    const owner: Owner = { pid: process.pid, host: hostname(), since: new Date(now).toISOString() }
    await writeAtomically(paths.owner, `${JSON.stringify(owner)}\n`)
  } catch (error) {
    await db.close().catch(() => undefined)
    held.delete(real)
    throw await explain(paths, error)
  }
  return {
    async release() {
      await db.close()
      held.delete(real)
    },
  }
}

async function explain(paths: StatePaths, error: unknown): Promise<FaustError> {
  const codes = [codeOf(error), error instanceof Error && codeOf(error.cause)]
  if (codes.includes('LEVEL_LOCKED')) return taken(paths)
  // The lock holds no data: it may be deleted, as the message for damaged files says.
  if (codes.includes('LEVEL_CORRUPTION')) return storeFailed('lock its directory', paths.lock, error)
  return directoryFailed(paths.root, error instanceof Error && error.cause !== undefined ? error.cause : error)
}

async function taken({ root, owner }: StatePaths): Promise<FaustError> {
  const who = readOwner(await readIfThere(owner).catch(() => undefined))
  const name =
    who === undefined
      ? 'another process'
      : who.pid === process.pid && who.host === hostname()
        ? 'another app or store of this process'
        : `process ${who.pid} on ${who.host}`
  return storeLocked(
    `use ${root}: ${name} has it${who === undefined ? '' : ` since ${who.since}`}`,
    "Give every worker a directory of its own, e.g. levelStore({ directory: './state/worker-2' }), or stop the other one.",
    { path: root, ...(who && { pid: who.pid, host: who.host }) },
  )
}

function readOwner(text: string | undefined): Owner | undefined {
  try {
    return text === undefined ? undefined : (JSON.parse(text) as Owner)
  } catch {
    return undefined
  }
}
