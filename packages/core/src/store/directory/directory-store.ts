import { join } from 'node:path'
import type { AdapterContext } from '../../service/adapter.ts'
import { FaustError } from '../../service/errors.ts'
import { STORE_CONTRACT } from '../store.ts'
import type { OpenShard, Shard, ShardInfo, Store, StoreSupports } from '../store.ts'
import type { DirectoryLock } from './directory-lock.ts'
import { lockDirectory } from './directory-lock.ts'
import type { StoreEngine } from './engine.ts'
import { storeClosed, storeFailed, storeLocked } from './errors.ts'
import { safeName } from './safe-name.ts'
import { ShardFolders } from './shard-folders.ts'
import type { StatePaths } from './state-directory.ts'
import {
  describeDirectory,
  makeDirectory,
  readIfThere,
  remove,
  statePaths,
  writeAtomically,
} from './state-directory.ts'

/**
 * A store on this machine's disk from an engine that brings the database: each shard in a folder of its own below one
 * directory, which one process has at a time. Touches nothing before its app starts.
 */
export function directoryStore(engine: StoreEngine): Store {
  return new DirectoryStore(engine)
}

/** What there is between start and close. */
interface Started {
  readonly context: AdapterContext
  readonly paths: StatePaths
  readonly lock: DirectoryLock
  readonly shards: ShardFolders
}

class DirectoryStore implements Store {
  readonly name: string
  readonly contract: number = STORE_CONTRACT
  readonly supports: StoreSupports = { persistent: true, shared: false, identity: true }

  readonly #engine: StoreEngine
  #starting: Promise<Started> | undefined
  #started: Started | undefined
  #identity: Promise<string> | undefined
  #closing: Promise<void> | undefined

  constructor(engine: StoreEngine) {
    this.#engine = engine
    this.name = engine.name
  }

  async start(context: AdapterContext): Promise<void> {
    this.#checkNotClosed()
    if (this.#starting !== undefined) {
      const remedy = `Call ${this.#engine.factory} once for each app.`
      throw storeLocked(this.#engine, `start for ${context.app}: it was started before`, remedy, {})
    }
    this.#starting = this.#start(context)
    const started = await this.#starting
    this.#checkNotClosed()
    this.#started = started
  }

  // The last opener always wins, whatever its epoch: the directory's lock keeps everybody else out.
  async open(table: string, partition: number, _options: OpenShard): Promise<Shard> {
    return this.#use().shards.open(table, partition)
  }

  async list(): Promise<readonly ShardInfo[]> {
    return this.#use().shards.list()
  }

  async destroy(table: string, partition: number): Promise<void> {
    await this.#use().shards.destroy(table, partition)
  }

  async identity(): Promise<string> {
    const { paths, context } = this.#use()
    this.#identity ??= keepIdentity(this.#engine, paths, () => context.clock.uuid())
    try {
      return await this.#identity
    } catch (error) {
      this.#identity = undefined
      throw storeFailed(this.#engine, 'keep its identity', paths.identity, error)
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #start(context: AdapterContext): Promise<Started> {
    const engine = this.#engine
    await engine.prepare?.()
    const paths = statePaths(join(engine.directory, safeName(context.app)))
    await makeDirectory(engine, paths, context.app)
    const lock = await lockDirectory(engine, paths, context.clock.now())
    try {
      await describeDirectory(engine, paths, context.app)
      await remove(paths.removed)
    } catch (error) {
      await lock.release()
      throw error
    }
    return { context, paths, lock, shards: new ShardFolders(engine, paths, context) }
  }

  async #close(): Promise<void> {
    // A start that failed has let go of everything itself.
    const started = await this.#starting?.catch(() => undefined)
    try {
      await started?.shards.close()
    } finally {
      await started?.lock.release()
    }
  }

  #use(): Started {
    this.#checkNotClosed()
    if (this.#started !== undefined) return this.#started
    throw new FaustError('FAUST_NOT_STARTED', `${this.name} was not started: call start first, as an app does.`)
  }

  #checkNotClosed(): void {
    if (this.#closing !== undefined) {
      throw storeClosed(this.#engine, 'the store', `make a new one with ${this.#engine.factory}`)
    }
  }
}

/** The name in the directory, made when there is none. */
async function keepIdentity(engine: StoreEngine, { identity }: StatePaths, make: () => string): Promise<string> {
  const kept = (await readIfThere(engine, identity))?.trim()
  if (kept !== undefined && kept !== '') return kept
  const made = make()
  await writeAtomically(identity, `${made}\n`)
  return made
}
