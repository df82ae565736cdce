import { equal } from '../kit/check.ts'
import { hex, utf8 } from '../kit/bytes.ts'
import type { CaseGroup } from '../kit/suite.ts'
import { collect, holds, positionAt, put, read, readMany, scan } from './shard-helpers.ts'
import type { StoreContext } from './store-context.ts'

const RULE = 'a read sees every write that had settled before it'

/** Keys and values of all kinds come back as they were given. */
export const roundTrips: CaseGroup<StoreContext> = {
  name: 'round trip',
  cases: {
    'a value is read back, replaced and deleted': async ({ shard }) => {
      const table = await shard()
      equal(await read(table, 'a'), undefined, 'a missing key gives undefined')
      await put(table, { a: '1' }, 0)
      equal(await read(table, 'a'), '1', RULE)
      await put(table, { a: '2' }, 1)
      equal(await read(table, 'a'), '2', RULE)
      await put(table, { a: null }, 2)
      equal(await read(table, 'a'), undefined, 'null deletes the key')
      await holds(table, {}, 'a deleted key is in no range')
    },

    'deleting a missing key is fine': async ({ shard }) => {
      const table = await shard()
      await put(table, { missing: null, there: '1' })
      await holds(table, { there: '1' }, 'null deletes the key, whether it is there or not')
    },

    'empty values are values, and the empty key is a key': async ({ shard }) => {
      const table = await shard()
      const empty = new Uint8Array(0)
      await table.write({
        entries: [
          { key: utf8('a'), value: empty },
          { key: empty, value: utf8('of the empty key') },
        ],
        position: positionAt(0),
      })
      equal(hex(await table.get(utf8('a'))), '', 'an empty value is not a missing one')
      equal(hex(await table.get(empty)), hex(utf8('of the empty key')), 'any bytes are a key, none included')
      const expected = [
        ['', hex(utf8('of the empty key'))],
        [hex(utf8('a')), ''],
      ]
      equal(await scan(table), expected as [string, string][], 'the empty key orders before all others')
      await table.write({ entries: [{ key: empty, value: null }], position: positionAt(1) })
      equal(await table.get(empty), undefined, 'the empty key can be deleted')
    },

    'every byte may stand in keys and values': async ({ shard }) => {
      const table = await shard()
      const all = Uint8Array.from({ length: 256 }, (_, byte) => byte)
      const entries = [...all].flatMap((byte) => [
        { key: Uint8Array.of(byte), value: Uint8Array.of(byte, 0, 255 - byte) },
        { key: Uint8Array.of(byte, 0), value: all },
      ])
      await table.write({ entries, position: positionAt(0) })
      for (const { key, value } of entries) {
        equal(hex(await table.get(key)), hex(value), `bytes come back as they were given, key ${hex(key)}`)
      }
      equal((await scan(table)).length, entries.length, 'every key is in the range over everything')
    },

    'no key is reserved for the store itself': async ({ shard }) => {
      const table = await shard()
      await table.write({ entries: [], position: positionAt(5) })
      equal(await scan(table), [], 'position and epoch are no items of the shard')
      const names = [
        'position',
        'epoch',
        'meta',
        '__proto__',
        'constructor',
        '!',
        '\u0000',
        '\u0000position',
        ':',
        '\u{10ffff}',
      ]
      for (const [index, name] of names.entries()) await put(table, { [name]: `value ${index}` }, index)
      const entries = names.map((name, index) => ({ key: utf8(name), value: utf8(`value ${index}`) }))
      await table.write({ entries, position: positionAt(20) })
      equal(
        await readMany(table, names),
        names.map((_, index) => `value ${index}`),
        'any bytes are a key',
      )
      equal(table.position, positionAt(20), 'no key touches the position')
    },

    'long keys and a value of five megabytes': async ({ shard, random }) => {
      const table = await shard()
      const key = random.bytes(1000)
      const value = random.bytes(5 * 1024 * 1024)
      await table.write({ entries: [{ key, value }], position: positionAt(0) })
      const found = await table.get(key)
      equal(found?.length, value.length, 'a value comes back whole')
      equal(Buffer.compare(found ?? new Uint8Array(0), value), 0, 'a large value comes back byte for byte')
      const [item] = await collect(table.range())
      equal(Buffer.compare(item?.value ?? new Uint8Array(0), value), 0, 'a range gives large values byte for byte')
    },

    'twenty thousand keys': async ({ shard }) => {
      const table = await shard()
      const name = (index: number): string => `key-${String(index).padStart(6, '0')}`
      for (let from = 0; from < 20_000; from += 1000) {
        const entries = Array.from({ length: 1000 }, (_, index) => ({
          key: utf8(name(from + index)),
          value: utf8(`value ${from + index}`),
        }))
        await table.write({ entries, position: positionAt(from) })
      }
      const items = await collect(table.range())
      equal(items.length, 20_000, 'the range over everything gives every key once')
      equal(hex(items[12_345]?.key), hex(utf8(name(12_345))), 'keys come in their order')
      equal(await read(table, name(19_999)), 'value 19999', RULE)
    },

    'getMany answers in the order asked, with missing and repeated keys in their places': async ({ shard }) => {
      const table = await shard()
      await put(table, { a: '1', b: '2', c: '3' })
      equal(
        await readMany(table, ['c', 'missing', 'a', 'c', 'b', '']),
        ['3', undefined, '1', '3', '2', undefined],
        'getMany answers in the order asked',
      )
      equal(await readMany(table, []), [], 'getMany of nothing is nothing')
    },
  },
}
