import { realpath } from 'node:fs/promises'
import { hostname } from 'node:os'
import type { FaustError } from '../../service/errors.ts'
import type { StoreEngine } from './engine.ts'
import { directoryFailed, isDamage, storeFailed, storeLocked } from './errors.ts'
import type { StatePaths } from './state-directory.ts'
import { readIfThere, writeAtomically } from './state-directory.ts'

/** Who has a directory. */
interface Owner {
  readonly pid: number
  readonly host: string
  readonly since: string
}

/**
 * The directories that this process has. A lock of the operating system belongs to the whole process, and an engine may
 * even give it up when the process asks for it a second time; so it must never be asked twice.
 */
const held = new Set<string>()

/** Keeps everybody else out of a directory until it is released or the process dies, however it dies. */
export interface DirectoryLock {
  release(): Promise<void>
}

/** Takes the directory, or rejects and names who has it. `now` is the time in epoch ms. */
export async function lockDirectory(engine: StoreEngine, paths: StatePaths, now: number): Promise<DirectoryLock> {
  const real = await realpath(paths.root).catch((error: unknown) => {
    throw directoryFailed(engine, paths.root, error)
  })
  if (held.has(real)) throw await taken(engine, paths)
  held.add(real)
  const database = await engine.lock(paths.lock).catch(async (error: unknown) => {
    held.delete(real)
    throw await explain(engine, paths, error)
  })
  try {
    const owner: Owner = { pid: process.pid, host: hostname(), since: new Date(now).toISOString() }
    await writeAtomically(paths.owner, `${JSON.stringify(owner)}\n`)
  } catch (error) {
    await database.close().catch(() => undefined)
    held.delete(real)
    throw directoryFailed(engine, paths.root, error)
  }
  return {
    async release() {
      await database.close()
      held.delete(real)
    },
  }
}

async function explain(engine: StoreEngine, paths: StatePaths, error: unknown): Promise<FaustError> {
  if (engine.isLocked(error)) return taken(engine, paths)
  // The lock holds no data: it may be deleted, as the message for damaged files says.
  if (isDamage(engine, error)) return storeFailed(engine, 'lock its directory', paths.lock, error)
  return directoryFailed(engine, paths.root, error instanceof Error && error.cause !== undefined ? error.cause : error)
}

async function taken(engine: StoreEngine, { root, owner }: StatePaths): Promise<FaustError> {
  const who = readOwner(await readIfThere(engine, owner).catch(() => undefined))
  const name =
    who === undefined
      ? 'another process'
      : who.pid === process.pid && who.host === hostname()
        ? 'another app or store of this process'
        : `process ${who.pid} on ${who.host}`
  return storeLocked(
    engine,
    `use ${root}: ${name} has it${who === undefined ? '' : ` since ${who.since}`}`,
    `Give every worker a directory of its own, e.g. ${engine.factory}({ directory: './state/worker-2' }), or stop the other one.`,
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
