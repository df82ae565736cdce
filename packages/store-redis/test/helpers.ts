import { silentLogger, systemClock } from '@faust/core'
import type { Shard, ShardPosition, Store, StoreRange } from '@faust/core'
import { onTestFinished } from 'vitest'
import { redisStore } from '../src/index.ts'
import type { RedisStoreOptions } from '../src/index.ts'

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
export const text = (value: Uint8Array): string => new TextDecoder().decode(value)
export const at = (offset: number): ShardPosition => ({ log: 'log', offset, time: 5, note: '' })

/** A started store, closed after the test. */
export async function started(options: RedisStoreOptions, app = 'app'): Promise<Store> {
  const store = redisStore(options)
  onTestFinished(() => store.close())
  await store.start({ app, clock: systemClock(), logger: silentLogger })
  return store
}

export function open(store: Store, epoch = 1, partition = 0): Promise<Shard> {
  return store.open('table', partition, { mode: 'active', epoch })
}

export function put(shard: Shard, values: Readonly<Record<string, string | null>>, offset: number): Promise<void> {
  const entries = Object.entries(values).map(([key, value]) => ({
    key: bytes(key),
    value: value === null ? null : bytes(value),
  }))
  return Promise.resolve(shard.write({ entries, position: at(offset) }))
}

/** Everything in a range, `key=value`. */
export async function scan(shard: Shard, range?: StoreRange): Promise<string[]> {
  const found: string[] = []
  for await (const items of shard.range(range)) {
    for (const { key, value } of items) found.push(`${text(key)}=${text(value)}`)
  }
  return found
}
