import { ABSENT } from '../processing/entry-cache.ts'
import type { TableShard } from '../processing/table-shard.ts'
import { compareKeys } from './key-order.ts'

/**
 * All keys of a shard with their values, in the order of the keys' bytes: what the store holds, with writes it does not
 * have yet laid over it. Both are taken in the same instant, so no write is seen in part or twice.
 */
export async function* scan(shard: TableShard): AsyncIterable<readonly [key: unknown, value: unknown]> {
  const stored = shard.store.range()
  const newer = shard.overlay().toSorted((a, b) => compareKeys(a.bytes, b.bytes))
  let next = 0
  for await (const items of stored) {
    for (const { key, value } of items) {
      for (; next < newer.length && compareKeys(newer[next]!.bytes, key) < 0; next++) {
        const { bytes, value: fresh } = newer[next]!
        if (fresh !== ABSENT) yield [await shard.decodeKey(bytes), fresh]
      }
      const replaced = next < newer.length && compareKeys(newer[next]!.bytes, key) === 0 ? newer[next++] : undefined
      if (replaced === undefined) yield [await shard.decodeKey(key), await shard.decodeValue(key, value)]
      else if (replaced.value !== ABSENT) yield [await shard.decodeKey(key), replaced.value]
    }
  }
  for (; next < newer.length; next++) {
    const { bytes, value } = newer[next]!
    if (value !== ABSENT) yield [await shard.decodeKey(bytes), value]
  }
}
