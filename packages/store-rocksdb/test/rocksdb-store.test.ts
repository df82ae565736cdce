import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { StoreRange } from '@faust/core'
import { startChild } from '@faust-tools/test-support'
import { expect, test } from 'vitest'
import { at, bytes, open, scan, started, temporary, text } from './helpers.ts'

const script = new URL('child.mjs', import.meta.url)

test('the directory is laid out as the README says', async () => {
  const directory = temporary()
  const store = await started({ directory }, { app: 'hello-app-v2' })
  await open(store, 'orderCount', 3)
  await store.identity()
  const root = join(directory, 'hello-app-v2')
  expect(readdirSync(root).sort()).toEqual(['identity', 'lock', 'owner.json', 'shards', 'store.json'])
  expect(readdirSync(join(root, 'shards'))).toEqual(['order+count-3'])
  expect(JSON.parse(readFileSync(join(root, 'store.json'), 'utf8'))).toEqual({
    format: 1,
    store: 'store-rocksdb',
    app: 'hello-app-v2',
  })
})

test('a directory that another process has is refused until that process dies, even by SIGKILL', async () => {
  const directory = temporary()
  const holder = startChild(script, 'hold', directory)
  expect(await holder.next()).toEqual({ opened: true })
  await expect(started({ directory })).rejects.toMatchObject({
    code: 'FAUST_STORE_LOCKED',
    message: expect.stringMatching(/process \d+ on .* has it since 20.*rocksdbStore\(\{ directory/) as string,
  })
  await holder.kill()
  await open(await started({ directory }))
})

test('a damaged shard says which folder to delete, and keeps no other from being used', async () => {
  const directory = temporary()
  const first = await started({ directory })
  for (const partition of [0, 1]) {
    const shard = await open(first, 'table', partition)
    await shard.write({ entries: [{ key: bytes('a'), value: bytes('1') }], position: at(partition) })
  }
  await first.close()
  const folder = join(directory, 'app', 'shards', 'table-0')
  const manifest = readdirSync(folder).find((name) => name.startsWith('MANIFEST'))!
  writeFileSync(join(folder, manifest), 'rubbish')

  const store = await started({ directory })
  await expect(open(store)).rejects.toMatchObject({
    code: 'FAUST_STORE_FAILED',
    message: expect.stringMatching(new RegExp(`delete the folder ${folder} and start again`)) as string,
  })
  expect(await scan(await open(store, 'table', 1))).toEqual(['a=1'])
  await store.destroy('table', 0)
  expect((await open(store)).position).toBeNull()
})

test.skipIf(process.platform === 'win32')(
  'a disk that takes no more is an error, and what had been written stays',
  async () => {
    const directory = temporary()
    const child = startChild(script, 'fill', directory, 400)
    expect(await child.next()).toEqual({ opened: true })
    const failed = await child.next()
    expect(failed).toMatchObject({
      failed: {
        code: 'FAUST_STORE_FAILED',
        message: expect.stringMatching(/write shard table\/0: .*too large/i) as string,
      },
    })
    const offset = failed['offset'] as number
    expect(await child.next()).toMatchObject({ again: { code: 'FAUST_STORE_FAILED' }, position: { offset } })
    await child.kill()
    expect((await open(await started({ directory }))).position).toMatchObject({ offset })
  },
)

test('gets of one step are answered together, beside a write under way', async () => {
  const shard = await open(await started({ directory: temporary() }))
  const keys = Array.from({ length: 200 }, (_, number) => bytes(`key-${number}`))
  await shard.write({ entries: keys.map((key) => ({ key, value: key })), position: at(1) })
  const write = shard.write({ entries: [{ key: bytes('key-0'), value: bytes('new') }], position: at(2) })
  const found = await Promise.all([...keys.slice(1), bytes('none')].map(async (key) => shard.get(key)))
  expect(found.map((value) => value && text(value))).toEqual([...keys.slice(1).map(text), undefined])
  await write
})

test('chunks of a range follow the size of its items', async () => {
  const shard = await open(await started({ directory: temporary() }))
  const entries = [
    ...Array.from({ length: 3000 }, (_, number) => ({ key: bytes(`a-${1000 + number}`), value: bytes('small') })),
    ...Array.from({ length: 40 }, (_, number) => ({ key: bytes(`b-${100 + number}`), value: new Uint8Array(50_000) })),
  ]
  await shard.write({ entries, position: at(1) })
  const sizes = async (range: StoreRange): Promise<number[]> => {
    const found: number[] = []
    for await (const items of shard.range(range)) found.push(items.length)
    return found
  }
  expect(await sizes({ lt: bytes('b') })).toEqual([16, ...Array<number>(11).fill(256), 168])
  expect(await sizes({ gt: bytes('b'), reverse: true })).toEqual([16, ...Array<number>(24).fill(1)])
  expect(await sizes({ limit: 17 })).toEqual([16, 1])
})
