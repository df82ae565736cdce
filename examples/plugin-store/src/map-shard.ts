import type { Shard, ShardPosition, StoreItem, StoreRange } from '@faust/core'
import { fail } from './fail.ts'

/** What a shard holds; it stays when the shard is closed. Items lie under the hexadecimal form of their keys, which sorts as the bytes do. */
export interface Contents {
  readonly items: Map<string, StoreItem>
  position: ShardPosition | null
}

export const emptyContents = (): Contents => ({ items: new Map(), position: null })

export interface MapShard extends Shard {
  readonly isClosed: boolean
}

/** One opening of a shard. `what` names it in messages. */
export function mapShard(contents: Contents, what: string): MapShard {
  let isClosed = false
  let closedAt: ShardPosition | null = null
  const use = (): Map<string, StoreItem> =>
    isClosed ? fail('FAUST_CLOSED', `${what} is closed; open it again`) : contents.items
  // Bytes that are given belong to the caller, and so do bytes that are returned: both are copied.
  const get = (key: Uint8Array): Uint8Array | undefined => use().get(hex(key))?.value.slice()

  return {
    get isClosed() {
      return isClosed
    },
    // Also after the end: where it stood then, however far a later opener has gone.
    get position() {
      return isClosed ? closedAt : contents.position
    },
    get,
    getMany: (keys) => keys.map(get),
    // The items are chosen here, at the call: what is written while somebody walks through them is not among them.
    range: (range = {}) => chunks(select(use(), range)),
    write({ entries, position }) {
      const items = use()
      // All of them first: who makes them may fail in the middle.
      const all = [...entries]
      for (const { key, value } of all) {
        if (value === null) items.delete(hex(key))
        else items.set(hex(key), { key: key.slice(), value: value.slice() })
      }
      contents.position = { ...position }
    },
    clear() {
      use().clear()
      contents.position = null
    },
    async close() {
      if (!isClosed) closedAt = contents.position
      isClosed = true
    },
  }
}

function select(items: ReadonlyMap<string, StoreItem>, range: StoreRange): StoreItem[] {
  const [gte, gt, lte, lt] = [range.gte, range.gt, range.lte, range.lt].map((key) => key && hex(key))
  const inside = [...items.keys()].filter(
    (key) =>
      (gte === undefined || key >= gte) &&
      (gt === undefined || key > gt) &&
      (lte === undefined || key <= lte) &&
      (lt === undefined || key < lt),
  )
  const sorted = inside.sort()
  if (range.reverse === true) sorted.reverse()
  return sorted.slice(0, range.limit).map((key) => items.get(key)!)
}

/** At most 500 items at once, and no empty array. */
async function* chunks(items: readonly StoreItem[]): AsyncGenerator<StoreItem[]> {
  for (let at = 0; at < items.length; at += 500) {
    yield items.slice(at, at + 500).map(({ key, value }) => ({ key: key.slice(), value: value.slice() }))
  }
}

const hex = (key: Uint8Array): string => Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('hex')
