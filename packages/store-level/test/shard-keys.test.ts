import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EntryKeys, entryKey } from '../src/shard-keys.ts'

test('a key that shares its bytes with others is, until the next one, what a key of its own would be', () => {
  const key = fc.oneof(fc.uint8Array({ maxLength: 8 }), fc.uint8Array({ minLength: 1000, maxLength: 1100 }))
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 254 }), fc.array(key), (generation, keys) => {
      const shared = new EntryKeys(generation)
      for (const one of keys) expect([...shared.of(one)]).toEqual([...entryKey(generation, one)])
    }),
  )
})
