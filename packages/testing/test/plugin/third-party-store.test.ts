// A store by somebody who has read docs/plugins/store.md and nothing else: sixty lines of code, and it passes the kit.
import { Readable } from 'node:stream'
import { FaustError, STORE_CONTRACT } from '@faust/core'
import type { Shard, ShardPosition, Store, StoreItem, StoreRange } from '@faust/core'
import { storeConformance } from '@faust/testing'
import { test } from 'vitest'

storeConformance({ test, create: () => mapStore() })

function mapStore(): Store {
  const shards = new Map<string, MapShard>()
  let isOpen = true
  const free = (table: string, partition: number): string => {
    const name = JSON.stringify({ table, partition })
    if (!isOpen) fail('FAUST_CLOSED', 'the store is closed, make a new one')
    return shards.get(name)?.isOpen === true ? fail('FAUST_STORE_LOCKED', `${name} is open, close it first`) : name
  }
  return {
    name: 'store-map',
    contract: STORE_CONTRACT,
    supports: { persistent: false, shared: false, identity: false },
    start: async () => undefined,
    open: async (table, partition) => {
      const name = free(table, partition)
      const { items, position } = shards.get(name) ?? new MapShard()
      return shards.set(name, Object.assign(new MapShard(), { items, position })).get(name)!
    },
    list: async () => (free('', 0), [...shards]).map(([name, { position }]) => ({ ...JSON.parse(name), position })),
    destroy: async (table, partition) => void shards.delete(free(table, partition)),
    identity: async () => fail('FAUST_NOT_SUPPORTED', 'it keeps no identity'),
    close: async () => {
      isOpen = false
      for (const shard of shards.values()) await shard.close()
    },
  }
}

/** One opening of a shard. The next one goes on with its items and its position. */
class MapShard implements Shard {
  items = new Map<string, StoreItem>()
  position: ShardPosition | null = null
  isOpen = true
  #use = () => (this.isOpen ? this.items : fail('FAUST_CLOSED', 'the shard is closed, open it again'))
  get = (key: Uint8Array) => this.#use().get(hex(key))?.value.slice()
  getMany = (keys: readonly Uint8Array[]) => keys.map(this.get)
  range = (range: StoreRange = {}) => Readable.from(select([...this.#use().values()], range))
  write: Shard['write'] = ({ entries, position }) => {
    const items = this.#use()
    const all = [...entries]
    for (const { key, value } of all) {
      if (value === null) items.delete(hex(key))
      else items.set(hex(key), { key: key.slice(), value: value.slice() })
    }
    this.position = { ...position }
  }
  clear = () => {
    this.#use().clear()
    this.position = null
  }
  close = async () => void (this.isOpen = false)
}

/** What lies in a range, as one chunk or none. */
function select(items: StoreItem[], { gte, gt, lte, lt, reverse, limit }: StoreRange): StoreItem[][] {
  const above = items.filter(({ key }) => (!gte || order(key, gte) >= 0) && (!gt || order(key, gt) > 0))
  const inside = above.filter(({ key }) => (!lte || order(key, lte) <= 0) && (!lt || order(key, lt) < 0))
  const sorted = inside.sort((a, b) => order(a.key, b.key) * (reverse === true ? -1 : 1)).slice(0, limit)
  return sorted.length === 0 ? [] : [sorted.map(({ key, value }) => ({ key: key.slice(), value: value.slice() }))]
}

const order = (one: Uint8Array, other: Uint8Array): number => Buffer.compare(one, other)
const hex = (key: Uint8Array): string => Buffer.from(key).toString('hex')
const fail = (code: string, what: string): never => {
  throw new FaustError(code, `store-map: ${what}.`)
}
