import { setTimeout as wait } from 'node:timers/promises'
import type { Redis } from '@faust-tools/services'
import { startRedis } from '@faust-tools/services'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { at, open, put, scan, started } from './helpers.ts'

let redis: Redis

beforeAll(async () => {
  redis = await startRedis({ properties: { appendfsync: 'always' } })
})

afterAll(() => redis.stop())

test('a Redis that is killed and comes back costs waiting, no write and no read', async () => {
  const shard = await open(await started({ url: redis.url, prefix: 'killed', timeout: 120_000 }))
  await put(shard, { a: '1' }, 1)
  await redis.node.kill()
  const write = put(shard, { a: '2', b: '2' }, 2)
  const read = shard.get(new TextEncoder().encode('a'))
  await wait(300)
  await redis.node.restart()
  await write
  expect(await read).toBeDefined()
  expect(shard.position).toEqual(at(2))
  expect(await scan(shard)).toEqual(['a=2', 'b=2'])
})

test('while it does not answer, calls fail in time and say so; then the shard goes on', async () => {
  const shard = await open(await started({ url: redis.url, prefix: 'paused', timeout: 2000 }))
  await put(shard, { a: '1' }, 1)
  await redis.node.pause()
  try {
    const failed = { code: 'FAUST_STORE_FAILED', retriable: true }
    await expect(shard.get(new Uint8Array(1))).rejects.toMatchObject(failed)
    await expect(put(shard, { a: '2', lost: '2' }, 2)).rejects.toMatchObject(failed)
  } finally {
    await redis.node.resume()
  }
  // Whether the write that failed was done or not, the next one stands on it or replaces it.
  await expect
    .poll(() =>
      put(shard, { a: '3', lost: null }, 3).then(
        () => true,
        () => false,
      ),
    )
    .toBe(true)
  expect(shard.position).toEqual(at(3))
  expect(await scan(shard)).toEqual(['a=3'])
})

test('many writes while it is killed again and again are all there, each once', async () => {
  const store = await started({ url: redis.url, prefix: 'churn', timeout: 120_000 })
  const shard = await open(store)
  let writing = true
  const kills = (async () => {
    for (let turn = 0; turn < 3; turn++) {
      await wait(200)
      await redis.node.kill()
      await redis.node.restart()
    }
    writing = false
  })()
  let offset = 0
  for (; writing; offset++) await put(shard, { last: String(offset), [`key-${offset % 50}`]: String(offset) }, offset)
  await kills
  expect(shard.position).toEqual(at(offset - 1))
  const expected = new Map<string, string>([['last', String(offset - 1)]])
  for (let turn = 0; turn < offset; turn++) expected.set(`key-${turn % 50}`, String(turn))
  expect((await scan(shard)).toSorted()).toEqual([...expected].map(([key, value]) => `${key}=${value}`).toSorted())
  const again = await open(await started({ url: redis.url, prefix: 'churn' }), 2)
  expect(again.position).toEqual(at(offset - 1))
})

test('a worker that was away is fenced by its successor, also with writes that were under way', async () => {
  const old = await open(await started({ url: redis.url, prefix: 'fenced', timeout: 120_000 }), 1)
  await put(old, { a: '1' }, 1)
  await redis.node.kill()
  const late = put(old, { a: 'zombie' }, 2)
  const opening = started({ url: redis.url, prefix: 'fenced', timeout: 120_000 }).then((store) => open(store, 2))
  await redis.node.restart()
  const owner = await opening
  const outcome = await late.then(
    () => 'written',
    (error: { code: string }) => error.code,
  )
  // Either it came before the successor, who then saw it, or it was refused.
  const [position, content] = outcome === 'written' ? [at(2), 'a=zombie'] : [at(1), 'a=1']
  expect(outcome).toMatch(/^(written|FAUST_STORE_FENCED)$/)
  expect(owner.position).toEqual(position)
  expect(await scan(owner)).toEqual([content])
  await expect(put(old, { a: 'zombie' }, 3)).rejects.toMatchObject({ code: 'FAUST_STORE_FENCED' })
})

test('closing while it is down ends soon', async () => {
  const store = await started({ url: redis.url, prefix: 'closing', timeout: 60_000 })
  const shard = await open(store)
  await redis.node.kill()
  const write = put(shard, { a: '1' }, 1).catch((error: { code: string }) => error.code)
  await wait(100)
  const begun = performance.now()
  await store.close()
  expect(performance.now() - begun).toBeLessThan(30_000)
  expect(await write).toBe('FAUST_CLOSED')
  await redis.node.restart()
})

test('a policy that throws entries away is refused at the start', async () => {
  const evicting = await startRedis({ properties: { maxmemory: '64mb', 'maxmemory-policy': 'allkeys-lru' } })
  try {
    await expect(started({ url: evicting.url })).rejects.toMatchObject({
      code: 'FAUST_STORE_UNAVAILABLE',
      message: expect.stringMatching(/maxmemory-policy is allkeys-lru.*noeviction/) as string,
    })
  } finally {
    await evicting.stop()
  }
})

test('without memory a batch is refused as a whole, and written when there is some', async () => {
  const small = await startRedis({ properties: { maxmemory: '4mb', 'maxmemory-policy': 'noeviction' } })
  try {
    const shard = await open(await started({ url: small.url }))
    const large = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`key-${index}`, 'x'.repeat(20_000)]))
    let offset = 0
    const fill = async (): Promise<void> => {
      for (; offset < 10; offset++) {
        const values = Object.entries(large).map(([key, value]) => [`${offset}-${key}`, value] as const)
        await put(shard, Object.fromEntries(values), offset)
      }
    }
    await expect(fill()).rejects.toMatchObject({
      code: 'FAUST_STORE_FAILED',
      message: expect.stringMatching(/no memory left/) as string,
    })
    expect(await scan(shard)).toHaveLength(offset * 100)
    expect(shard.position?.offset ?? -1).toBe(offset - 1)
    await shard.clear()
    await put(shard, { a: '1' }, 20)
    expect(await scan(shard)).toEqual(['a=1'])
  } finally {
    await small.stop()
  }
})
