import { join } from 'node:path'
import { FaustError, STORE_CONTRACT } from '@faust/core'
import type { AdapterContext, OpenShard, Shard, ShardInfo, Store, StoreSupports } from '@faust/core'
import type { DirectoryLock } from './directory-lock.ts'
import { lockDirectory } from './directory-lock.ts'
import { storeClosed, storeFailed, storeLocked } from './errors.ts'
import type { LevelSettings, LevelStoreOptions } from './options.ts'
import { readOptions } from './options.ts'
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
 * Keeps tables on this machine's disk, each shard in a LevelDB of its own: a worker that starts again reads only what
 * its changelogs got since. Throws `FAUST_SETTING_INVALID`; touches nothing before its app starts.
 */
export function levelStore(options: LevelStoreOptions): Store {
  return new LevelStore(readOptions(options))
}

/** What there is between start and close. */
interface Started {
  readonly context: AdapterContext
  readonly paths: StatePaths
  readonly lock: DirectoryLock
  readonly shards: ShardFolders
}

class LevelStore implements Store {
  readonly name: string = 'store-level'
  readonly contract: number = STORE_CONTRACT
  readonly supports: StoreSupports = { persistent: true, shared: false, identity: true }

  readonly #settings: LevelSettings
  #starting: Promise<Started> | undefined
  #started: Started | undefined
  #identity: Promise<string> | undefined
  #closing: Promise<void> | undefined

  constructor(settings: LevelSettings) {
    this.#settings = settings
  }

  async start(context: AdapterContext): Promise<void> {
    this.#checkNotClosed()
    if (this.#starting !== undefined) {
      throw storeLocked(`start for ${context.app}: it was started before`, 'Call levelStore once for each app.', {})
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
    this.#identity ??= keepIdentity(paths, () => context.clock.uuid())
    try {
      return await this.#identity
    } catch (error) {
      this.#identity = undefined
      throw storeFailed('keep its identity', paths.identity, error)
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #start(context: AdapterContext): Promise<Started> {
    const paths = statePaths(join(this.#settings.directory, safeName(context.app)))
    await makeDirectory(paths, context.app)
    const lock = await lockDirectory(paths, context.clock.now())
    try {
      await describeDirectory(paths, context.app)
      await remove(paths.removed)
    } catch (error) {
      await lock.release()
      throw error
    }
    return { context, paths, lock, shards: new ShardFolders(paths, this.#settings, context) }
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
    throw new FaustError('FAUST_NOT_STARTED', 'store-level was not started: call start first, as an app does.')
  }

  #checkNotClosed(): void {
    if (this.#closing !== undefined) throw storeClosed('the store', 'make a new one with levelStore')
  }
}

/** The name in the directory, made when there is none. */
async function keepIdentity({ identity }: StatePaths, make: () => string): Promise<string> {
  const kept = (await readIfThere(identity))?.trim()
  if (kept !== undefined && kept !== '') return kept
  const made = make()
  await writeAtomically(identity, `${made}\n`)
  return made
}
