import { ABSENT } from '../processing/shard/entry-cache.ts'
import type { ReadableEntries } from '../processing/shard/table-layout.ts'
import type { StoreRange } from '../store/store.ts'
import { compareKeys } from './key-order.ts'

/** A key of a shard, as it is kept, with its value. */
export interface Scanned {
  readonly bytes: Uint8Array
  readonly value: unknown
}

/**
 * What lies between two bounds of a shard, in the order of the bytes or against it: what the store holds, with writes
 * it does not have yet laid over it. Both are taken in the same instant, so no write is seen in part or twice, and none
 * that comes later.
 */
export async function* scan(shard: ReadableEntries, range: StoreRange = {}): AsyncGenerator<Scanned> {
  const { limit = Infinity, reverse = false } = range
  const way = reverse ? -1 : 1
  const order = (one: Uint8Array, other: Uint8Array): number => way * compareKeys(one, other)
  const newer = shard
    .overlay()
    .filter(({ bytes }) => isWithin(bytes, range))
    .toSorted((a, b) => order(a.bytes, b.bytes))
  // Each newer write may hide one item of the store.
  const stored = shard.store.range(limit === Infinity ? range : { ...range, limit: limit + newer.length })
  let left = limit
  let next = 0
  if (left <= 0) return
  for await (const items of stored) {
    for (const { key, value } of items) {
      for (; next < newer.length && order(newer[next]!.bytes, key) < 0; next++) {
        if (newer[next]!.value === ABSENT) continue
        yield newer[next]!
        if (--left === 0) return
      }
      const replaced = next < newer.length && compareKeys(newer[next]!.bytes, key) === 0 ? newer[next++] : undefined
      if (replaced === undefined) yield { bytes: key, value: await shard.decodeValue(key, value) }
      else if (replaced.value === ABSENT) continue
      else yield replaced
      if (--left === 0) return
    }
  }
  for (; next < newer.length; next++) {
    if (newer[next]!.value === ABSENT) continue
    yield newer[next]!
    if (--left === 0) return
  }
}

function isWithin(key: Uint8Array, { gte, gt, lte, lt }: StoreRange): boolean {
  return (
    (gte === undefined || compareKeys(key, gte) >= 0) &&
    (gt === undefined || compareKeys(key, gt) > 0) &&
    (lte === undefined || compareKeys(key, lte) <= 0) &&
    (lt === undefined || compareKeys(key, lt) < 0)
  )
}
