import type { StoreItem } from '@faust/core'
import type { ItemsReply } from './connection.ts'

/** What two lists of items say together. */
export interface Merged {
  readonly items: readonly StoreItem[]
  /** Where the next lists begin, behind this key; `undefined` when there are no more. */
  readonly next: Uint8Array | undefined
}

/** The first byte of what was kept of a key. */
const VALUE = 0x76

/**
 * The items that a reader sees: those there now, but for keys that changed since it began, of which the value of before was kept
 * (or that there was none). Either list may end early; then only what lies before its end is sure in the other one.
 */
export function mergeItems(present: ItemsReply, kept: ItemsReply, reverse: boolean): Merged {
  const items: StoreItem[] = []
  const end = firstEnd(present, kept, reverse)
  const isSure = (key: Uint8Array): boolean => end === undefined || compare(key, end, reverse) <= 0
  let now = 1
  let before = 1
  while (now < present.length || before < kept.length) {
    const [key, keptKey] = [present[now] as Uint8Array | undefined, kept[before] as Uint8Array | undefined]
    const order = key === undefined ? 1 : keptKey === undefined ? -1 : compare(key, keptKey, reverse)
    if (!isSure((order < 0 ? key : keptKey) as Uint8Array)) break
    if (order < 0) {
      items.push({ key: key as Uint8Array, value: present[now + 1] as Uint8Array })
    } else {
      const value = kept[before + 1] as Uint8Array
      if (value[0] === VALUE) items.push({ key: keptKey as Uint8Array, value: value.subarray(1) })
      before += 2
    }
    if (order <= 0) now += 2
  }
  return { items, next: end }
}

/** The nearer of the last keys of lists that have more. */
function firstEnd(present: ItemsReply, kept: ItemsReply, reverse: boolean): Uint8Array | undefined {
  const ends = [present, kept].filter(([more]) => more === 1).map((list) => list[list.length - 2] as Uint8Array)
  return ends.reduce<Uint8Array | undefined>(
    (first, end) => (first === undefined || compare(end, first, reverse) < 0 ? end : first),
    undefined,
  )
}

function compare(one: Uint8Array, other: Uint8Array, reverse: boolean): number {
  return reverse ? Buffer.compare(other, one) : Buffer.compare(one, other)
}
