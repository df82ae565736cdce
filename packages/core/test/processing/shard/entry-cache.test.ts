import { expect, test } from 'vitest'
import { type Entry, EntryCache, NOTHING } from '../../../src/processing/shard/entry-cache.ts'
import { TableMemory } from '../../../src/processing/shard/table-memory.ts'

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

function memory(cache: number): TableMemory {
  return new TableMemory({ cache, writes: Infinity }, () => {})
}

test('forgets what was not read for two generations and keeps what was', () => {
  const cache = new EntryCache(memory(100))
  cache.add(entry('old'))
  cache.add(entry('read'))
  for (let index = 0; index < 25; index++) {
    cache.add(entry(`filler-${index}`))
    expect(cache.get('read')?.id).toBe('read')
  }
  expect(cache.get('old')).toBeUndefined()
})

test('never forgets a write that the store does not have', () => {
  const cache = new EntryCache(memory(100))
  const dirty = { ...entry('dirty'), dirty: true }
  const frozen = { ...entry('frozen'), frozen: 1 }
  cache.add(dirty)
  cache.add(frozen)
  for (let index = 0; index < 200; index++) cache.add(entry(`filler-${index}`))
  expect(cache.get('dirty')).toBe(dirty)
  expect(cache.get('frozen')).toBe(frozen)
})

test('stays within its bounds', () => {
  const cache = new EntryCache(memory(1000))
  for (let index = 0; index < 10_000; index++) cache.add(entry(`key-${index}`))
  let kept = 0
  for (let index = 0; index < 10_000; index++) if (cache.get(`key-${index}`) !== undefined) kept++
  expect(kept).toBeLessThanOrEqual(2 * 101)
})

test('counts what an entry has grown to', () => {
  const cache = new EntryCache(memory(1000))
  const all = Array.from({ length: 20 }, (_, index) => entry(`key-${index}`))
  for (const one of all) {
    cache.add(one)
    cache.resize(one, 400)
  }
  expect(all.filter(({ id }) => cache.get(id) !== undefined).length).toBeLessThan(8)
})

test('shares its bounds with others: who is read keeps more of what all may have', () => {
  const shared = memory(1000)
  const [idle, busy] = [new EntryCache(shared), new EntryCache(shared)]
  idle.add(entry('idle'))
  for (let index = 0; index < 500; index++) busy.add(entry(`key-${index}`))
  expect(idle.get('idle')).toBeUndefined()
  busy.close()
  const kept = Array.from({ length: 500 }, (_, index) => busy.get(`key-${index}`)).filter((one) => one !== undefined)
  expect(kept.length).toBeGreaterThan(40)
  expect(kept.length).toBeLessThanOrEqual(2 * 101)
})
