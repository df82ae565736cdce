import { isFaustError, silentLogger, systemClock } from '@faust/core'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { redisStore } from '../src/index.ts'
import { WRITE } from '../src/scripts/changes.ts'
import { at, bytes, open, put, scan, started } from './helpers.ts'

const url = inject('redisUrl')
const run = crypto.randomUUID()
let redis: Redis
let place = 0

beforeAll(() => {
  redis = new Redis(url)
})

afterAll(async () => {
  const keys = await redis.keys(`{${run}*`)
  if (keys.length > 0) await redis.unlink(...keys)
  await redis.quit()
})

const prefix = (): string => `${run}-${place++}`

test('the keys are those of the README, and destroying leaves none of a shard', async () => {
  const name = prefix()
  const store = await started({ url, prefix: name }, 'a:b')
  const shard = await store.open('t{}', 3, { mode: 'active', epoch: 1 })
  await put(shard, { a: '1' }, 1)
  const left = shard.range()
  await put(shard, { a: '2' }, 2)
  await shard.clear()
  const base = `{${name}:a%3Ab:t%7B%7D:3}`
  const parts = ['bases', 'data:1', 'index:1', 'kept', 'meta', 'readers', 'undo-index:<id>', 'undo:<id>']
  const found = (await redis.keys(`{${name}*`)).map((key) => key.replace(/(undo.*):.{36}$/, '$1:<id>'))
  expect(found.sort()).toEqual([...parts.map((part) => `${base}:${part}`), `{${name}:a%3Ab}:shards`])
  for await (const items of left) expect(items).toHaveLength(1)
  await shard.close()
  expect(await redis.keys(`${base}*`)).toEqual([`${base}:meta`])
  await store.destroy('t{}', 3)
  expect(await redis.keys(`${base}*`)).toEqual([])
  expect(await redis.smembers(`{${name}:a%3Ab}:shards`)).toEqual([])
})

test('closing a shard ends ranges that nobody read, and a dead reader is forgotten after its lease', async () => {
  const name = prefix()
  const base = `{${name}:app:table:0}`
  const shard = await open(await started({ url, prefix: name }))
  await put(shard, { a: '1' }, 1)
  shard.range()
  await put(shard, { a: '2' }, 2)
  await shard.close()
  expect(await redis.exists(`${base}:readers`)).toBe(0)

  // What a worker leaves that was killed in a range, an hour ago.
  await redis.zadd(`${base}:readers`, Date.now() - 3_600_000, 'dead')
  await redis.hset(`${base}:undo:dead`, 'a', 'v0')
  await redis.zadd(`${base}:undo-index:dead`, 0, 'a')
  const next = await open(await started({ url, prefix: name }), 2)
  expect(await redis.keys(`${base}*dead*`)).toEqual([])
  expect(await redis.exists(`${base}:readers`)).toBe(0)
  expect(await scan(next)).toEqual(['a=2'])
})

test('a range whose lease has ended says so instead of showing something else', async () => {
  const name = prefix()
  const shard = await open(await started({ url, prefix: name }))
  await put(shard, { a: '1' }, 1)
  const range = shard.range()
  await put(shard, { a: '2' }, 2)
  await redis.del(`{${name}:app:table:0}:readers`)
  await expect(async () => {
    for await (const _items of range);
  }).rejects.toMatchObject({ code: 'FAUST_STORE_FAILED', message: expect.stringContaining('rangeLease') as string })
})

test('a range that is read slowly keeps its lease', async () => {
  const shard = await open(await started({ url, prefix: prefix(), rangeLease: 1000 }))
  await shard.write({
    entries: Array.from({ length: 3000 }, (_, index) => ({ key: bytes(`key-${index}`), value: bytes('1') })),
    position: at(1),
  })
  let count = 0
  for await (const items of shard.range()) {
    if (count === 0) await new Promise((resolve) => setTimeout(resolve, 2500))
    count += items.length
  }
  expect(count).toBe(3000)
})

test('a worker is told when Redis lost what it had written, and writes nothing on top', async () => {
  const losses: [string, (base: string) => Promise<unknown>][] = [
    ['the shard is gone', (base) => redis.del(`${base}:meta`)],
    ['an earlier one', (base) => redis.hset(`${base}:meta`, 'version', '1', 'position', JSON.stringify(at(1)))],
  ]
  for (const [words, lose] of losses) {
    const name = prefix()
    const shard = await open(await started({ url, prefix: name }), 3)
    await put(shard, { a: '1' }, 1)
    await put(shard, { a: '2' }, 2)
    await lose(`{${name}:app:table:0}`)
    await expect(put(shard, { b: '3' }, 3)).rejects.toMatchObject({
      code: 'FAUST_STORE_FAILED',
      message: expect.stringMatching(new RegExp(`${words}.*Nothing was written.*Start the worker again`)) as string,
    })
    expect(shard.position).toEqual(at(2))
    expect(await redis.hexists(`{${name}:app:table:0}:data`, 'b')).toBe(0)
  }
})

test('of two openers of one epoch the one that did not write last is fenced', async () => {
  const name = prefix()
  const [one, two] = [await started({ url, prefix: name }), await started({ url, prefix: name })]
  const first = await open(one, 4)
  const second = await open(two, 4)
  await put(second, { a: 'second' }, 1)
  await expect(put(first, { a: 'first' }, 1)).rejects.toMatchObject({
    code: 'FAUST_STORE_FENCED',
    message: expect.stringContaining('another worker of the same epoch (4)') as string,
  })
  await put(second, { b: 'second' }, 2)
  expect(await scan(second)).toEqual(['a=second', 'b=second'])
})

test('a write that arrives a second time, or after its successor, does nothing', async () => {
  const name = prefix()
  const base = `{${name}:app:table:0}`
  const shard = await open(await started({ url, prefix: name }))
  await put(shard, { a: '1' }, 1)
  await put(shard, { a: '2' }, 2)
  const writer = (await redis.hget(`${base}:meta`, 'writer'))!
  for (const version of [2, 1]) {
    // Epoch, the version it stands on, its own, writer, position, one put.
    const args = [1, version - 1, version, writer, JSON.stringify(at(version)), 1, 'a', 'late']
    expect(await redis.eval(WRITE, 1, base, ...args)).toEqual(['ok'])
  }
  expect(await scan(shard)).toEqual(['a=2'])
  expect(JSON.parse((await redis.hget(`${base}:meta`, 'position'))!)).toEqual(at(2))
  await put(shard, { a: '3' }, 3)
  expect(await scan(shard)).toEqual(['a=3'])
})

test('a server that can not be used is refused at the start, without its password in the message', async () => {
  const { host } = new URL(url)
  const wrong = redisStore({ url: `redis://user:secret@${host}`, timeout: 2000 })
  const error: unknown = await wrong
    .start({ app: 'app', clock: systemClock(), logger: silentLogger })
    .catch((reason: unknown) => reason)
  await wrong.close()
  expect(isFaustError(error, 'FAUST_STORE_UNAVAILABLE')).toBe(true)
  expect((error as Error).message).toContain(`store-redis can't use ${host}`)
  expect((error as Error).message).not.toContain('secret')
})
