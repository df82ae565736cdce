import { access, mkdir, readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { AdapterContext } from '../../service/adapter.ts'
import { messageOf } from '../../service/errors.ts'
import type { ShardInfo, ShardPosition } from '../store.ts'
import { DirectoryShard } from './directory-shard.ts'
import type { EngineDatabase, StoreEngine } from './engine.ts'
import { storeFailed, storeLocked } from './errors.ts'
import { shardFolder, shardOf } from './safe-name.ts'
import type { StatePaths } from './state-directory.ts'
import { remove } from './state-directory.ts'
import { Turns } from './turns.ts'

/** The shards of one app, a folder each. */
export class ShardFolders {
  readonly #engine: StoreEngine
  readonly #paths: StatePaths
  readonly #context: AdapterContext
  /** By folder; `undefined` from the call of `open` until the database is open. */
  readonly #open = new Map<string, DirectoryShard | undefined>()
  /** Positions of shards that are not open. Nobody else can change them, so each is read once. */
  readonly #positions = new Map<string, ShardPosition | null>()
  /** An engine must not be asked twice for one folder at a time. */
  readonly #turns = new Turns()

  constructor(engine: StoreEngine, paths: StatePaths, context: AdapterContext) {
    this.#engine = engine
    this.#paths = paths
    this.#context = context
  }

  async open(table: string, partition: number): Promise<DirectoryShard> {
    const folder = shardFolder(table, partition)
    const name = `${table}/${partition}`
    if (this.#open.has(folder)) throw isOpen(this.#engine, name, 'open')
    this.#open.set(folder, undefined)
    try {
      return await this.#turns.take(folder, () => this.#openShard(name, folder))
    } catch (error) {
      this.#open.delete(folder)
      throw error
    }
  }

  async list(): Promise<readonly ShardInfo[]> {
    const { shards } = this.#paths
    const folders = await readdir(shards).catch((error: unknown) => {
      throw storeFailed(this.#engine, 'list its shards', shards, error)
    })
    const infos = await Promise.all(folders.map((folder) => this.#turns.take(folder, () => this.#look(folder))))
    return infos.filter((info) => info !== undefined)
  }

  async destroy(table: string, partition: number): Promise<void> {
    const folder = shardFolder(table, partition)
    const name = `${table}/${partition}`
    if (this.#open.has(folder)) throw isOpen(this.#engine, name, 'destroy')
    await this.#turns.take(folder, async () => {
      const path = this.#path(folder)
      try {
        if (await exists(path)) await this.#moveAway(folder, path)
      } catch (error) {
        throw storeFailed(this.#engine, `destroy shard ${name}`, path, error)
      }
    })
  }

  /** Closes every shard. */
  async close(): Promise<void> {
    await this.#turns.idle()
    await Promise.all([...this.#open.values()].map(async (shard) => shard?.close()))
  }

  async #openShard(name: string, folder: string): Promise<DirectoryShard> {
    const path = this.#path(folder)
    const database = await this.#openDatabase(name, path)
    const onClosed = (position: ShardPosition | null | undefined): void => {
      this.#open.delete(folder)
      if (position !== undefined) this.#positions.set(folder, position)
    }
    const shard = new DirectoryShard({ engine: this.#engine, name, path, database, onClosed })
    this.#positions.delete(folder)
    this.#open.set(folder, shard)
    return shard
  }

  /** What is known of a folder's shard, else what its database says. */
  async #look(folder: string): Promise<ShardInfo | undefined> {
    const shard = shardOf(folder)
    if (shard === undefined) return undefined
    const open = this.#open.get(folder)
    if (open !== undefined) return { ...shard, position: open.position }
    if (!(await exists(this.#path(folder)))) return undefined
    const known = this.#positions.get(folder)
    if (known !== undefined) return { ...shard, position: known }
    const position = await this.#readPosition(`${shard.table}/${shard.partition}`, folder)
    this.#positions.set(folder, position)
    return { ...shard, position }
  }

  async #readPosition(name: string, folder: string): Promise<ShardPosition | null> {
    const path = this.#path(folder)
    try {
      const database = await this.#openDatabase(name, path)
      await database.close()
      return database.position
    } catch (error) {
      // One damaged shard must not keep the worker from its others. Whoever opens this one gets the error.
      this.#context.logger.warn({ path }, messageOf(error))
      return null
    }
  }

  #openDatabase(name: string, path: string): Promise<EngineDatabase> {
    return this.#engine.open(path).catch((error: unknown) => {
      throw storeFailed(this.#engine, `open shard ${name}`, path, error)
    })
  }

  /** Moving is one step and deleting is many: so no half of a shard is ever found. */
  async #moveAway(folder: string, path: string): Promise<void> {
    const { removed } = this.#paths
    const away = join(removed, `${folder}-${this.#context.clock.uuid()}`)
    await mkdir(removed, { recursive: true })
    await rename(path, away)
    this.#positions.delete(folder)
    await remove(away)
  }

  #path(folder: string): string {
    return join(this.#paths.shards, folder)
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

function isOpen(engine: StoreEngine, name: string, wanted: string): Error {
  return storeLocked(engine, `${wanted} shard ${name}: it is open`, 'Close it first.', { shard: name })
}
