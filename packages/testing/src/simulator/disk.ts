import {
  FaustError,
  type OpenShard,
  type Shard,
  type ShardInfo,
  type ShardPosition,
  type Store,
  STORE_CONTRACT,
  type StoreEntry,
  type StoreItem,
  type StoreRange,
} from '@faust/core'
import type { Life } from './life.ts'

/** One shard as it lies on a disk. */
export interface DiskShard {
  readonly table: string
  readonly partition: number
  /** By `idOf` the key. */
  readonly items: Map<string, StoreItem>
  position: ShardPosition | null
}

/** What survives the process of a worker. */
export class Disk {
  readonly shards: Map<string, DiskShard> = new Map()

  shard(table: string, partition: number): DiskShard {
    const name = `${table}/${partition}`
    let shard = this.shards.get(name)
    if (shard === undefined) {
      shard = { table, partition, items: new Map(), position: null }
      this.shards.set(name, shard)
    }
    return shard
  }
}

/** How a store on a simulated disk behaves. */
export interface DiskStoreOptions {
  readonly disk: Disk
  readonly life: Life
  /** The name it keeps beside its data; without one it keeps none and is gone with its process. */
  readonly identity: string | undefined
  /** Called before every operation that changes something; what it answers is waited for. */
  readonly step: (what: string) => Promise<void> | undefined
}

/** A store on a simulated disk, for one life of a worker. Writes are atomic; they may be slow, and die with their process. */
export function diskStore(options: DiskStoreOptions): Store {
  const { disk, identity, life } = options
  const open = new Set<string>()
  const persistent = identity !== undefined
  return {
    name: 'simulated disk',
    contract: STORE_CONTRACT,
    supports: { persistent, shared: false, identity: persistent },
    start: () => Promise.resolve(),
    open: async (table: string, partition: number, _how: OpenShard) => {
      const data = disk.shard(table, partition)
      const name = `${table}/${partition}`
      if (open.has(name)) {
        throw new FaustError('FAUST_STORE_LOCKED', `Shard ${name} of the simulated disk is open: close it first.`)
      }
      open.add(name)
      return diskShard(data, options, () => open.delete(name))
    },
    list: () => life.entered((): readonly ShardInfo[] => [...disk.shards.values()]),
    destroy: (table: string, partition: number) => life.entered(() => void disk.shards.delete(`${table}/${partition}`)),
    identity: () =>
      identity === undefined
        ? Promise.reject(new FaustError('FAUST_NOT_SUPPORTED', 'This simulated disk keeps no identity.'))
        : Promise.resolve(identity),
    close: () => Promise.resolve(),
  }
}

function diskShard(data: DiskShard, { life, step }: DiskStoreOptions, closed: () => void): Shard {
  const change = (what: string, apply: () => void): Promise<void> | void => {
    if (!life.alive) return new Promise(() => {})
    const before = step(what)
    if (before === undefined) return apply()
    return before.then(() => life.entered(apply))
  }
  return {
    get position() {
      return data.position
    },
    get: (key) => data.items.get(idOf(key))?.value.slice(),
    getMany: (keys) => keys.map((key) => data.items.get(idOf(key))?.value.slice()),
    range: (range = {}) => slices(sorted(data, range)),
    write: ({ entries, position }) => {
      const copy = Array.from(entries, ({ key, value }) => ({
        key: key.slice(),
        value: value === null ? null : value.slice(),
      }))
      return change(`write ${data.table}/${data.partition}`, () => {
        for (const entry of copy) put(data, entry)
        data.position = position
      })
    },
    clear: () =>
      change(`clear ${data.table}/${data.partition}`, () => {
        data.items.clear()
        data.position = null
      }),
    close: () => {
      closed()
      return Promise.resolve()
    },
  }
}

function put(data: DiskShard, { key, value }: StoreEntry): void {
  if (value === null) data.items.delete(idOf(key))
  else data.items.set(idOf(key), { key, value })
}

/** Items per answer of a range. */
const SLICE = 100

async function* slices(items: readonly StoreItem[]): AsyncGenerator<readonly StoreItem[]> {
  for (let at = 0; at < items.length; at += SLICE) yield items.slice(at, at + SLICE)
}

function sorted(data: DiskShard, range: StoreRange): StoreItem[] {
  const { limit = Infinity, reverse = false } = range
  const bound = (key: Uint8Array | undefined): string | undefined => (key === undefined ? undefined : idOf(key))
  const [gt, gte, lt, lte] = [bound(range.gt), bound(range.gte), bound(range.lt), bound(range.lte)]
  const inside = (id: string): boolean =>
    (gt === undefined || id > gt) &&
    (gte === undefined || id >= gte) &&
    (lt === undefined || id < lt) &&
    (lte === undefined || id <= lte)
  const ids = [...data.items.keys()].filter(inside).sort()
  if (reverse) ids.reverse()
  return ids.slice(0, limit).map((id) => {
    const { key, value } = data.items.get(id)!
    return { key: key.slice(), value: value.slice() }
  })
}

/** A key's bytes as a text that tells keys apart and orders as they do. */
export function idOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')
}
