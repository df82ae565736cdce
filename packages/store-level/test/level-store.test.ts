import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '@faust/core'
import { startChild } from '@faust-tools/test-support'
import { expect, test } from 'vitest'
import { levelStore } from '../src/index.ts'
import { at, bytes, open, scan, started, temporary } from './helpers.ts'

const script = new URL('child.mjs', import.meta.url)

test('the directory is laid out as the README says', async () => {
  const directory = temporary()
  const store = await started({ directory }, { app: 'hello-app-v2' })
  await open(store, 'orderCount', 3)
  const identity = await store.identity()
  const root = join(directory, 'hello-app-v2')
  expect(readdirSync(root).sort()).toEqual(['identity', 'lock', 'owner.json', 'shards', 'store.json'])
  expect(readdirSync(join(root, 'shards'))).toEqual(['order+count-3'])
  expect(JSON.parse(readFileSync(join(root, 'store.json'), 'utf8'))).toEqual({
    format: 1,
    store: 'store-level',
    app: 'hello-app-v2',
  })
  expect(readFileSync(join(root, 'identity'), 'utf8')).toBe(`${identity}\n`)
  expect(identity).toMatch(/^[0-9a-f]{8}-/)
})

test('before its start a store does nothing and says so', async () => {
  const store = levelStore({ directory: temporary() })
  await expect(open(store)).rejects.toMatchObject({ code: 'FAUST_NOT_STARTED' })
  await expect(store.identity()).rejects.toMatchObject({ code: 'FAUST_NOT_STARTED' })
  await store.close()
})

test('a directory that can not be made is named with the remedy', async () => {
  const directory = temporary()
  writeFileSync(join(directory, 'file'), '')
  const below = join(directory, 'file', 'state')
  await expect(started({ directory: below })).rejects.toMatchObject({
    code: 'FAUST_STORE_DIRECTORY',
    message: expect.stringMatching(new RegExp(`${below}.*Give levelStore a directory`)),
  })
})

test('a directory of another app, of a later format or of something else is left alone', async () => {
  const directory = temporary()
  const root = join(directory, 'app')
  mkdirSync(root)
  const contents: [string, RegExp][] = [
    ['{"format":2,"app":"app"}', /format 2 of another version of store-level \(this one: 1\)/],
    [
      '{"format":1,"store":"store-rocksdb","app":"app"}',
      /was written by store-rocksdb\. Give levelStore another directory/,
    ],
    ['{"format":1,"store":"store-level","app":"App"}', /belongs to the app App, not to app/],
    ['nonsense', /store.json is not what store-level wrote/],
    ['[]', /store.json is not what store-level wrote/],
  ]
  for (const [content, message] of contents) {
    writeFileSync(join(root, 'store.json'), content)
    await expect(started({ directory })).rejects.toMatchObject({
      code: 'FAUST_STORE_DIRECTORY',
      message: expect.stringMatching(message),
    })
    expect(readFileSync(join(root, 'store.json'), 'utf8')).toBe(content)
  }
})

test('a directory that another process has is refused until that process dies, even by SIGKILL', async () => {
  const directory = temporary()
  const holder = startChild(script, 'hold', directory)
  expect(await holder.next()).toEqual({ opened: true })
  await expect(started({ directory })).rejects.toMatchObject({
    code: 'FAUST_STORE_LOCKED',
    message: expect.stringMatching(/process \d+ on .* has it since 20.*a directory of its own/),
    details: { path: join(directory, 'app'), pid: expect.any(Number) as number },
  })
  await holder.kill()
  await open(await started({ directory }))
})

test('a second store of this process is refused, by any path, and opens no door to other processes', async () => {
  const directory = temporary()
  const store = await started({ directory })
  symlinkSync(directory, join(directory, 'link'))
  for (const path of [directory, join(directory, 'link')]) {
    await expect(started({ directory: path })).rejects.toThrow(/another app or store of this process has it since/)
  }
  const other = startChild(script, 'hold', directory)
  expect(await other.next()).toMatchObject({ failed: { code: 'FAUST_STORE_LOCKED' } })

  await started({ directory }, { app: 'another-app' })
  await store.close()
  await started({ directory })
})

test('a store serves one app once', async () => {
  const store = await started({ directory: temporary() })
  const again = store.start({ app: 'app', clock: systemClock(), logger: undefined as never })
  await expect(again).rejects.toMatchObject({ code: 'FAUST_STORE_LOCKED' })
})

test('a start that failed can be tried again with a new store', async () => {
  const directory = temporary()
  const shards = join(directory, 'app', 'shards')
  mkdirSync(join(directory, 'app'))
  writeFileSync(shards, 'in the way')
  await expect(started({ directory })).rejects.toMatchObject({ code: 'FAUST_STORE_DIRECTORY' })
  rmSync(shards)
  await started({ directory })
})

test('closing while it starts or opens leaves nothing behind', async () => {
  const directory = temporary()
  const starting = levelStore({ directory })
  const start = starting.start({ app: 'app', clock: systemClock(), logger: undefined as never })
  const close = starting.close()
  await expect(start).rejects.toMatchObject({ code: 'FAUST_CLOSED' })
  await close

  const store = await started({ directory })
  const opening = open(store)
  await store.close()
  const shard = await opening
  await expect(async () => shard.get(bytes('a'))).rejects.toMatchObject({ code: 'FAUST_CLOSED' })
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

  const warnings: unknown[] = []
  const store = await started({ directory }, { warn: (_facts: unknown, message?: string) => warnings.push(message) })
  const advice = expect.stringMatching(new RegExp(`delete the folder ${folder} and start again`))
  await expect(open(store)).rejects.toMatchObject({ code: 'FAUST_STORE_FAILED', message: advice })
  const listed = [...(await store.list()), ...(await store.list())]
  expect(listed.filter((info) => info.partition === 0).map((info) => info.position)).toEqual([null, null])
  expect(listed.filter((info) => info.partition === 1).map((info) => info.position)).toEqual([at(1), at(1)])
  expect(warnings, 'one warning however often it is listed').toEqual([advice])
  expect(await scan(await open(store, 'table', 1))).toEqual(['a=1'])

  await store.destroy('table', 0)
  expect((await open(store)).position).toBeNull()
})

test('what a crash left half deleted is gone after the next start, and foreign folders are no shards', async () => {
  const directory = temporary()
  const root = join(directory, 'app')
  for (const folder of ['removed/table-0-x', 'shards/notes', 'shards/.cache', 'shards/table-1']) {
    mkdirSync(join(root, folder), { recursive: true })
  }
  const store = await started({ directory })
  expect(readdirSync(root)).not.toContain('removed')
  expect(await store.list()).toEqual([{ table: 'table', partition: 1, position: null }])
})

test('an identity that a power cut left empty is made anew', async () => {
  const directory = temporary()
  mkdirSync(join(directory, 'app'))
  writeFileSync(join(directory, 'app', 'identity'), '')
  const identity = await (await started({ directory })).identity()
  expect(identity).toMatch(/^[0-9a-f-]{36}$/)
})
