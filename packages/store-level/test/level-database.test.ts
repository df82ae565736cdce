import { randomBytes } from 'node:crypto'
import { closeSync, openSync, readdirSync, rmSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { isPromise, type ShardUse } from '@faust/core'
import { startChild } from '@faust-tools/test-support'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { LevelStoreOptions } from '../src/index.ts'
import { at, bytes, open, scan, started, temporary, text } from './helpers.ts'

const script = new URL('child.mjs', import.meta.url)

test('get and a short getMany answer at once, a long one and one beside a write by promise', async () => {
  const shard = await open(await started({ directory: temporary() }))
  const keys = Array.from({ length: 40 }, (_, number) => bytes(`key-${number}`))
  await shard.write({ entries: keys.map((key) => ({ key, value: key })), position: at(1) })
  expect(shard.get(keys[7]!)).toSatisfy((found: Uint8Array) => text(found) === 'key-7')
  expect(shard.get(bytes('none'))).toBeUndefined()
  expect(isPromise(shard.getMany(keys.slice(0, 16)))).toBe(false)
  expect(isPromise(shard.getMany(keys.slice(0, 17)))).toBe(true)
  for (const many of [keys, keys.slice(0, 3)]) {
    const found = await shard.getMany([...many, bytes('none')])
    expect(found.map((value) => value && text(value))).toEqual([...many.map(text), undefined])
  }
  const write = shard.write({ entries: [], position: at(2) })
  expect(isPromise(shard.getMany(keys.slice(0, 2)))).toBe(true)
  await write
})

test('a range gives the shard as it was at the call, also when it is emptied meanwhile', async () => {
  const shard = await open(await started({ directory: temporary() }))
  const entries = Array.from({ length: 5000 }, (_, number) => ({
    key: bytes(String(number).padStart(5, '0')),
    value: bytes('1'),
  }))
  await shard.write({ entries, position: at(1) })
  const before = shard.range()
  await shard.write({ entries: entries.map(({ key }) => ({ key, value: bytes('2') })), position: at(2) })
  const between = shard.range({ reverse: true })
  await shard.clear()
  for (const [range, value] of [
    [before, '1'],
    [between, '2'],
  ] as const) {
    let count = 0
    for await (const items of range) {
      for (const item of items) if (text(item.value) === value) count++
    }
    expect(count).toBe(5000)
  }
  expect(await scan(shard)).toEqual([])
})

test('emptying a shard three hundred times leaves nothing of any time before', async () => {
  const store = await started({ directory: temporary() })
  let shard = await open(store)
  for (let turn = 0; turn < 300; turn++) {
    await shard.write({ entries: [{ key: bytes(`key-${turn}`), value: bytes('1') }], position: at(turn) })
    expect(await scan(shard)).toEqual([`key-${turn}=1`])
    await shard.clear()
    if (turn % 100 !== 50) continue
    await shard.close()
    shard = await open(store)
  }
  expect(await scan(shard)).toEqual([])
  expect(shard.position).toBeNull()
})

test('entries that a crash left of an emptied shard are never seen and soon gone', async () => {
  const directory = temporary()
  const first = await started({ directory })
  await (await open(first)).write({ entries: [{ key: bytes('a'), value: bytes('1') }], position: at(1) })
  await first.close()

  // The batch that empties a shard, and then nothing more of `clear`.
  const path = join(directory, 'app', 'shards', 'table-0')
  const db = new ClassicLevel<Uint8Array, Uint8Array>(path, { keyEncoding: 'view', valueEncoding: 'view' })
  await db.open()
  await db.batch().put(Uint8Array.of(0, 2), Uint8Array.of(2)).del(Uint8Array.of(0, 1)).write()
  await db.close()

  const second = await started({ directory })
  const shard = await open(second)
  expect(shard.position).toBeNull()
  expect(await scan(shard)).toEqual([])
  await second.close()
  await db.open()
  expect((await db.keys().all()).map((key) => [...key])).toEqual([[0, 2]])
  await db.close()
})

// Eight processes, one after the other: a slow machine needs its time.
test(
  'a SIGKILL at any moment, also while it is emptied, leaves data that match the position',
  { timeout: 120_000 },
  async () => {
    const directory = temporary()
    for (let round = 0; round < 8; round++) {
      const child = startChild(script, 'churn', directory)
      let last: Record<string, unknown> = {}
      for (let fact = 0; fact < 3 + round * 3; fact++) last = await child.next()
      await new Promise((resolve) => setTimeout(resolve, round))
      await child.kill()
      last = child.facts.at(-1) ?? last

      const store = await started({ directory })
      const shard = await open(store)
      const found = await scan(shard)
      if (shard.position === null) {
        expect(found).toEqual([])
      } else {
        expect(found).toHaveLength(300)
        const { offset } = shard.position
        for (const item of found) expect(item.slice(3)).toMatch(new RegExp(`^${offset}:x+$`))
        if (typeof last['written'] === 'number') expect(offset).toBeGreaterThanOrEqual(last['written'])
      }
      await store.close()
    }
  },
)

test.skipIf(process.platform === 'win32')(
  'a disk that takes no more is an error, and what had been written stays',
  async () => {
    const child = startChild(script, 'fill', temporary(), 60)
    expect(await child.next()).toEqual({ opened: true })
    const failed = await child.next()
    expect(failed).toMatchObject({
      failed: {
        code: 'FAUST_STORE_FAILED',
        message: expect.stringMatching(/write shard table\/0: .*too large/i) as string,
      },
    })
    const offset = failed['offset'] as number
    expect(offset).toBeGreaterThanOrEqual(0)
    const again = await child.next()
    expect(again).toMatchObject({ again: { code: 'FAUST_STORE_FAILED' }, position: { offset } })
    expect(await child.next()).toMatchObject({ position: { offset } })
  },
)

test('opening again takes a small part of the time of writing', async () => {
  const directory = temporary()
  const first = await started({ directory })
  const shard = await open(first)
  const value = new Uint8Array(100)
  const begin = performance.now()
  for (let batch = 0; batch < 100; batch++) {
    const entries = Array.from({ length: 1000 }, (_, number) => ({ key: bytes(`${number * 7919}-${batch}`), value }))
    await shard.write({ entries, position: at(batch) })
  }
  const writing = performance.now() - begin
  await first.close()

  // The fastest of some, since others use the machine too.
  let opening = Infinity
  for (let turn = 0; turn < 5; turn++) {
    const again = await started({ directory })
    const start = performance.now()
    expect((await open(again)).position).toEqual(at(99))
    opening = Math.min(opening, performance.now() - start)
    await again.close()
  }
  expect(opening / writing).toBeLessThan(0.5)
})

const keys = fc.integer({ min: 0, max: 200 }).map((number) => (number === 0 ? '' : number.toString(36)))
const bounds = fc.record(
  { gte: keys, gt: keys, lte: keys, lt: keys, reverse: fc.boolean(), limit: fc.integer({ min: 0, max: 200 }) },
  { requiredKeys: [] },
)
const action = fc.oneof(
  { weight: 6, arbitrary: fc.record({ write: fc.array(fc.tuple(keys, fc.option(keys)), { maxLength: 40 }) }) },
  { weight: 3, arbitrary: fc.record({ range: bounds }) },
  { weight: 2, arbitrary: fc.record({ get: fc.array(keys, { maxLength: 30 }) }) },
  { weight: 1, arbitrary: fc.record({ tune: fc.constantFrom<ShardUse>('restore', 'serve') }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom({ reopen: 'shard' }, { reopen: 'store' }, { clear: true }, { destroy: true }),
  },
)
const maybe = (bound: string | undefined): Uint8Array | undefined => (bound === undefined ? undefined : bytes(bound))

test('any sequence of operations gives what a Map would', async () => {
  const directory = temporary()
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 30, size: 'max' }), fc.uuid(), async (actions, app) => {
      const model = new Map<string, string>()
      let store = await started({ directory }, { app })
      let shard = await open(store)
      let offset = 0
      for (const step of actions) {
        if ('write' in step) {
          for (const [key, value] of step.write) {
            if (value === null) model.delete(key)
            else model.set(key, value)
          }
          const entries = step.write.map(([key, value]) => ({
            key: bytes(key),
            value: value === null ? null : bytes(value),
          }))
          await shard.write({ entries, position: at(++offset) })
        } else if ('range' in step) {
          const { gte, gt, lte, lt, reverse, limit } = step.range
          const wanted = [...model.keys()]
            .filter((key) => (gte ?? key) <= key && (lte ?? key) >= key)
            .filter((key) => (gt === undefined || gt < key) && (lt === undefined || lt > key))
            .sort()
          if (reverse === true) wanted.reverse()
          const range = { gte: maybe(gte), gt: maybe(gt), lte: maybe(lte), lt: maybe(lt), reverse, limit }
          expect(await scan(shard, range)).toEqual(wanted.slice(0, limit).map((key) => `${key}=${model.get(key)}`))
        } else if ('get' in step) {
          const found = await shard.getMany(step.get.map(bytes))
          expect(found.map((value) => value && text(value))).toEqual(step.get.map((key) => model.get(key)))
        } else if ('tune' in step) {
          await shard.tune!(step.tune)
        } else if ('reopen' in step) {
          await shard.close()
          if (step.reopen === 'store') {
            await store.close()
            store = await started({ directory }, { app })
          }
          shard = await open(store)
          expect(shard.position).toEqual(offset === 0 ? null : at(offset))
        } else {
          if ('clear' in step) await shard.clear()
          await shard.close()
          if ('destroy' in step) await store.destroy('table', 0)
          shard = await open(store)
          model.clear()
          offset = 0
          expect(shard.position).toBeNull()
        }
      }
      expect(await scan(shard)).toEqual([...model.keys()].sort().map((key) => `${key}=${model.get(key)}`))
      await store.close()
    }),
    { numRuns: 40 },
  )
})

/** Files that LevelDB has sorted, after 5 MiB of entries: more than one buffer of 4 MiB, and less than one of 8. */
async function filesAfter(use: ShardUse, options: Omit<LevelStoreOptions, 'directory'> = {}): Promise<number> {
  const directory = temporary()
  const shard = await open(await started({ directory, ...options }))
  await shard.tune!(use)
  for (let batch = 0; batch < 50; batch++) {
    const entries = Array.from({ length: 100 }, (_, index) => ({
      key: bytes(`${index}-${batch}`),
      value: randomBytes(1024),
    }))
    await shard.write({ entries, position: at(batch) })
  }
  await shard.close()
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' })
  return files.filter((file) => file.endsWith('.ldb')).length
}

test('a restore collects more before it sorts, unless its buffer is that of every day', async () => {
  expect(await filesAfter('serve')).toBeGreaterThan(0)
  expect(await filesAfter('restore')).toBe(0)
  expect(await filesAfter('restore', { restoreBufferSize: 4 * 2 ** 20 })).toBeGreaterThan(0)
  expect(await filesAfter('serve', { writeBufferSize: 16 * 2 ** 20 })).toBe(0)
  expect(await filesAfter('restore', { writeBufferSize: 16 * 2 ** 20 })).toBe(0)
})

test('tuning keeps the generation of a shard that was emptied', async () => {
  const shard = await open(await started({ directory: temporary() }))
  await shard.write({ entries: [{ key: bytes('a'), value: bytes('1') }], position: at(1) })
  await shard.clear()
  await shard.tune!('restore')
  expect(await scan(shard)).toEqual([])
  await shard.write({ entries: [{ key: bytes('b'), value: bytes('2') }], position: at(2) })
  await shard.tune!('serve')
  expect(await scan(shard)).toEqual(['b=2'])
})

/** A shard tuned for a restore that has written at 1, 2 and 3, and its folder. */
async function restored() {
  const directory = temporary()
  const store = await started({ directory })
  const shard = await open(store)
  await shard.tune!('restore')
  for (const offset of [1, 2, 3]) {
    await shard.write({ entries: [{ key: bytes(`${offset}`), value: randomBytes(1024) }], position: at(offset) })
  }
  const shards = join(directory, readdirSync(directory)[0]!, 'shards')
  return { store, shard, folder: join(shards, readdirSync(shards)[0]!) }
}

test.each([
  ['the whole directory', (folder: string) => join(folder, '..', '..')],
  ['the folder of a shard', (folder: string) => folder],
  ['a file of it', (folder: string) => join(folder, 'CURRENT')],
])('where somebody has deleted %s, tuning fails and does not begin anew with an empty shard', async (_what, gone) => {
  const { folder, shard } = await restored()
  rmSync(gone(folder), { recursive: true })
  await expect(shard.tune!('serve')).rejects.toMatchObject({
    code: 'FAUST_STORE_FAILED',
    message: expect.stringMatching(/could not tune shard .*start the app again/),
  })
  await shard.close()
})

test('where the log has lost what was written last, tuning fails, and the shard is found without it', async () => {
  const { folder, shard, store } = await restored()
  const log = join(
    folder,
    readdirSync(folder).find((name) => name.endsWith('.log'))!,
  )
  const file = openSync(log, 'r+')
  writeSync(file, 'damage', statSync(log).size - 100)
  closeSync(file)
  await expect(shard.tune!('serve')).rejects.toMatchObject({
    code: 'FAUST_STORE_FAILED',
    message: expect.stringMatching(/lost what was written last.*start the app again/),
  })
  await shard.close()
  expect((await open(store)).position).toEqual(at(2))
})
