import { FaustError, messageOf } from '@faust/core'
import type { AdapterContext } from '@faust/core'
import { Cluster, Redis } from 'ioredis'
import { unavailable, withoutArguments } from './errors.ts'
import type { RedisSettings } from './options.ts'
import { CLEAR, DESTROY, OPEN, WRITE } from './scripts/changes.ts'
import { BEGIN, CHUNK, END, RENEW } from './scripts/readers.ts'

/** How long `close` waits for a goodbye. */
const GOODBYE_MS = 1000

const SCRIPTS = {
  shardOpen: { lua: OPEN, numberOfKeys: 1 },
  shardWrite: { lua: WRITE, numberOfKeys: 1 },
  shardClear: { lua: CLEAR, numberOfKeys: 1 },
  shardDestroy: { lua: DESTROY, numberOfKeys: 1 },
  rangeBegin: { lua: BEGIN, numberOfKeys: 1 },
  rangeRenew: { lua: RENEW, numberOfKeys: 1 },
  rangeEnd: { lua: END, numberOfKeys: 1 },
  rangeChunk: { lua: CHUNK, numberOfKeys: 1 },
}

type Argument = string | number | Buffer

/** `[how many more there are, key, value, key, value …]` */
export type ItemsReply = readonly [more: number, ...items: Uint8Array[]]

/** The scripts as ioredis makes commands of them; with `Buffer` at the end of the name, texts come as bytes. */
interface ScriptCommands {
  shardOpen(base: string, epoch: number): Promise<string[]>
  shardWrite(base: string, ...args: Argument[]): Promise<string[]>
  shardClear(base: string, ...args: Argument[]): Promise<string[]>
  shardDestroy(base: string): Promise<string>
  rangeBegin(base: string, id: string, lease: number): Promise<string>
  rangeRenew(base: string, lease: number, ...ids: string[]): Promise<string>
  rangeEnd(base: string, ...ids: string[]): Promise<string>
  rangeChunkBuffer(base: string, ...args: Argument[]): Promise<Uint8Array | readonly [ItemsReply, ItemsReply]>
}

/** ioredis with our scripts. */
export type Client = (Redis | Cluster) & ScriptCommands

/** The one connection of a store, to a server or to the nodes of a cluster. It connects again by itself until it is closed. */
export class Connection {
  readonly client: Client
  readonly #settings: RedisSettings
  readonly #context: AdapterContext
  #isReady = false
  #lastError: unknown
  #closed = false

  constructor(settings: RedisSettings, context: AdapterContext) {
    this.#settings = settings
    this.#context = context
    this.client = makeClient(settings)
    this.client.on('error', (error: unknown) => this.#failed(error))
    this.client.on('node error', (error: unknown) => this.#failed(error))
    this.client.on('ready', () => {
      if (this.#isReady) context.logger.info('Redis answers again')
      this.#isReady = true
      this.#lastError = undefined
    })
  }

  /**
   * Resolves when Redis answers, and rejects when it can't be used: it does not answer, or throws data away; and when the app
   * is stopped meanwhile.
   */
  async open(): Promise<void> {
    const { signal } = this.#context
    // What it was asked is answered at once then, with an error.
    const giveUp = (): void => this.client.disconnect()
    signal?.addEventListener('abort', giveUp, { once: true })
    try {
      signal?.throwIfAborted()
      await this.#whenReady()
      for (const node of this.#nodes()) await this.#refuseEviction(node)
      signal?.throwIfAborted()
    } catch (error) {
      this.client.disconnect()
      throw error
    } finally {
      signal?.removeEventListener('abort', giveUp)
    }
  }

  /** Whether Redis can be asked now, without waiting for a reconnect. */
  get isUp(): boolean {
    return this.client.status === 'ready'
  }

  /** Ends all connections; commands under way are answered first, if that takes no longer than a moment. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    if (this.isUp) await this.#bounded(this.client.quit(), GOODBYE_MS).catch(() => undefined)
    this.client.disconnect()
  }

  #nodes(): readonly Redis[] {
    return this.client instanceof Cluster ? this.client.nodes('master') : [this.client]
  }

  /** A key that is thrown away for want of memory would be an entry that silently never was. */
  async #refuseEviction(node: Redis): Promise<void> {
    const memory = await node.info('memory').catch(() => '')
    const [, policy = ''] = /maxmemory_policy:(\S+)/.exec(memory) ?? []
    if (!policy.startsWith('allkeys')) return
    throw unavailable(
      this.#place(),
      `its maxmemory-policy is ${policy}, so it throws away any key when memory runs out`,
      'Set it to noeviction, or to one of the volatile policies.',
    )
  }

  async #whenReady(): Promise<void> {
    const ready = new Promise<void>((resolve, reject) => {
      this.client.once('ready', resolve)
      // Credentials that are wrong now are wrong in ten seconds as well.
      this.client.on('error', (error: unknown) => {
        if (/WRONGPASS|NOAUTH|NOPERM|invalid password/i.test(messageOf(error))) reject(this.#refused(error))
      })
      this.client.connect().catch((error: unknown) => (this.#lastError ??= error))
    })
    await this.#bounded(ready, this.#settings.timeout, this.#context.signal)
  }

  /** Rejects with what was heard last when `work` has not settled after `ms`, and with the signal's reason when it fires. */
  #bounded(work: Promise<unknown>, ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (settle: () => void): void => {
        timer.cancel()
        signal?.removeEventListener('abort', giveUp)
        settle()
      }
      const giveUp = (): void => end(() => reject(signal?.reason as Error))
      const timer = this.#context.clock.setTimeout(() => end(() => reject(this.#refused(this.#lastError))), ms)
      signal?.addEventListener('abort', giveUp, { once: true })
      work.then(
        () => end(resolve),
        (error: unknown) => end(() => reject(error)),
      )
    })
  }

  #refused(error: unknown): FaustError {
    const reason = error === undefined ? `no answer within ${this.#settings.timeout} ms` : messageOf(reasonOf(error))
    const option = this.#settings.isCluster ? 'cluster' : 'url'
    const remedy = `See that it runs and lets this worker in, or give redisStore another \`${option}\`.`
    return unavailable(this.#place(), reason, remedy, error)
  }

  #failed(error: unknown): void {
    // One line an outage, not one an attempt.
    const isNews = this.#isReady && this.#lastError === undefined && !this.#closed
    this.#lastError = withoutArguments(error)
    if (isNews) this.#context.logger.warn({ error }, `Redis at ${this.#place()} can't be reached: ${messageOf(error)}`)
  }

  /** Where it is, without the password. */
  #place(): string {
    return this.#settings.urls.map((url) => new URL(url).host).join(', ')
  }
}

function makeClient(settings: RedisSettings): Client {
  const { urls, isCluster, timeout, redis } = settings
  const shared = {
    ...redis,
    commandTimeout: timeout,
    // The time-out bounds them; a reconnect more or less is no reason to give up.
    maxRetriesPerRequest: null,
    // A failover has made a replica of the server: find the new one and ask again.
    reconnectOnError: (error: Error): false | 2 => (/\bREADONLY\b/.test(error.message) ? 2 : false),
  }
  const client = isCluster
    ? new Cluster([...urls], { redisOptions: shared, lazyConnect: true, scripts: SCRIPTS })
    : new Redis(urls[0] as string, { ...shared, lazyConnect: true, scripts: SCRIPTS })
  return client as Client
}

/** A cluster says only that it failed; what its last node said lies beneath. */
function reasonOf(error: unknown): unknown {
  return error instanceof Error && 'lastNodeError' in error && error.lastNodeError instanceof Error
    ? error.lastNodeError
    : error
}
