import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { FaustError } from '../../service/errors.ts'
import type { StoreEngine } from './engine.ts'
import { codeOf, directoryFailed } from './errors.ts'

/** The layout that this version writes, and the only one it reads. */
const FORMAT = 1

/** The places inside the directory of one app. */
export interface StatePaths {
  readonly root: string
  /** Says the format and the app. */
  readonly description: string
  /** The worker's name. */
  readonly identity: string
  /** Says who has the directory. */
  readonly owner: string
  /** A database without content, whose lock is the directory's. */
  readonly lock: string
  /** One folder a shard. */
  readonly shards: string
  /** Shards on their way out: moved here at once, deleted when there is time. */
  readonly removed: string
}

export function statePaths(root: string): StatePaths {
  const inside = (name: string): string => join(root, name)
  return {
    root,
    description: inside('store.json'),
    identity: inside('identity'),
    owner: inside('owner.json'),
    lock: inside('lock'),
    shards: inside('shards'),
    removed: inside('removed'),
  }
}

/** Makes the folders, and refuses those of another app or of a later format before anything in them is touched. */
export async function makeDirectory(
  engine: StoreEngine,
  { root, shards, description }: StatePaths,
  app: string,
): Promise<void> {
  try {
    await mkdir(shards, { recursive: true })
  } catch (error) {
    throw directoryFailed(engine, root, error)
  }
  const text = await readIfThere(engine, description)
  if (text === undefined) return
  const found = parse(text)
  if (found === undefined) {
    throw refused(engine, root, `${description} is not what ${engine.name} wrote there`, `delete the folder ${root}`)
  }
  if (found.format !== FORMAT) {
    const remedy = `use that version, or delete the folder ${root}`
    throw refused(
      engine,
      root,
      `it has format ${String(found.format)} of another version of ${engine.name} (this one: ${FORMAT})`,
      remedy,
    )
  }
  if (found.store !== engine.name) {
    throw refused(engine, root, `it was written by ${String(found.store)}`, 'give each store a directory of its own')
  }
  if (found.app !== app) {
    throw refused(
      engine,
      root,
      `it belongs to the app ${String(found.app)}, not to ${app}`,
      'give each app a directory of its own',
    )
  }
}

/** Says whose directory it is, the first time. */
export async function describeDirectory(
  engine: StoreEngine,
  { root, description }: StatePaths,
  app: string,
): Promise<void> {
  if ((await readIfThere(engine, description)) !== undefined) return
  try {
    await writeAtomically(description, `${JSON.stringify({ format: FORMAT, store: engine.name, app })}\n`)
  } catch (error) {
    throw directoryFailed(engine, root, error)
  }
}

export async function readIfThere(engine: StoreEngine, path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw directoryFailed(engine, path, error)
  }
}

/** Either the old content or all of the new one is there afterwards, also after a crash or a power cut. */
export async function writeAtomically(path: string, text: string): Promise<void> {
  const draft = `${path}.new`
  await using(draft, async (file) => {
    await file.writeFile(text)
    await file.sync()
  })
  await rename(draft, path)
  // Windows can't open a folder, and needs no such push.
  if (process.platform !== 'win32') await using(dirname(path), (folder) => folder.sync(), 'r')
}

export async function remove(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true })
}

type OpenFile = Awaited<ReturnType<typeof open>>

async function using(path: string, run: (file: OpenFile) => Promise<void>, flags = 'w'): Promise<void> {
  const file = await open(path, flags)
  try {
    await run(file)
  } finally {
    await file.close()
  }
}

interface Description {
  readonly format: unknown
  readonly store?: unknown
  readonly app: unknown
}

function parse(text: string): Description | undefined {
  try {
    const found: unknown = JSON.parse(text)
    if (typeof found === 'object' && found !== null && 'format' in found && 'app' in found) return found
  } catch {
    // Answered below like any other content.
  }
  return undefined
}

function refused(engine: StoreEngine, root: string, reason: string, remedy: string): FaustError {
  return new FaustError(
    'FAUST_STORE_DIRECTORY',
    `${engine.name} can't use ${root}: ${reason}. Give ${engine.factory} another directory, or ${remedy}: tables are rebuilt from ` +
      'their changelogs.',
    { details: { path: root } },
  )
}
