import { FaustError, STORE_CONTRACT } from '@faust/core'
import type { AdapterContext, OpenShard, Shard, ShardInfo, ShardPosition, Store, StoreSupports } from '@faust/core'
import { Connection } from './connection.ts'
import type { Client } from './connection.ts'
import { fenced, storeClosed, storeFailed } from './errors.ts'
import { appKeys } from './keys.ts'
import type { Keys } from './keys.ts'
import type { RedisSettings, RedisStoreOptions } from './options.ts'
import { readOptions } from './options.ts'
import { RedisShard } from './redis-shard.ts'

/**
 * Keeps tables in Redis, which all workers reach: a partition that changes its worker takes its state along, and the new one
 * reads only what the changelog got since the last commit. Throws `FAUST_SETTING_INVALID`; connects when its app starts.
 */
export function redisStore(options: RedisStoreOptions = {}): Store {
  return new RedisStore(readOptions(options))
}

/** What there is between start and close. */
interface Started {
  readonly context: AdapterContext
  readonly connection: Connection
  readonly client: Client
  readonly keys: Keys
}

class RedisStore implements Store {
  readonly name: string = 'store-redis'
  readonly contract: number = STORE_CONTRACT
  readonly supports: StoreSupports = { persistent: true, shared: true, identity: false }

  readonly #settings: RedisSettings
  readonly #open = new Set<RedisShard>()
  /** How many shards of a name are open here. */
  readonly #names = new Map<string, number>()
  #connection: Connection | undefined
  #started: Started | undefined
  #closing: Promise<void> | undefined

  constructor(settings: RedisSettings) {
    this.#settings = settings
  }

  async start(context: AdapterContext): Promise<void> {
    this.#checkNotClosed()
    if (this.#connection !== undefined) {
      const problem = `store-redis can't start for ${context.app}: it was started before. Call redisStore once for each app.`
      throw new FaustError('FAUST_STORE_LOCKED', problem)
    }
    const connection = new Connection(this.#settings, context)
    this.#connection = connection
    await connection.open()
    this.#checkNotClosed()
    const keys = appKeys(this.#settings.prefix, context.app)
    this.#started = { context, connection, client: connection.client, keys }
  }

  async open(table: string, partition: number, { epoch }: OpenShard): Promise<Shard> {
    const { client, context, keys } = this.#use()
    const name = `${table}/${partition}`
    const base = keys.base(table, partition)
    const [answer, first = '', position = ''] = await this.#run(`open shard ${name}`, async () => {
      // Before there is a shard: one that nobody lists would never be found again.
      await client.sadd(keys.shards, keys.member(table, partition))
      return client.shardOpen(base, epoch)
    })
    if (answer === 'fenced') throw fenced(`open shard ${name}`, epoch, Number(first))
    this.#checkNotClosed()
    const shard = new RedisShard({
      client,
      clock: context.clock,
      base,
      name,
      epoch,
      version: Number(first),
      position: decodePosition(position),
      rangeLease: this.#settings.rangeLease,
      onClosed: () => {
        this.#open.delete(shard)
        this.#count(name, -1)
      },
    })
    this.#open.add(shard)
    this.#count(name, 1)
    return shard
  }

  async list(): Promise<readonly ShardInfo[]> {
    const { client, keys } = this.#use()
    return this.#run('list its shards', async () => {
      const members = await client.smembers(keys.shards)
      const infos = await Promise.all(
        members.map(async (member): Promise<ShardInfo | undefined> => {
          const { table, partition } = keys.shardOf(member)
          const [epoch, position] = await client.hmget(`${keys.base(table, partition)}:meta`, 'epoch', 'position')
          // Named by an open or a destroy that did not come to its end.
          if (epoch == null) return undefined
          return { table, partition, position: decodePosition(position ?? '') }
        }),
      )
      return infos.filter((info) => info !== undefined)
    })
  }

  async destroy(table: string, partition: number): Promise<void> {
    const { client, keys } = this.#use()
    const name = `${table}/${partition}`
    if (this.#names.has(name)) {
      const problem = `store-redis can't destroy shard ${name}: it is open here. Close it first.`
      throw new FaustError('FAUST_STORE_LOCKED', problem, { details: { shard: name } })
    }
    await this.#run(`destroy shard ${name}`, async () => {
      await client.shardDestroy(keys.base(table, partition))
      await client.srem(keys.shards, keys.member(table, partition))
    })
  }

  identity(): Promise<string> {
    const problem =
      'store-redis keeps no identity: it is the same for all workers. Give createApp a `workerId`, or let it make one.'
    return Promise.reject(new FaustError('FAUST_NOT_SUPPORTED', problem))
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    // Without a connection, waiting for what is under way would take as long as the time-out.
    const isUp = this.#connection?.isUp === true
    await Promise.all([...this.#open].map((shard) => (isUp ? shard.close() : shard.abandon())))
    await this.#connection?.close()
  }

  #count(name: string, by: 1 | -1): void {
    const count = (this.#names.get(name) ?? 0) + by
    if (count === 0) this.#names.delete(name)
    else this.#names.set(name, count)
  }

  async #run<T>(what: string, command: () => Promise<T>): Promise<T> {
    try {
      return await command()
    } catch (error) {
      this.#checkNotClosed()
      throw storeFailed(what, error)
    }
  }

  #use(): Started {
    this.#checkNotClosed()
    if (this.#started !== undefined) return this.#started
    throw new FaustError('FAUST_NOT_STARTED', 'store-redis was not started: call start first, as an app does.')
  }

  #checkNotClosed(): void {
    if (this.#closing !== undefined) throw storeClosed('the store', 'make a new one with redisStore')
  }
}

function decodePosition(text: string): ShardPosition | null {
  return text === '' ? null : (JSON.parse(text) as ShardPosition)
}
