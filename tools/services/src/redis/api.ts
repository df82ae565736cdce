import type { ServiceNode } from '../node.ts'

export interface RedisOptions {
  /** Settings as in redis.conf that win over ours: `{ maxmemory: '64mb', 'cluster-enabled': 'yes' }`. */
  readonly properties?: Readonly<Record<string, string>>
  readonly startTimeoutMs?: number
  /** Where REDIS_URL is looked up: `process.env`, unless a test says otherwise. */
  readonly env?: NodeJS.ProcessEnv
}

export interface Redis extends AsyncDisposable {
  /** `redis://host:port` */
  readonly url: string
  /** Whether the address came from REDIS_URL: then nothing here can be killed, paused or restarted. */
  readonly external: boolean
  readonly node: ServiceNode
  /** Takes it down and removes its data. May be called again. */
  stop(): Promise<void>
}
