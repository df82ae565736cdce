import { gatherReads, isFaustError } from '@faust/core'
import type { Clock, Shard, ShardPosition, StoreBatch, StoreEntry, StoreItem, StoreRange } from '@faust/core'
import type { Client } from './connection.ts'
import { fenced, lost, storeClosed, storeFailed } from './errors.ts'
import { Ranges } from './ranges.ts'
import { UnderWay } from './under-way.ts'

/** What a shard is made from. */
export interface RedisShardOptions {
  readonly client: Client
  readonly clock: Clock
  /** What the names of its keys begin with. */
  readonly base: string
  /** The table with the partition, for messages. */
  readonly name: string
  readonly epoch: number
  /** How many changes there had been when it was opened. */
  readonly version: number
  readonly position: ShardPosition | null
  /** Ms for which Redis keeps what a range still has to see. */
  readonly rangeLease: number
  /** Called once when the shard is closed. */
  readonly onClosed: () => void
}

/** One shard: a hash with the entries, a sorted set with the order of their keys, a hash with the position. */
export class RedisShard implements Shard {
  readonly #options: RedisShardOptions
  readonly #ranges: Ranges
  readonly #underWay = new UnderWay()
  /** Who makes the changes of this object, among all that ever opened the shard. */
  readonly #writer: string
  readonly #gather: (key: Uint8Array) => Promise<Uint8Array | undefined>
  #position: ShardPosition | null
  /** The last change that was confirmed, and the last that was asked for. */
  #version: number
  #asked: number
  #writing: Promise<void> = Promise.resolve()
  #closing: Promise<void> | undefined

  constructor(options: RedisShardOptions) {
    const { client, clock, base, name, rangeLease } = options
    this.#options = options
    this.#position = options.position
    this.#version = options.version
    this.#asked = options.version
    this.#writer = clock.uuid()
    this.#gather = gatherReads((keys) => this.#readKeys(keys))
    const read = <T>(command: () => Promise<T>): Promise<T> => this.#run(`read shard ${name}`, command)
    this.#ranges = new Ranges({ client, base, name, clock, lease: rangeLease, read })
  }

  get position(): ShardPosition | null {
    return this.#position
  }

  get(key: Uint8Array): Promise<Uint8Array | undefined> {
    this.#checkOpen()
    return this.#gather(key)
  }

  getMany(keys: readonly Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]> {
    this.#checkOpen()
    return this.#readKeys(keys)
  }

  range(range: StoreRange = {}): AsyncIterable<readonly StoreItem[]> {
    this.#checkOpen()
    return this.#ranges.read(range)
  }

  write(batch: StoreBatch): Promise<void> {
    const { client, base } = this.#options
    const { log, offset, time, note } = batch.position
    const position = { log, offset, time, note }
    return this.#change('write', position, (head) =>
      client.shardWrite(base, ...head, JSON.stringify(position), ...changesOf(batch.entries)),
    )
  }

  clear(): Promise<void> {
    const { client, base } = this.#options
    return this.#change('clear', null, (head) => client.shardClear(base, ...head))
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  /** As `close`, but what is under way is answered with `FAUST_CLOSED` at once, and Redis is told nothing. */
  abandon(): Promise<void> {
    this.#closing ??= this.#close()
    this.#ranges.drop()
    this.#underWay.abandon(this.#closed())
    return this.#closing
  }

  async #close(): Promise<void> {
    await this.#writing
    await this.#underWay.idle()
    await this.#ranges.close()
    this.#options.onClosed()
  }

  #readKeys(keys: readonly Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]> {
    const { client, base, name } = this.#options
    if (keys.length === 0) return Promise.resolve([])
    return this.#run(`read shard ${name}`, async () => {
      const values = await client.hmgetBuffer(`${base}:data`, ...keys.map(bufferOf))
      return values.map((value) => value ?? undefined)
    })
  }

  #change(
    what: 'write' | 'clear',
    position: ShardPosition | null,
    change: (head: readonly (string | number)[]) => Promise<string[]>,
  ): Promise<void> {
    const { epoch, name } = this.#options
    const changed = this.#run(`${what} shard ${name}`, async () => {
      await this.#ranges.known()
      const asked = ++this.#asked
      const [answer, last] = await change([epoch, this.#version, asked, this.#writer])
      if (answer === 'fenced') throw fenced(`${what} shard ${name}`, epoch, Number(last))
      if (answer === 'gone') throw lost(`${what} shard ${name}`, 'the shard is gone')
      if (answer === 'back') throw lost(`${what} shard ${name}`, 'the shard is an earlier one than this worker left')
      this.#version = asked
      this.#position = position
    })
    this.#writing = changed.catch(() => undefined)
    return changed
  }

  /** Counts a command and words its error. */
  async #run<T>(what: string, command: () => Promise<T>): Promise<T> {
    this.#checkOpen()
    try {
      return await this.#underWay.run(command())
    } catch (error) {
      if (isFaustError(error)) throw error
      if (this.#closing !== undefined) throw this.#closed()
      throw storeFailed(what, error)
    }
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw this.#closed()
  }

  #closed(): Error {
    return storeClosed(`shard ${this.#options.name}`, 'open it again to use it')
  }
}

/** How many puts there are, each as key and value, and then the deleted keys; the last entry of a key counts. */
function changesOf(entries: Iterable<StoreEntry>): (number | Buffer)[] {
  const last = new Map<string, readonly [key: Buffer, value: Uint8Array | null]>()
  for (const entry of entries) {
    const key = bufferOf(entry.key)
    last.set(key.toString('latin1'), [key, entry.value])
  }
  const puts: Buffer[] = []
  const deletes: Buffer[] = []
  for (const [key, value] of last.values()) {
    if (value === null) deletes.push(key)
    else puts.push(key, bufferOf(value))
  }
  return [puts.length / 2, ...puts, ...deletes]
}

/** The same bytes: ioredis would make a text of anything that is no Buffer. */
function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength)
}
