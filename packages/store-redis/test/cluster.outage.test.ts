import type { Redis } from '@faust-tools/services'
import { startRedis, until } from '@faust-tools/services'
import { storeConformance } from '@faust/testing'
import { Redis as Client } from 'ioredis'
import { afterAll, beforeAll, test } from 'vitest'
import { redisStore } from '../src/index.ts'

/** A cluster of one node has all slots, refuses a command on two slots like any other, and has to be told its address. */
let redis: Redis
let admin: Client

beforeAll(async () => {
  redis = await startRedis({ properties: { 'cluster-enabled': 'yes', 'cluster-announce-ip': '127.0.0.1' } })
  admin = new Client(redis.url)
  await admin.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383').catch(async () => {
    // Before Redis 7.
    const slots = Array.from({ length: 16_384 }, (_, slot) => String(slot))
    await admin.call('CLUSTER', 'ADDSLOTS', ...slots)
  })
  await until('the cluster to serve', 20_000, async () =>
    String(await admin.call('CLUSTER', 'INFO')).includes('cluster_state:ok'),
  )
})

afterAll(async () => {
  await admin.quit()
  await redis.stop()
})

storeConformance({
  test: (name, run) => test(name, run, 70_000),
  supports: { persistent: true, shared: true, identity: false },
  create: ({ place }) => redisStore({ cluster: [redis.url], prefix: place }),
  unusable: () => redisStore({ cluster: ['redis://127.0.0.1:1'], timeout: 300 }),
})
