import { expect, test } from 'vitest'
import { type Deferred, deferred } from '../../../src/service/deferred.ts'
import { FaustError } from '../../../src/service/errors.ts'
import { DirectoryShard } from '../../../src/store/directory/directory-shard.ts'
import type { EngineDatabase, StoreEngine } from '../../../src/store/directory/engine.ts'
import type { ShardPosition } from '../../../src/store/store.ts'

const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
}

const at = (offset: number): ShardPosition => ({ log: 'log', offset, time: 0, note: '' })

/** A shard on an engine whose writes the test ends, and what the engine was asked for. */
function shardOf(change: Partial<EngineDatabase> = {}) {
  const calls: string[] = []
  const writes: Deferred<void>[] = []
  const closed: (ShardPosition | null | undefined)[] = []
  const write = (): Promise<void> => {
    calls.push('write')
    writes.push(deferred())
    return writes.at(-1)!.promise
  }
  const database = {
    position: at(0),
    write,
    clear: write,
    getMany: (_keys: unknown, isWriting: boolean) => (calls.push(`read, writing: ${isWriting}`), []),
    close: async () => void calls.push('close'),
    ...change,
  } as unknown as EngineDatabase
  const engine = { name: 'store-test', isLocked: () => false, isDamaged: () => false } as unknown as StoreEngine
  const onClosed = (position: ShardPosition | null | undefined): void => void closed.push(position)
  const shard = new DirectoryShard({ engine, name: 'table/0', path: '/state', database, onClosed })
  return { shard, calls, writes, closed }
}

test('a position moves when its write has settled, and not when that fails', async () => {
  const { closed, shard, writes } = shardOf()
  const first = shard.write({ entries: [], position: at(1) })
  expect(shard.position).toEqual(at(0))
  writes[0]!.resolve()
  await first
  expect(shard.position).toEqual(at(1))
  const second = shard.write({ entries: [], position: at(2) })
  writes[1]!.reject(new Error('full'))
  await expect(second).rejects.toMatchObject({ code: 'FAUST_STORE_FAILED', cause: { message: 'full' } })
  expect(shard.position).toEqual(at(1))
  // Whether it is on the disk nobody knows.
  await shard.close()
  expect(closed).toEqual([undefined])
})

test('an engine that throws at once has written nothing, and goes on', async () => {
  let error: Error = new Error('full')
  let asked = 0
  const { closed, shard } = shardOf({
    write: () => {
      asked++
      throw error
    },
  })
  const write = (): Promise<void> => shard.write({ entries: [], position: at(1) })
  await expect(write()).rejects.toMatchObject({ code: 'FAUST_STORE_FAILED', cause: { message: 'full' } })
  error = new FaustError('FAUST_RESTORE_FAILED', 'of whoever made the entries')
  await expect(write()).rejects.toBe(error)
  expect([asked, shard.position]).toEqual([2, at(0)])
  await shard.close()
  expect(closed).toEqual([at(0)])
})

test('a shard closes behind the write under way, and takes no other meanwhile', async () => {
  const { calls, closed, shard, writes } = shardOf()
  const write = shard.write({ entries: [], position: at(1) })
  shard.getMany([])
  const close = shard.close()
  const refused = [shard.write({ entries: [], position: at(2) }), shard.clear()].map((late) =>
    late.catch((error: unknown) => error),
  )
  await turns()
  expect(calls).toEqual(['write', 'read, writing: true'])
  for (const late of refused) expect(await late).toMatchObject({ code: 'FAUST_CLOSED' })
  writes[0]!.resolve()
  await Promise.all([write, close])
  expect(calls).toEqual(['write', 'read, writing: true', 'close'])
  expect(closed).toEqual([at(1)])
})

test('a write that fails while its shard closes leaves open what is on the disk', async () => {
  const { closed, shard, writes } = shardOf()
  const write = shard.clear()
  const closes = Promise.all([shard.close(), shard.close()])
  writes[0]!.reject(new Error('full'))
  await expect(write).rejects.toMatchObject({ code: 'FAUST_CLOSED' })
  await closes
  expect(closed).toEqual([undefined])
})

test('a shard is tuned between writes, and a close waits for it', async () => {
  const tuned: Deferred<void>[] = []
  const { calls, closed, shard } = shardOf({
    tune: (use) => {
      calls.push(use)
      tuned.push(deferred())
      return tuned.at(-1)!.promise
    },
  })
  const tuning = shard.tune('restore')
  const closing = shard.close()
  expect(calls).toEqual(['restore'])
  tuned[0]!.resolve()
  await tuning
  await closing
  expect(calls).toEqual(['restore', 'close'])
  expect(closed).toEqual([at(0)])
})

test('a shard that could not be tuned takes no writes, says why, and is closed as any other', async () => {
  const { closed, shard } = shardOf({ tune: () => Promise.reject(new Error('no space left on device')) })
  await expect(shard.tune('restore')).rejects.toMatchObject({
    code: 'FAUST_STORE_FAILED',
    message: expect.stringMatching(/could not tune shard table\/0: no space left on device\. The disk .* is full/),
  })
  await expect(shard.write({ entries: [], position: at(1) })).rejects.toMatchObject({ code: 'FAUST_STORE_FAILED' })
  await shard.close()
  expect(closed).toEqual([undefined])
})

test('an engine without other uses is told of none', async () => {
  const { shard } = shardOf()
  expect(shard.tune('restore')).toBe(undefined)
  await shard.close()
  expect(() => shard.tune('serve')).toThrow(expect.objectContaining({ code: 'FAUST_CLOSED' }))
})
