import type { StoreEntry } from '@faust/core'
import { equal, ok } from '../kit/check.ts'
import { hex, utf8 } from '../kit/bytes.ts'
import type { CaseGroup } from '../kit/suite.ts'
import { collect, positionAt, put, read } from './shard-helpers.ts'
import type { StoreContext } from './store-context.ts'

const GIVEN = 'bytes given are copied or written before the call settles: the caller may use them again'
const RECEIVED = 'bytes received belong to the caller: changing them changes nothing in the store'

/** Who owns which bytes. */
export const bytes: CaseGroup<StoreContext> = {
  name: 'bytes',
  cases: {
    'those given may be used again once the write has settled': async ({ shard }) => {
      const table = await shard()
      const [key, value] = [utf8('key'), utf8('value')]
      await table.write({ entries: [{ key, value }], position: positionAt(0) })
      key.fill(0x7a)
      value.fill(0x7a)
      equal(await read(table, 'key'), 'value', GIVEN)
      equal(await read(table, 'zzz'), undefined, GIVEN)
      const items = await collect(table.range())
      equal(
        items.map((item) => [hex(item.key), hex(item.value)]),
        [[hex(utf8('key')), hex(utf8('value'))]],
        GIVEN,
      )
    },

    'views into a larger buffer are taken as the views they are': async ({ shard }) => {
      const table = await shard()
      const buffer = utf8('<<key>><<value>>')
      await table.write({
        entries: [{ key: buffer.subarray(2, 5), value: buffer.subarray(9, 14) }],
        position: positionAt(0),
      })
      equal(await read(table, 'key'), 'value', 'a Uint8Array may be a view; only what it shows counts')
      equal(hex(await table.get(buffer.subarray(2, 5))), hex(utf8('value')), 'a key to look up may be a view')
    },

    'what they are views of may be filled anew once the write has settled': async ({ shard }) => {
      const table = await shard()
      // As a transport reads: one buffer from the network for a whole answer, keys and values of all sizes cut out of it.
      const sizes = [1, 20, 100, 5000, 70_000, 300_000]
      const network = new Uint8Array(sizes.reduce((sum, size) => sum + 8 + size, 0))
      const cut = (): StoreEntry[] => {
        let at = 0
        return sizes.map((size, number) => {
          const key = network.subarray(at, at + 8).fill(number + 1)
          const value = network.subarray(at + 8, at + 8 + size).fill(number + 101)
          at += 8 + size
          return { key, value }
        })
      }
      await table.write({ entries: cut(), position: positionAt(0) })
      network.fill(0)
      for (const [number, size] of sizes.entries()) {
        const value = await table.get(new Uint8Array(8).fill(number + 1))
        equal(value?.length, size, GIVEN)
        ok(value?.every((byte) => byte === number + 101) === true, GIVEN, `A value of ${size} bytes has changed`)
      }
      equal(
        (await collect(table.range())).map(({ key, value }) => [key[0], value[0], value.length]),
        sizes.map((size, number) => [number + 1, number + 101, size]),
        GIVEN,
      )
    },

    'those of a look-up and of bounds may be used again': async ({ shard }) => {
      const table = await shard()
      await put(table, { a: '1', b: '2', c: '3' })
      const key = utf8('a')
      equal(hex(await table.get(key)), hex(utf8('1')), 'a value is read back')
      key[0] = 0x62
      equal(hex(await table.get(key)), hex(utf8('2')), GIVEN)
      const bound = utf8('b')
      const range = table.range({ gte: bound })
      bound[0] = 0x63
      equal((await collect(range)).length, 2, 'the bounds of a range count as they were at the call')
    },

    'those received belong to the caller': async ({ shard }) => {
      const table = await shard()
      await put(table, { a: 'one', b: 'two' })
      const single = await table.get(utf8('a'))
      single?.fill(0)
      equal(await read(table, 'a'), 'one', RECEIVED)
      for (const value of await table.getMany([utf8('a'), utf8('b')])) value?.fill(0)
      equal(await read(table, 'b'), 'two', RECEIVED)
      for (const item of await collect(table.range())) {
        item.key.fill(0)
        item.value.fill(0)
      }
      equal(
        (await collect(table.range())).map((item) => [hex(item.key), hex(item.value)]),
        [
          [hex(utf8('a')), hex(utf8('one'))],
          [hex(utf8('b')), hex(utf8('two'))],
        ],
        RECEIVED,
      )
    },
  },
}
