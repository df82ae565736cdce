import { equal, rejects, settle } from '../kit/check.ts'
import { utf8 } from '../kit/bytes.ts'
import type { CaseGroup } from '../kit/suite.ts'
import { entry, failingEntries, holds, positionAt, put } from './shard-helpers.ts'
import type { StoreContext } from './store-context.ts'

const LATER = 'a later entry of the same key wins'

/** The one way to write. */
export const batches: CaseGroup<StoreContext> = {
  name: 'batch',
  cases: {
    'all entries of a batch are written': async ({ shard }) => {
      const table = await shard()
      await put(table, { old: '0', kept: '1' }, 0)
      await put(table, { a: '1', b: '2', old: null, c: '3' }, 1)
      await holds(table, { a: '1', b: '2', c: '3', kept: '1' }, 'write: all entries and the position, or nothing')
    },

    'a later entry of the same key wins': async ({ shard }) => {
      const table = await shard()
      await put(table, { deleted: 'before', restored: 'before' }, 0)
      await table.write({
        entries: [
          entry('twice', 'first'),
          entry('deleted', 'first'),
          entry('restored', null),
          entry('gone', 'first'),
          entry('twice', 'second'),
          entry('deleted', null),
          entry('restored', 'second'),
          entry('gone', null),
        ],
        position: positionAt(1),
      })
      await holds(table, { twice: 'second', restored: 'second' }, LATER)
    },

    'a batch without entries moves the position alone': async ({ shard }) => {
      const table = await shard()
      await put(table, { a: '1' }, 3)
      await table.write({ entries: [], position: positionAt(9, { note: 'moved' }) })
      equal(table.position, positionAt(9, { note: 'moved' }), 'the position is moved on by every write')
      await holds(table, { a: '1' }, 'a batch without entries changes no key')
    },

    'a large batch is one write': async ({ shard, random }) => {
      const table = await shard()
      const entries = Array.from({ length: 10_000 }, (_, index) => ({
        key: utf8(`key-${index}`),
        value: random.bytes(100),
      }))
      await table.write({ entries, position: positionAt(10_000) })
      const found = await table.getMany(entries.map((item) => item.key))
      equal(found.filter((value) => value === undefined).length, 0, 'write: all entries and the position, or nothing')
      equal(table.position?.offset, 10_000, 'write: all entries and the position, or nothing')
    },

    'writes one after the other keep their order': async ({ shard }) => {
      const table = await shard()
      for (let turn = 0; turn < 200; turn++) await put(table, { last: String(turn), [`turn-${turn}`]: 'x' }, turn)
      await put(table, Object.fromEntries(Array.from({ length: 199 }, (_, turn) => [`turn-${turn}`, null])), 200)
      await holds(table, { last: '199', 'turn-199': 'x' }, 'calls come one at a time, and each sees the one before')
    },

    'the arrays of a batch may be used again once it has settled': async ({ shard }) => {
      const table = await shard()
      const entries = [entry('a', '1')]
      await table.write({ entries, position: positionAt(0) })
      entries[0] = entry('a', '2')
      entries.push(entry('b', '2'))
      await holds(table, { a: '1' }, 'what is given counts as it was at the call')
    },

    'entries may be made as they are asked for, once': async ({ shard }) => {
      const table = await shard()
      let times = 0
      const entries = {
        *[Symbol.iterator]() {
          times++
          for (let index = 0; index < 1000; index++) yield entry(`key-${index}`, times === 1 ? 'first' : 'again')
        },
      }
      await table.write({ entries, position: positionAt(1) })
      equal(times, 1, 'entries are gone through once')
      const all = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`key-${index}`, 'first']))
      await holds(table, all, 'write: all entries and the position, or nothing')
    },

    'a failure of whoever makes the entries is passed on, and nothing is written': async ({ shard }) => {
      const table = await shard()
      await put(table, { a: '1' }, 1)
      const rule = 'a FaustError of whoever makes the entries is passed on, and nothing is written'
      for (const before of [0, 1000]) {
        const entries = failingEntries(before)
        await rejects(async () => table.write({ entries, position: positionAt(2) }), 'FAUST_RESTORE_FAILED', rule)
        equal(table.position, positionAt(1), rule)
        await holds(table, { a: '1' }, rule)
      }
      await put(table, { a: '3' }, 2)
      await holds(table, { a: '3' }, 'the shard takes writes as before')
    },

    'a refused write has written nothing': async ({ shard }) => {
      const table = await shard()
      await put(table, { a: '1' }, 1)
      await table.close()
      const outcome = await settle(() => put(table, { a: '2' }, 2))
      equal(outcome.error !== undefined, true, 'after close: FAUST_CLOSED')
      equal(table.position?.offset ?? 1, 1, 'a refused write has moved no position')
    },
  },
}
