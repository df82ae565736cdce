import type { ShardUse } from '@faust/core'
import { equal, rejects } from '../kit/check.ts'
import type { CaseGroup } from '../kit/suite.ts'
import { failingEntries, holds, positionAt, put, read } from './shard-helpers.ts'
import type { StoreContext } from './store-context.ts'

const SAME = 'tune: entries and position stay as they are'
const EITHER = 'tune: every other promise holds in either use'
/** There and back, each said twice. */
const USES: readonly ShardUse[] = ['serve', 'restore', 'restore', 'serve', 'serve']

/** What `tune` must not change. Stores without it have nothing to do, and pass. */
export const tuning: CaseGroup<StoreContext> = {
  name: 'tuning',
  cases: {
    'entries and position stay, whatever the shard is tuned for': async ({ shard }) => {
      const table = await shard()
      for (const use of USES) {
        await table.tune?.(use)
        equal(table.position, null, SAME)
        await holds(table, {}, SAME)
      }
      await put(table, { a: '1', b: '2' }, 7)
      for (const use of USES) {
        await table.tune?.(use)
        equal(table.position, positionAt(7), SAME)
        await holds(table, { a: '1', b: '2' }, SAME)
      }
    },

    'a shard is written, read and emptied in either use': async ({ shard }) => {
      const table = await shard()
      for (const [turn, use] of USES.entries()) {
        await table.tune?.(use)
        await put(table, { [`turn-${turn}`]: String(turn), last: String(turn) }, turn)
        equal(await read(table, 'last'), String(turn), EITHER)
        equal(table.position, positionAt(turn), EITHER)
      }
      await holds(
        table,
        { 'turn-0': '0', 'turn-1': '1', 'turn-2': '2', 'turn-3': '3', 'turn-4': '4', last: '4' },
        EITHER,
      )
      for (const use of USES) {
        await table.tune?.(use)
        await put(table, { a: '1' }, 9)
        await table.clear()
        await holds(table, {}, EITHER)
        equal(table.position, null, EITHER)
      }
    },

    'a batch that fails is written in no use': async ({ shard }) => {
      const table = await shard()
      await put(table, { a: '1' }, 1)
      for (const use of USES) {
        await table.tune?.(use)
        const entries = failingEntries(1000)
        await rejects(async () => table.write({ entries, position: positionAt(2) }), 'FAUST_RESTORE_FAILED', EITHER)
        equal(table.position, positionAt(1), EITHER)
        await holds(table, { a: '1' }, EITHER)
      }
    },

    'a shard that was closed while tuned for a restore is found as it was': async ({ start, open }) => {
      const store = await start()
      let table = await open(store)
      // Also when nothing was written since.
      await put(table, { a: '0' }, 2)
      await table.tune?.('restore')
      await table.close()
      table = await open(store)
      equal(table.position, positionAt(2), SAME)
      await holds(table, { a: '0' }, SAME)
      await table.tune?.('restore')
      await put(table, { a: '1' }, 3)
      await table.close()
      equal(table.position, positionAt(3), 'position stays what it was after close')
      const again = await open(store)
      equal(again.position, positionAt(3), EITHER)
      await holds(again, { a: '1' }, EITHER)
      await put(again, { b: '2' }, 4)
      await holds(again, { a: '1', b: '2' }, EITHER)
    },

    'a closed shard is tuned for nothing': async ({ shard }) => {
      const table = await shard()
      await table.close()
      if (table.tune === undefined) return
      await rejects(async () => table.tune!('restore'), 'FAUST_CLOSED', 'after close: FAUST_CLOSED')
    },
  },
}
