import { expect, test } from 'vitest'
import { type Entry, EntryCache, NOTHING } from '../../src/processing/entry-cache.ts'

function entry(id: string, size = 10): Entry {
  return {
    id,
    bytes: new Uint8Array(),
    value: id,
    dirty: false,
    frozen: NOTHING,
    frozenBytes: undefined,
    size,
    queue: undefined,
  }
}

test('forgets what was not read for two generations and keeps what was', () => {
  const cache = new EntryCache(100)
  cache.add(entry('old'))
  cache.add(entry('read'))
  for (let index = 0; index < 25; index++) {
    cache.add(entry(`filler-${index}`))
    expect(cache.get('read')?.id).toBe('read')
  }
  expect(cache.get('old')).toBeUndefined()
})

test('never forgets a write that the store does not have', () => {
  const cache = new EntryCache(100)
  const dirty = { ...entry('dirty'), dirty: true }
  const frozen = { ...entry('frozen'), frozen: 1 }
  cache.add(dirty)
  cache.add(frozen)
  for (let index = 0; index < 200; index++) cache.add(entry(`filler-${index}`))
  expect(cache.get('dirty')).toBe(dirty)
  expect(cache.get('frozen')).toBe(frozen)
})

test('stays within its bounds', () => {
  const cache = new EntryCache(1000)
  for (let index = 0; index < 10_000; index++) cache.add(entry(`key-${index}`))
  let kept = 0
  for (let index = 0; index < 10_000; index++) if (cache.get(`key-${index}`) !== undefined) kept++
  expect(kept).toBeLessThanOrEqual(2 * 101)
})

test('counts what an entry has grown to', () => {
  const cache = new EntryCache(1000)
  const all = Array.from({ length: 20 }, (_, index) => entry(`key-${index}`))
  for (const one of all) {
    cache.add(one)
    cache.resize(one, 400)
  }
  expect(all.filter(({ id }) => cache.get(id) !== undefined).length).toBeLessThan(8)
})
