import { FaustError, STORE_CONTRACT } from '@faust/core'
import type {
  OpenShard,
  Shard,
  ShardPosition,
  Store,
  StoreBatch,
  StoreItem,
  StoreRange,
  StoreSupports,
} from '@faust/core'

interface Data {
  items: ReadonlyMap<string, Uint8Array>
  position: ShardPosition | null
  epoch: number
  open: number
}

interface World {
  readonly shards: Map<string, Data>
  identity: string | undefined
}

/** The simplest store that keeps every promise, in any combination of capabilities: what defects are made from. */
export class ModelStore implements Store {
  readonly name: string = 'model'
  readonly contract: number = STORE_CONTRACT
  readonly supports: StoreSupports
  readonly #worlds: Map<string, World>
  readonly #open = new Set<ModelShard>()
  #world: World = { shards: new Map(), identity: undefined }
  #closed = false

  /** Stores with the same `worlds` reach the same data. */
  constructor(supports: StoreSupports, worlds: Map<string, World> = new Map()) {
    this.supports = supports
    this.#worlds = worlds
  }

  async start({ app }: { readonly app: string }): Promise<void> {
    const world = this.#worlds.get(app) ?? this.#world
    this.#worlds.set(app, world)
    this.#world = world
  }

  async open(table: string, partition: number, options: OpenShard): Promise<Shard> {
    this.#check()
    const name = JSON.stringify([table, partition])
    const data = this.#world.shards.get(name) ?? { items: new Map(), position: null, epoch: 0, open: 0 }
    this.#world.shards.set(name, data)
    if (!this.supports.shared && data.open > 0) throw new FaustError('FAUST_STORE_LOCKED', 'This shard is open')
    if (this.supports.shared && options.epoch < data.epoch) throw fenced()
    data.open++
    data.epoch = this.supports.shared ? Math.max(data.epoch, options.epoch) : options.epoch
    const shard = new ModelShard(data, options.epoch, () => this.#open.delete(shard))
    this.#open.add(shard)
    return shard
  }

  async list(): ReturnType<Store['list']> {
    this.#check()
    return [...this.#world.shards].map(([name, data]) => {
      const [table, partition] = JSON.parse(name) as [string, number]
      return { table, partition, position: data.position }
    })
  }

  async destroy(table: string, partition: number): Promise<void> {
    this.#check()
    const name = JSON.stringify([table, partition])
    if (!this.supports.shared && (this.#world.shards.get(name)?.open ?? 0) > 0) {
      throw new FaustError('FAUST_STORE_LOCKED', 'This shard is open')
    }
    this.#world.shards.delete(name)
  }

  async identity(): Promise<string> {
    if (!this.supports.identity) throw new FaustError('FAUST_NOT_SUPPORTED', 'This store has no identity')
    this.#check()
    this.#world.identity ??= crypto.randomUUID()
    return this.#world.identity
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const shard of this.#open) await shard.close()
  }

  #check(): void {
    if (this.#closed) throw new FaustError('FAUST_CLOSED', 'This store is closed')
  }
}

class ModelShard implements Shard {
  readonly #data: Data
  readonly #epoch: number
  readonly #onClose: () => void
  #closed = false
  #left: ShardPosition | null = null

  constructor(data: Data, epoch: number, onClose: () => void) {
    this.#data = data
    this.#epoch = epoch
    this.#onClose = onClose
  }

  get position(): ShardPosition | null {
    return this.#closed ? this.#left : this.#data.position
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#items().get(keyOf(key))?.slice()
  }

  async getMany(keys: readonly Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]> {
    const items = this.#items()
    return keys.map((key) => items.get(keyOf(key))?.slice())
  }

  range(range: StoreRange = {}): AsyncIterable<readonly StoreItem[]> {
    const items = this.#items()
    const [gte, gt, lte, lt] = [range.gte, range.gt, range.lte, range.lt].map((bound) => bound && keyOf(bound))
    let keys = [...items.keys()].sort().filter((key) => {
      if ((gte !== undefined && key < gte) || (gt !== undefined && key <= gt)) return false
      return !((lte !== undefined && key > lte) || (lt !== undefined && key >= lt))
    })
    if (range.reverse === true) keys.reverse()
    keys = keys.slice(0, range.limit ?? keys.length)
    const check = (): unknown => this.#items()
    return (async function* () {
      for (let from = 0; from < keys.length; from += 100) {
        check()
        yield keys.slice(from, from + 100).map((key) => ({
          key: new Uint8Array(Buffer.from(key, 'hex')),
          value: (items.get(key) as Uint8Array).slice(),
        }))
      }
    })()
  }

  async write(batch: StoreBatch): Promise<void> {
    this.#fence()
    const items = new Map(this.#data.items)
    for (const { key, value } of batch.entries) {
      if (value === null) items.delete(keyOf(key))
      else items.set(keyOf(key), value.slice())
    }
    this.#data.items = items
    this.#data.position = { ...batch.position }
  }

  async clear(): Promise<void> {
    this.#fence()
    this.#data.items = new Map()
    this.#data.position = null
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#left = this.#data.position
    this.#data.open--
    this.#onClose()
  }

  #items(): ReadonlyMap<string, Uint8Array> {
    if (this.#closed) throw new FaustError('FAUST_CLOSED', 'This shard is closed')
    return this.#data.items
  }

  #fence(): void {
    this.#items()
    if (this.#epoch < this.#data.epoch) throw fenced()
  }
}

function fenced(): FaustError {
  return new FaustError('FAUST_STORE_FENCED', 'Another opener has a higher epoch')
}

function keyOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

/** Stores of one flavour whose data outlive them, by place. */
export function modelStores(supports: StoreSupports): (options: { readonly place: string }) => ModelStore {
  const places = new Map<string, Map<string, World>>()
  return ({ place }) => {
    const worlds = places.get(place) ?? new Map<string, World>()
    places.set(place, worlds)
    return new ModelStore(supports, worlds)
  }
}
