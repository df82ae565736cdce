import type { AdapterContext } from '../../service/adapter.ts'
import { FaustError } from '../../service/errors.ts'
import { STORE_CONTRACT } from '../store.ts'
import type { OpenShard, Shard, ShardInfo, Store, StoreSupports } from '../store.ts'
import { EmbeddedShard } from './embedded-shard.ts'
import { ShardData } from './shard-data.ts'

/** A shard that exists, open or not. */
interface Place {
  readonly table: string
  readonly partition: number
  readonly data: ShardData
  open: EmbeddedShard | undefined
}

/**
 * Keeps tables in memory: what an app uses that names no store. It needs nothing installed and starts at once. A shard
 * that was closed is found as it was by whoever opens it again. All of it is gone when the store closes with its app
 * or the process ends, and is then restored from the changelogs.
 *
 * An entry takes its bytes, rounded up to eights, and about 65 more of V8's heap. The first range of a shard sorts its
 * keys, which takes the better part of a second for a million of them; from then on the order is kept.
 */
export function embeddedStore(): Store {
  return new EmbeddedStore()
}

class EmbeddedStore implements Store {
  readonly name: string = 'embedded'
  readonly contract: number = STORE_CONTRACT
  readonly supports: StoreSupports = { persistent: false, shared: false, identity: false }

  readonly #places = new Map<string, Place>()
  #app: string | undefined
  #closed = false

  async start(context: AdapterContext): Promise<void> {
    this.#checkOpen()
    if (this.#app !== undefined) {
      throw new FaustError(
        'FAUST_STORE_LOCKED',
        `This embedded store already belongs to the app ${this.#app}, so ${context.app} can't have it: ` +
          'call embeddedStore() once for each app.',
      )
    }
    this.#app = context.app
  }

  async open(table: string, partition: number, _options: OpenShard): Promise<Shard> {
    this.#checkOpen()
    const name = shardName(table, partition)
    let place = this.#places.get(name)
    if (place === undefined) {
      place = { table, partition, data: new ShardData(name), open: undefined }
      this.#places.set(name, place)
    }
    if (place.open !== undefined) throw isOpen(name, 'opened a second time')
    const { data } = place
    place.open = new EmbeddedShard(name, data, () => void (place.open = undefined))
    return place.open
  }

  async list(): Promise<readonly ShardInfo[]> {
    this.#checkOpen()
    return [...this.#places.values()].map(({ table, partition, data }) => ({
      table,
      partition,
      position: data.position,
    }))
  }

  async destroy(table: string, partition: number): Promise<void> {
    this.#checkOpen()
    const name = shardName(table, partition)
    if (this.#places.get(name)?.open !== undefined) throw isOpen(name, 'destroyed')
    this.#places.delete(name)
  }

  async identity(): Promise<string> {
    throw new FaustError(
      'FAUST_NOT_SUPPORTED',
      'The embedded store forgets everything with its process, so it can keep no identity: give the app a workerId, ' +
        'or a store that keeps its data on disk.',
    )
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const place of this.#places.values()) await place.open?.close()
    this.#places.clear()
  }

  #checkOpen(): void {
    if (!this.#closed) return
    throw new FaustError(
      'FAUST_CLOSED',
      'This embedded store is closed and what it held is gone: make a new one with embeddedStore().',
    )
  }
}

function shardName(table: string, partition: number): string {
  return `${table}/${partition}`
}

function isOpen(name: string, wanted: string): FaustError {
  return new FaustError(
    'FAUST_STORE_LOCKED',
    `Shard ${name} of the embedded store is open and can't be ${wanted}: close it first.`,
  )
}
