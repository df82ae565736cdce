import fc from 'fast-check'
import { expect, test } from 'vitest'
import { systemClock } from '../../../src/service/clock.ts'
import type { LogMethod, Logger } from '../../../src/service/logger.ts'
import { embeddedStore } from '../../../src/store/embedded/embedded-store.ts'
import type { Shard, ShardPosition, Store, StoreRange } from '../../../src/store/store.ts'

const silent: LogMethod = () => {}
const logger: Logger = {
  trace: silent,
  debug: silent,
  info: silent,
  warn: silent,
  error: silent,
  fatal: silent,
  child: () => logger,
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const maybe = (text: string | undefined): Uint8Array | undefined => (text === undefined ? undefined : bytes(text))
const text = (value: Uint8Array | undefined): string | undefined => value && new TextDecoder().decode(value)
const at = (offset: number): ShardPosition => ({ log: 'log-1', offset, time: 5, note: '' })

async function started(app = 'shop'): Promise<Store> {
  const store = embeddedStore()
  await store.start({ app, clock: systemClock(), logger })
  return store
}

async function opened(store?: Store, epoch = 0): Promise<Shard> {
  return (store ?? (await started())).open('orders', 0, { mode: 'active', epoch })
}

async function scan(shard: Shard, range?: StoreRange): Promise<string[]> {
  const found: string[] = []
  for await (const items of shard.range(range)) {
    for (const { key, value } of items) found.push(`${text(key)}=${text(value)}`)
  }
  return found
}

test('get, getMany and write answer at once', async () => {
  const shard = await opened()
  expect(shard.write({ entries: [{ key: bytes('a'), value: bytes('1') }], position: at(0) })).toBeUndefined()
  expect(shard.get(bytes('a'))).toEqual(bytes('1'))
  expect(shard.getMany([bytes('b'), bytes('a')])).toEqual([undefined, bytes('1')])
  expect(shard.clear()).toBeUndefined()
  expect(shard.get(bytes('a'))).toBeUndefined()
})

test('a shard that was closed is found again as it was until the store closes', async () => {
  const store = await started()
  const first = await opened(store)
  await first.write({ entries: [{ key: bytes('a'), value: bytes('1') }], position: at(7) })
  await first.close()
  await first.close()
  expect(() => first.get(bytes('a'))).toThrow(expect.objectContaining({ code: 'FAUST_CLOSED' }))
  expect(() => first.range()).toThrow(expect.objectContaining({ code: 'FAUST_CLOSED' }))

  const second = await opened(store)
  expect(second.position).toEqual(at(7))
  expect(await scan(second)).toEqual(['a=1'])
  expect(await store.list()).toEqual([{ table: 'orders', partition: 0, position: at(7) }])

  await store.close()
  await store.close()
  expect(() => second.get(bytes('a'))).toThrow(expect.objectContaining({ code: 'FAUST_CLOSED' }))
  await expect(opened(store)).rejects.toMatchObject({ code: 'FAUST_CLOSED' })
})

test('a batch that can not be written whole is not written at all', async () => {
  const shard = await opened()
  const broken = [
    { key: bytes('a'), value: bytes('1') },
    { key: bytes('b'), value: 'no bytes' as unknown as Uint8Array },
  ]
  expect(() => shard.write({ entries: broken, position: at(0) })).toThrow(TypeError)
  expect(shard.get(bytes('a'))).toBeUndefined()
  expect(shard.position).toBeNull()
})

test('bytes given and bytes received may be changed by the caller', async () => {
  const shard = await opened()
  const key = bytes('a')
  const value = bytes('1')
  const position = { ...at(3) }
  await shard.write({ entries: [{ key, value }], position })
  key.fill(0)
  value.fill(0)
  position.offset = 99
  const received = await shard.get(bytes('a'))
  received?.fill(0)
  for await (const [item] of shard.range()) item?.value.fill(0)
  expect(shard.get(bytes('a'))).toEqual(bytes('1'))
  expect(shard.position).toEqual(at(3))
})

test('the last opener writes, whatever its epoch: no other process can have the shard', async () => {
  const store = await started()
  const first = await opened(store, 5)
  await first.write({ entries: [{ key: bytes('a'), value: bytes('1') }], position: at(0) })
  await first.close()
  const closed = expect.objectContaining({ code: 'FAUST_CLOSED' })
  const second = await opened(store, 4)
  expect(() => first.write({ entries: [], position: at(1) })).toThrow(closed)
  await second.write({ entries: [{ key: bytes('b'), value: bytes('2') }], position: at(2) })
  expect(await scan(second)).toEqual(['a=1', 'b=2'])
})

test('one opener at a time, and none while a shard is destroyed', async () => {
  const store = await started()
  const shard = await opened(store)
  await expect(opened(store)).rejects.toMatchObject({ code: 'FAUST_STORE_LOCKED' })
  await expect(store.destroy('orders', 0)).rejects.toMatchObject({ code: 'FAUST_STORE_LOCKED' })
  await shard.write({ entries: [{ key: bytes('a'), value: bytes('1') }], position: at(0) })
  await shard.close()
  await store.destroy('orders', 0)
  await store.destroy('orders', 0)
  expect(await store.list()).toEqual([])
  expect((await opened(store)).position).toBeNull()
})

test('two apps can not share one store, and it keeps no identity', async () => {
  const store = await started('shop')
  const second = store.start({ app: 'other', clock: systemClock(), logger })
  await expect(second).rejects.toThrow(/belongs to the app shop, so other/)
  await expect(store.identity()).rejects.toMatchObject({ code: 'FAUST_NOT_SUPPORTED' })
})

test('a range gives the shard as it was at the call, and ends with FAUST_CLOSED when the shard closes', async () => {
  const shard = await opened()
  const entries = Array.from({ length: 1000 }, (_, n) => ({
    key: bytes(String(n).padStart(4, '0')),
    value: bytes('1'),
  }))
  await shard.write({ entries, position: at(0) })
  const before = shard.range()
  await shard.write({
    entries: entries.map(({ key }, n) => ({ key, value: n % 2 ? null : bytes('2') })),
    position: at(1),
  })
  let count = 0
  for await (const items of before) {
    expect(items.length).toBeGreaterThan(0)
    for (const { value } of items) expect(text(value)).toBe('1')
    count += items.length
  }
  expect(count).toBe(1000)
  expect(await scan(shard)).toHaveLength(500)

  const cut = shard.range()[Symbol.asyncIterator]()
  await cut.next()
  await shard.close()
  await expect(cut.next()).rejects.toMatchObject({ code: 'FAUST_CLOSED' })
})

const keys = fc.integer({ min: 0, max: 300 }).map((number) => (number === 0 ? '' : number.toString(36)))
const bounds = fc.record(
  { gte: keys, gt: keys, lte: keys, lt: keys, reverse: fc.boolean(), limit: fc.integer({ min: 0, max: 300 }) },
  { requiredKeys: [] },
)
const action = fc.oneof(
  { weight: 6, arbitrary: fc.record({ write: fc.array(fc.tuple(keys, fc.option(keys)), { maxLength: 40 }) }) },
  { weight: 3, arbitrary: fc.record({ range: bounds }) },
  { weight: 2, arbitrary: fc.record({ get: keys }) },
  { weight: 1, arbitrary: fc.constantFrom({ reopen: true }, { clear: true }) },
)

test('any sequence of operations gives what a Map would', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 60, size: 'max' }), async (actions) => {
      const store = await started()
      const model = new Map<string, string>()
      let shard = await opened(store)
      let offset = 0
      for (const step of actions) {
        if ('write' in step) {
          const entries = step.write.map(([key, value]) => ({
            key: bytes(key),
            value: value === null ? null : bytes(value),
          }))
          for (const [key, value] of step.write) {
            if (value === null) model.delete(key)
            else model.set(key, value)
          }
          await shard.write({ entries, position: at(++offset) })
          expect(shard.position).toEqual(at(offset))
        } else if ('range' in step) {
          const { gte, gt, lte, lt, reverse, limit } = step.range
          const found = [...model]
            .filter(([key]) => (gte ?? key) <= key && (lte ?? key) >= key)
            .filter(([key]) => (gt === undefined || gt < key) && (lt === undefined || lt > key))
            .sort(([one], [other]) => (one < other === (reverse ?? false) ? 1 : -1))
          const range = { gte: maybe(gte), gt: maybe(gt), lte: maybe(lte), lt: maybe(lt), reverse, limit }
          const wanted = found.slice(0, limit).map(([key, value]) => `${key}=${value}`)
          expect(await scan(shard, range)).toEqual(wanted)
        } else if ('get' in step) {
          expect(text(await shard.get(bytes(step.get)))).toBe(model.get(step.get))
        } else if ('reopen' in step) {
          await shard.close()
          shard = await opened(store)
        } else {
          await shard.clear()
          model.clear()
          expect(shard.position).toBeNull()
        }
      }
      expect(await scan(shard)).toEqual([...model.keys()].sort().map((key) => `${key}=${model.get(key)}`))
    }),
    { numRuns: 150 },
  )
})
