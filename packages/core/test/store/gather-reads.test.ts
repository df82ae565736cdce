import { expect, test } from 'vitest'
import { gatherReads } from '../../src/store/gather-reads.ts'

const key = (byte: number): Uint8Array => Uint8Array.of(byte)

test('reads of one step go in one call, and each gets its own answer', async () => {
  const calls: number[][] = []
  const read = gatherReads(async (keys) => {
    calls.push(keys.map(([byte]) => byte!))
    return keys.map(([byte]) => byte! * 10)
  })
  const first = [read(key(1)), read(key(2)), read(key(1))]
  expect(calls).toEqual([])
  expect(await Promise.all(first)).toEqual([10, 20, 10])
  expect(await read(key(3))).toBe(30)
  expect(calls).toEqual([[1, 2, 1], [3]])
})

test('a failed call fails all of its reads and none of the next, whether it throws or rejects', async () => {
  let turn = 0
  const read = gatherReads((keys): Promise<readonly number[]> => {
    turn++
    if (turn === 1) throw new Error('thrown')
    return turn === 2 ? Promise.reject(new Error('rejected')) : Promise.resolve(keys.map(() => turn))
  })
  for (const message of ['thrown', 'rejected']) {
    const outcomes = await Promise.allSettled([read(key(1)), read(key(2))])
    const rejected = { status: 'rejected', reason: new Error(message) }
    expect(outcomes).toEqual([rejected, rejected])
  }
  expect(await read(key(1))).toBe(3)
})
