import { checkOptions, FaustError } from '@faust/core'
import type { RedisOptions } from 'ioredis'

/** Where `redisStore` keeps its data, and how long it waits. */
export interface RedisStoreOptions {
  /** `redis://[user:password@]host:port[/database]`, with TLS `rediss://…`. Default `redis://127.0.0.1:6379`. */
  readonly url?: string | undefined
  /** URLs of some nodes of a Redis Cluster, instead of `url`; the others are found through them. */
  readonly cluster?: readonly string[] | undefined
  /** The first part of every key. Default `faust`. */
  readonly prefix?: string | undefined
  /**
   * Ms that a command may take, with reconnects in between, until it fails with `FAUST_STORE_FAILED`; also what the start waits
   * for a server. Default 10,000.
   */
  readonly timeout?: number | undefined
  /**
   * Ms for which Redis keeps what an open range still has to see, after its worker was last heard of. It matters only when
   * a worker dies in a range, or is paused for so long. Default 60,000.
   */
  readonly rangeLease?: number | undefined
  /** Further options of ioredis: TLS, sentinels, user and password, address family. */
  readonly redis?: Omit<RedisOptions, OwnOption> | undefined
}

/** What this store sets itself. */
type OwnOption = 'keyPrefix' | 'commandTimeout' | 'lazyConnect' | 'maxRetriesPerRequest' | 'replyMapping' | 'readOnly'

/** The options with their defaults, checked. */
export interface RedisSettings {
  /** One for a server, any number for a cluster. */
  readonly urls: readonly string[]
  readonly isCluster: boolean
  readonly prefix: string
  readonly timeout: number
  readonly rangeLease: number
  readonly redis: Omit<RedisOptions, OwnOption>
}

const OWN: readonly OwnOption[] = [
  'keyPrefix',
  'commandTimeout',
  'lazyConnect',
  'maxRetriesPerRequest',
  'replyMapping',
  'readOnly',
]

export function readOptions(options: RedisStoreOptions): RedisSettings {
  checkOptions('redisStore', options, ['url', 'cluster', 'prefix', 'timeout', 'rangeLease', 'redis'])
  const { url, cluster, prefix = 'faust', timeout = 10_000, rangeLease = 60_000, redis = {} } = options
  if (url !== undefined && cluster !== undefined) {
    throw invalid('cluster', undefined, 'left out beside `url`: give one or the other')
  }
  if (cluster !== undefined && (!Array.isArray(cluster) || cluster.length === 0)) {
    // None of the values, here and below: they may hold a password.
    throw invalid('cluster', undefined, 'a list of URLs, e.g. ["redis://node-1:6379", "redis://node-2:6379"]')
  }
  const urls = cluster ?? [url ?? 'redis://127.0.0.1:6379']
  for (const each of urls) checkUrl(cluster === undefined ? 'url' : 'cluster', each)
  if (typeof prefix !== 'string' || prefix === '') throw invalid('prefix', prefix, 'a text, e.g. "faust"')
  checkMs('timeout', timeout, 1)
  checkMs('rangeLease', rangeLease, 1000)
  for (const option of OWN) {
    if (option in redis) throw invalid(`redis.${option}`, undefined, 'left out: the store sets it itself')
  }
  return { urls, isCluster: cluster !== undefined, prefix, timeout, rangeLease, redis }
}

function checkUrl(name: string, url: unknown): void {
  const ok = typeof url === 'string' && URL.canParse(url) && /^rediss?:$/.test(new URL(url).protocol)
  if (!ok) throw invalid(name, undefined, 'a URL that begins with redis:// or rediss://')
}

function checkMs(name: string, value: number, least: number): void {
  const ok = Number.isInteger(value) && value >= least && value < 2 ** 31
  if (!ok) throw invalid(name, value, `a whole number of ms of at least ${least}`)
}

function invalid(name: string, value: unknown, wanted: string): FaustError {
  const was = value === undefined ? '' : ` is ${JSON.stringify(value)}, but`
  return new FaustError('FAUST_SETTING_INVALID', `redisStore: ${name}${was} has to be ${wanted}.`, {
    details: { setting: name },
  })
}
