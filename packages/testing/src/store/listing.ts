import type { Store } from '@faust/core'
import { equal } from '../kit/check.ts'
import type { CaseGroup } from '../kit/suite.ts'
import { holds, positionAt, put } from './shard-helpers.ts'
import type { StoreContext } from './store-context.ts'

const LIST = 'list names the shards of this app that exist, open or not, with their positions'

/** Which shards there are, and how they go. */
export const listing: CaseGroup<StoreContext> = {
  name: 'list and destroy',
  cases: {
    'nothing is listed at first': async ({ start }) => {
      equal(await (await start()).list(), [], LIST)
    },

    'shards are listed while open and after': async ({ start, open }) => {
      const store = await start()
      const one = await open(store, { table: 'one', partition: 3 })
      await put(one, { a: '1' }, 7)
      const two = await open(store, { table: 'two', partition: 0 })
      await put(two, { a: '1' }, 9)
      const expected = { 'one 3': positionAt(7), 'two 0': positionAt(9) }
      equal(await listed(store), expected, LIST)
      await one.close()
      equal(await listed(store), expected, LIST)
      await two.close()
      equal(await listed(store), expected, LIST)
    },

    'the position in the list follows the writes': async ({ start, open }) => {
      const store = await start()
      const shard = await open(store)
      for (const offset of [1, 2, 30]) {
        await put(shard, { a: String(offset) }, offset)
        equal(await listed(store), { 'table 0': positionAt(offset) }, LIST)
      }
      await shard.clear()
      equal((await listed(store))['table 0'] ?? null, null, 'position: null when nothing is written')
    },

    'a shard that was only opened has no position': async ({ start, open }) => {
      const store = await start()
      await open(store)
      equal(await listed(store), { 'table 0': null }, 'list: position is null when nothing was ever written')
    },

    'names that resemble each other are different shards': async ({ start, open }) => {
      const store = await start()
      const names: [string, number][] = [
        ['orders', 1],
        ['orders', 11],
        ['orders-1', 1],
        ['orders-1-1', 0],
        ['orders.1', 1],
        ['orders_1', 1],
        ['Orders', 1],
        ['order', 1],
      ]
      for (const [index, [table, partition]] of names.entries()) {
        const shard = await open(store, { table, partition })
        await put(shard, { key: `${table} ${partition}` }, index)
        await shard.close()
      }
      const expected = Object.fromEntries(
        names.map(([table, partition], index) => [`${table} ${partition}`, positionAt(index)]),
      )
      equal(await listed(store), expected, LIST)
      for (const [table, partition] of names) {
        const shard = await open(store, { table, partition, epoch: 2 })
        await holds(
          shard,
          { key: `${table} ${partition}` },
          'a shard holds one partition of one table and nothing else',
        )
        await shard.close()
      }
    },

    'destroy removes a shard with its position and no other': async ({ start, open }) => {
      const store = await start()
      for (const partition of [0, 1, 10]) {
        const shard = await open(store, { partition })
        await put(shard, { a: String(partition) }, partition)
        await shard.close()
      }
      await store.destroy('table', 1)
      equal(await listed(store), { 'table 0': positionAt(0), 'table 10': positionAt(10) }, 'destroy removes a shard')
      const again = await open(store, { partition: 1, epoch: 2 })
      equal(again.position, null, 'destroy removes the position')
      await holds(again, {}, 'destroy removes the entries')
      const other = await open(store, { partition: 10, epoch: 2 })
      await holds(other, { a: '10' }, 'destroy removes no other shard')
    },

    'destroying what is missing is fine': async ({ start, open }) => {
      const store = await start()
      await store.destroy('never', 7)
      const shard = await open(store)
      await shard.close()
      await store.destroy('table', 0)
      await store.destroy('table', 0)
      equal(await store.list(), [], 'destroy removes a shard')
    },
  },
}

/** The list as a record, since its order is nobody's promise. */
export async function listed(store: Store): Promise<Record<string, unknown>> {
  const infos = (await store.list()).map((info): [string, unknown] => [
    `${info.table} ${info.partition}`,
    info.position === null ? null : { ...info.position },
  ])
  equal(new Set(infos.map(([name]) => name)).size, infos.length, 'list names each shard once')
  return Object.fromEntries(infos.sort(([a], [b]) => (a < b ? -1 : 1)))
}
