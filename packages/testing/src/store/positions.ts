import { equal } from '../kit/check.ts'
import type { CaseGroup } from '../kit/suite.ts'
import { entry, holds, positionAt, put } from './shard-helpers.ts'
import type { StoreContext } from './store-context.ts'

/** The changelog position that is kept with the entries. */
export const positions: CaseGroup<StoreContext> = {
  name: 'position',
  cases: {
    'it is null for an empty shard': async ({ shard }) => {
      equal((await shard()).position, null, 'position: null for an empty shard')
    },

    'every part of it comes back': async ({ shard }) => {
      const table = await shard()
      const position = {
        log: 'aB_-9/+= ünïcode',
        offset: 2 ** 52 + 12_345,
        time: 1_999_999_999_999,
        note: '{"closedUntil":1700000000000,"text":"ä \u0000 \n \u{1f980}"}',
      }
      await table.write({ entries: [entry('a', '1')], position })
      equal({ ...table.position }, position, 'the position is moved on by every write, with all its parts')
    },

    'zeros and empty texts are positions too': async ({ shard }) => {
      const table = await shard()
      const position = { log: '', offset: 0, time: 0, note: '' }
      await table.write({ entries: [], position })
      equal({ ...table.position }, position, 'offset 0 is a position and not an empty shard')
    },

    'it is as the last write said, also when that is an earlier place or another log': async ({ shard }) => {
      const table = await shard()
      await put(table, { a: '1' }, 100)
      await table.write({ entries: [], position: positionAt(7, { log: 'log-2' }) })
      equal(
        { ...table.position },
        positionAt(7, { log: 'log-2' }),
        'the position is moved by every write, not compared',
      )
    },

    'it is read at open': async ({ start, open }) => {
      const store = await start()
      const first = await open(store)
      await put(first, { a: '1' }, 42)
      await first.close()
      const second = await open(store, { epoch: 2 })
      equal({ ...second.position }, positionAt(42), 'the position is read back at open')
      await holds(second, { a: '1' }, 'a shard that was closed and opened again by the same store holds what it held')
    },

    'clear empties the shard and forgets it, as one': async ({ start, open }) => {
      const store = await start()
      const first = await open(store)
      await put(first, { a: '1', b: '2' }, 42)
      await first.clear()
      equal(first.position, null, 'clear forgets the position')
      await holds(first, {}, 'clear empties the shard')
      await first.close()
      const second = await open(store, { epoch: 2 })
      equal(second.position, null, 'clear forgets the position, also for a later opener')
      await holds(second, {}, 'clear empties the shard, also for a later opener')
      await put(second, { c: '3' }, 1)
      await holds(second, { c: '3' }, 'a cleared shard can be written again')
      equal(second.position?.offset, 1, 'a cleared shard follows its changelog anew')
    },

    'it stays what it was when the shard is closed': async ({ start, open }) => {
      const store = await start()
      const rule = 'position stays what it was after close'
      const [written, empty, another] = [
        await open(store),
        await open(store, { partition: 1 }),
        await open(store, { partition: 2 }),
      ]
      await put(written, { a: '1' }, 42)
      await put(another, { a: '1' }, 7)
      await written.close()
      await empty.close()
      equal({ ...written.position }, positionAt(42), rule)
      equal(empty.position, null, rule)
      const next = await open(store, { epoch: 2 })
      await put(next, { a: '2' }, 43)
      equal({ ...written.position }, positionAt(42), `${rule}, also when another opener goes on`)
      await store.close()
      equal({ ...another.position }, positionAt(7), `${rule}, also when the store closes it`)
    },

    'clear of an empty shard is fine': async ({ shard }) => {
      const table = await shard()
      await table.clear()
      equal(table.position, null, 'clear forgets the position')
    },

    'a standby is written and read the same way': async ({ start, open }) => {
      const store = await start()
      const standby = await open(store, { mode: 'standby' })
      await put(standby, { a: '1' }, 5)
      await holds(standby, { a: '1' }, 'active and standby both write the same way')
      await standby.close()
      const active = await open(store, { mode: 'active', epoch: 2 })
      equal(active.position?.offset, 5, 'a standby is promoted with its position')
      await holds(active, { a: '1' }, 'a standby is promoted with its entries')
    },
  },
}
