import { equal, ok } from '../kit/check.ts'
import { utf8 } from '../kit/bytes.ts'
import type { CaseGroup } from '../kit/suite.ts'
import { listed } from './listing.ts'
import { collect, holds, positionAt, put, read } from './shard-helpers.ts'
import type { StoreContext } from './store-context.ts'

const THERE = 'persistent: shards are there again after the process has ended'

/** What another store finds on the same data. */
export const persistence: CaseGroup<StoreContext> = {
  name: 'persistence',
  needs: ['persistent'],
  cases: {
    'entries and position are there again': async ({ start, open }) => {
      const store = await start()
      const shard = await open(store)
      await put(shard, { a: '1', b: '2', gone: '3' }, 1)
      await put(shard, { gone: null, c: '' }, 2)
      await store.close()
      const again = await open(await start(), { epoch: 2 })
      equal({ ...again.position }, positionAt(2), THERE)
      await holds(again, { a: '1', b: '2', c: '' }, THERE)
    },

    'the list is there before anything is opened': async ({ start, open }) => {
      const store = await start()
      for (const partition of [0, 1, 2]) await put(await open(store, { partition }), { a: '1' }, partition + 1)
      await store.destroy('missing', 0)
      await store.close()
      const again = await start()
      const expected = { 'table 0': positionAt(1), 'table 1': positionAt(2), 'table 2': positionAt(3) }
      equal(await listed(again), expected, THERE)
    },

    'what was cleared or destroyed stays away': async ({ start, open }) => {
      const store = await start()
      const cleared = await open(store, { partition: 0 })
      await put(cleared, { a: '1' }, 1)
      await cleared.clear()
      const destroyed = await open(store, { partition: 1 })
      await put(destroyed, { a: '1' }, 1)
      await destroyed.close()
      await store.destroy('table', 1)
      await store.close()
      const again = await start()
      equal(Object.keys(await listed(again)).includes('table 1'), false, 'destroy removes a shard with its position')
      for (const partition of [0, 1]) {
        const shard = await open(again, { partition, epoch: 2 })
        equal(shard.position, null, 'the position of an emptied shard is forgotten')
        await holds(shard, {}, 'an emptied shard is empty')
      }
    },

    'many keys and large values are there again': async ({ start, open, random }) => {
      const store = await start()
      const shard = await open(store)
      const large = random.bytes(5 * 1024 * 1024)
      const entries = Array.from({ length: 20_000 }, (_, index) => ({
        key: utf8(`key-${index}`),
        value: utf8(`${index}`),
      }))
      await shard.write({ entries: [...entries, { key: utf8('large'), value: large }], position: positionAt(3) })
      await store.close()
      const again = await open(await start(), { epoch: 2 })
      equal((await collect(again.range())).length, 20_001, THERE)
      equal(await read(again, 'key-19999'), '19999', THERE)
      equal(Buffer.compare((await again.get(utf8('large'))) ?? new Uint8Array(0), large), 0, THERE)
    },

    'ten restarts lose nothing': async ({ start, open }) => {
      const expected: Record<string, string> = {}
      for (let turn = 0; turn < 10; turn++) {
        const store = await start()
        const shard = await open(store, { epoch: turn })
        equal(shard.position?.offset ?? -1, turn - 1, THERE)
        await holds(shard, expected, THERE)
        expected[`turn-${turn}`] = 'x'
        await put(shard, { [`turn-${turn}`]: 'x' }, turn)
        await store.close()
      }
    },

    'another app on the same place has its own shards': async ({ start, open }) => {
      const first = await start({ app: 'one' })
      await put(await open(first), { a: 'one' }, 1)
      await first.close()
      const second = await start({ app: 'two' })
      equal(await second.list(), [], 'list names the shards of this app')
      const shard = await open(second)
      equal(shard.position, null, 'the app is the name space of everything it stores')
      await holds(shard, {}, 'the app is the name space of everything it stores')
      await put(shard, { a: 'two' }, 2)
      await second.close()
      const third = await start({ app: 'one' })
      await holds(await open(third, { epoch: 2 }), { a: 'one' }, 'the app is the name space of everything it stores')
    },

    'another place is other data': async ({ start, open }) => {
      const first = await start({ place: 'here' })
      await put(await open(first), { a: '1' }, 1)
      const second = await start({ place: 'there' })
      ok((await second.list()).length === 0, 'create: another place is other, empty data')
      await holds(await open(second), {}, 'create: another place is other, empty data')
    },
  },
}
