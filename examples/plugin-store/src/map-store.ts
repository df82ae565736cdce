import { STORE_CONTRACT } from '@faust/core'
import type { Store } from '@faust/core'
import { fail } from './fail.ts'
import { type Contents, emptyContents, type MapShard, mapShard } from './map-shard.ts'

/** What is kept of one shard, whether it is open or not. */
interface Kept {
  readonly table: string
  readonly partition: number
  readonly contents: Contents
  open: MapShard | null
}

/** Keeps tables in a Map, for as long as the store object lives. */
export function mapStore(): Store {
  const shards = new Map<string, Kept>()
  let isClosed = false

  const name = (table: string, partition: number): string => JSON.stringify([table, partition])
  const use = (): void => {
    if (isClosed) fail('FAUST_CLOSED', 'the store is closed; make a new one')
  }
  /** The shard, if there is one. It must not be open. */
  const free = (table: string, partition: number): Kept | undefined => {
    use()
    const kept = shards.get(name(table, partition))
    if (kept?.open?.isClosed === false) {
      fail('FAUST_STORE_LOCKED', `partition ${partition} of table ${table} is open; close that shard first`)
    }
    return kept
  }

  return {
    name: 'store-map',
    contract: STORE_CONTRACT,
    supports: { persistent: false, shared: false, identity: false },

    async start() {
      use()
    },
    async open(table, partition) {
      const kept = free(table, partition) ?? { table, partition, contents: emptyContents(), open: null }
      shards.set(name(table, partition), kept)
      kept.open = mapShard(kept.contents, `partition ${partition} of table ${table}`)
      return kept.open
    },
    async list() {
      use()
      return [...shards.values()].map(({ table, partition, contents: { position } }) => ({
        table,
        partition,
        position,
      }))
    },
    async destroy(table, partition) {
      free(table, partition)
      shards.delete(name(table, partition))
    },
    async identity() {
      return fail('FAUST_NOT_SUPPORTED', 'nothing outlives it, so it keeps no identity; give the app a workerId')
    },
    async close() {
      isClosed = true
      for (const { open } of shards.values()) await open?.close()
    },
  }
}
