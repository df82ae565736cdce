import type { Shard, StoreRange } from '@faust/core'
import { equal } from '../kit/check.ts'
import { hex, unhex, utf8 } from '../kit/bytes.ts'
import type { CaseGroup } from '../kit/suite.ts'
import type { SeededRandom } from '../random/seeded-random.ts'
import { modelRange, rangeText } from './range-model.ts'
import type { Model } from './range-model.ts'
import { positionAt, put, scan, scanText } from './shard-helpers.ts'
import type { StoreContext } from './store-context.ts'

const ORDER = 'keys order as unsigned bytes, the shorter first where one begins the other'

/** Ordered ranges, compared with a model. */
export const ranges: CaseGroup<StoreContext> = {
  name: 'range',
  cases: {
    'keys order as unsigned bytes, a prefix before what it begins': async ({ shard, random }) => {
      const table = await shard()
      const digits = [
        '',
        '00',
        '0000',
        '0001',
        '01',
        '61',
        '6100',
        '6161',
        '62',
        '7f',
        '7fff',
        '80',
        '8000',
        'c3a4',
        'fe',
        'ff',
        'ff00',
        'ffff',
      ]
      await fill(table, new Map(random.shuffle(digits).map((key) => [key, '01'])))
      equal(
        (await scan(table)).map(([key]) => key),
        digits,
        ORDER,
      )
      equal(
        (await scan(table, { reverse: true })).map(([key]) => key),
        digits.toReversed(),
        `reverse: ${ORDER}`,
      )
    },

    'an empty shard has an empty range': async ({ shard }) => {
      const table = await shard()
      equal(await scan(table), [], 'a range over nothing ends at once')
      equal(await scan(table, { gte: utf8('a'), reverse: true, limit: 3 }), [], 'a range over nothing ends at once')
    },

    'each bound alone, and pairs of bounds': async ({ shard }) => {
      const table = await shard()
      await put(table, { a: '1', b: '2', c: '3', d: '4' })
      const [b, c] = [utf8('b'), utf8('c')]
      const keys = async (range: StoreRange): Promise<string> =>
        (await scanText(table, range)).map(([key]) => key).join('')
      equal(await keys({ gte: b }), 'bcd', 'gte takes its bound in')
      equal(await keys({ gt: b }), 'cd', 'gt leaves its bound out')
      equal(await keys({ lte: c }), 'abc', 'lte takes its bound in')
      equal(await keys({ lt: c }), 'ab', 'lt leaves its bound out')
      equal(await keys({ gte: b, lte: c }), 'bc', 'both bounds hold')
      equal(await keys({ gt: b, lt: c }), '', 'nothing lies between neighbours')
      equal(await keys({ gt: b, lte: c, reverse: true }), 'c', 'bounds mean the same in reverse')
      equal(await keys({ gte: undefined, lt: undefined, limit: undefined }), 'abcd', 'an undefined bound is none')
    },

    'bounds that exclude each other give nothing': async ({ shard }) => {
      const table = await shard()
      await put(table, { a: '1', b: '2', c: '3' })
      for (const reverse of [false, true]) {
        equal(await scan(table, { gte: utf8('c'), lt: utf8('a'), reverse }), [], 'both bounds hold')
        equal(await scan(table, { gt: utf8('b'), lt: utf8('b'), reverse }), [], 'both bounds hold')
        equal(await scan(table, { gte: utf8('b'), lt: utf8('b'), reverse }), [], 'both bounds hold')
      }
    },

    'limit counts items, also in reverse, and 0 is a limit': async ({ shard }) => {
      const table = await shard()
      await put(table, { a: '1', b: '2', c: '3', d: '4' })
      equal(
        (await scanText(table, { limit: 2 })).map(([key]) => key),
        ['a', 'b'],
        'limit counts items',
      )
      equal(
        (await scanText(table, { limit: 2, reverse: true })).map(([key]) => key),
        ['d', 'c'],
        'reverse: from the largest key down',
      )
      equal(await scanText(table, { limit: 0 }), [], 'limit 0 gives nothing')
      equal((await scanText(table, { limit: 99 })).length, 4, 'limit is no promise of so many')
    },

    'the empty key as a bound': async ({ shard }) => {
      const table = await shard()
      await fill(
        table,
        new Map([
          ['', '01'],
          ['00', '02'],
          ['61', '03'],
        ]),
      )
      const empty = new Uint8Array(0)
      equal(
        (await scan(table, { gt: empty })).map(([key]) => key),
        ['00', '61'],
        'gt the empty key leaves it out',
      )
      equal((await scan(table, { gte: empty })).length, 3, 'gte the empty key takes everything')
      equal(await scan(table, { lt: empty }), [], 'nothing is less than the empty key')
      equal(
        (await scan(table, { lte: empty })).map(([key]) => key),
        [''],
        'lte the empty key takes it alone',
      )
    },

    'random data and random ranges agree with a model': async ({ shard, random }) => {
      const table = await shard()
      const model: Model = new Map()
      for (let round = 0; round < 8; round++) {
        await change(table, model, random, round)
        for (let query = 0; query < 60; query++) {
          const range = randomRange(random, [...model.keys()])
          equal(
            await scan(table, range),
            modelRange(model, range),
            `round ${round}, range ${rangeText(range)}: ${ORDER}`,
          )
        }
      }
    },

    'a consumer that stops early leaves nothing behind': async ({ shard }) => {
      const table = await shard()
      const entries = Array.from({ length: 5000 }, (_, index) => ({ key: utf8(`key-${index}`), value: utf8('v') }))
      await table.write({ entries, position: positionAt(0) })
      for (let turn = 0; turn < 20; turn++) {
        for await (const items of table.range()) {
          equal(items.length > 0, true, 'range gives arrays of items, never empty')
          break
        }
      }
      // An iterator that was left open would keep this from settling.
      await table.close()
    },

    'several ranges at once do not disturb each other': async ({ shard, random }) => {
      const table = await shard()
      const model: Model = new Map()
      await change(table, model, random, 0)
      const asked = Array.from({ length: 30 }, () => randomRange(random, [...model.keys()]))
      const answers = await Promise.all(asked.map((range) => scan(table, range)))
      for (const [index, range] of asked.entries()) {
        equal(
          answers[index],
          modelRange(model, range),
          `any number of readers at the same time, range ${rangeText(range)}`,
        )
      }
    },
  },
}

async function fill(shard: Shard, model: Model): Promise<void> {
  const entries = [...model].map(([key, value]) => ({ key: unhex(key), value: unhex(value) }))
  await shard.write({ entries, position: positionAt(0) })
}

/** One batch of random puts and deletes, on the shard and on the model. */
async function change(shard: Shard, model: Model, random: SeededRandom, offset: number): Promise<void> {
  const entries = Array.from({ length: 150 }, () => {
    const known = [...model.keys()]
    const remove = known.length > 0 && random.next() < 0.2
    const key = remove ? unhex(random.pick(known)) : randomKey(random)
    const value = remove ? null : random.bytes(random.int(20))
    if (value === null) model.delete(hex(key))
    else model.set(hex(key), hex(value))
    return { key, value }
  })
  await shard.write({ entries, position: positionAt(offset) })
}

/** Short keys over few bytes, the extreme ones among them, so that prefixes and neighbours are common. */
function randomKey(random: SeededRandom): Uint8Array {
  return Uint8Array.from({ length: random.int(5) }, () => random.pick([0, 1, 0x61, 0x7f, 0x80, 0xfe, 0xff]))
}

function randomRange(random: SeededRandom, keys: readonly string[]): StoreRange {
  const bound = (): Uint8Array =>
    keys.length > 0 && random.next() < 0.7 ? unhex(random.pick(keys)) : randomKey(random)
  return {
    ...random.pick<() => StoreRange>([() => ({}), () => ({ gte: bound() }), () => ({ gt: bound() })])(),
    ...random.pick<() => StoreRange>([() => ({}), () => ({ lte: bound() }), () => ({ lt: bound() })])(),
    ...(random.next() < 0.5 ? { reverse: true } : {}),
    ...(random.next() < 0.4 ? { limit: random.int(20) } : {}),
  }
}
