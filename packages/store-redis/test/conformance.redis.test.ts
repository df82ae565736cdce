import { nodeArguments } from '@faust-tools/test-support'
import { storeConformance } from '@faust/testing'
import { Redis } from 'ioredis'
import { afterAll, inject, test } from 'vitest'
import { redisStore } from '../src/index.ts'

const url = inject('redisUrl')
process.env['STORE_REDIS_URL'] = url
const run = `kit-${crypto.randomUUID()}`
afterAll(() => removeKeys(url, run))

storeConformance({
  test: (name, run) => test(name, run, 70_000),
  create: ({ place }) => redisStore({ url, prefix: `${run}-${place}` }),
  unusable: () => redisStore({ url: 'redis://127.0.0.1:1', timeout: 300 }),
  crash: { module: new URL('crash-store.mjs', import.meta.url).href, execArgv: nodeArguments(import.meta.url) },
})

async function removeKeys(url: string, prefix: string): Promise<void> {
  const redis = new Redis(url)
  for await (const keys of redis.scanStream({ match: `{${prefix}*`, count: 1000 }) as AsyncIterable<string[]>) {
    if (keys.length > 0) await redis.unlink(...keys)
  }
  redis.disconnect()
}
