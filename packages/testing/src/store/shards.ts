import { isFaustError } from '@faust/core'
import { equal, fail, ok, rejects, settle } from '../kit/check.ts'
import { text, utf8 } from '../kit/bytes.ts'
import type { CaseGroup } from '../kit/suite.ts'
import { collect, holds, positionAt, put, read } from './shard-helpers.ts'
import type { StoreContext } from './store-context.ts'

const CLOSED = 'after close: FAUST_CLOSED'
const CLOSING = 'close waits for reads under way; theirs may be answered with FAUST_CLOSED'

/** Many shards, and their end. */
export const shards: CaseGroup<StoreContext> = {
  name: 'shards',
  cases: {
    'fifty are opened, written and read at once': async ({ start, open }) => {
      const store = await start()
      const all = await Promise.all(Array.from({ length: 50 }, (_, partition) => open(store, { partition })))
      await Promise.all(
        all.map(async (shard, partition) => {
          for (let turn = 0; turn < 5; turn++) await put(shard, { key: `${partition}`, [`turn-${turn}`]: 'x' }, turn)
        }),
      )
      for (const [partition, shard] of all.entries()) {
        equal(await read(shard, 'key'), String(partition), 'a shard holds one partition and nothing of another')
        equal(shard.position?.offset, 4, 'each shard has its own position')
      }
      await Promise.all(all.map((shard) => shard.close()))
      equal((await store.list()).length, 50, 'list names the shards that exist, open or not')
    },

    'two tables share no keys': async ({ start, open }) => {
      const store = await start()
      const one = await open(store, { table: 'one' })
      const two = await open(store, { table: 'two' })
      await put(one, { a: '1' }, 1)
      await put(two, { a: '2', b: '2' }, 2)
      await one.clear()
      await holds(one, {}, 'clear empties its own shard')
      await holds(two, { a: '2', b: '2' }, 'clear empties no other shard')
    },

    'close is idempotent, also when called twice at once': async ({ shard }) => {
      const table = await shard()
      await put(table, { a: '1' })
      await Promise.all([table.close(), table.close()])
      await table.close()
    },

    'after close everything answers FAUST_CLOSED': async ({ shard }) => {
      const table = await shard()
      await put(table, { a: '1' })
      await table.close()
      await rejects(() => table.get(utf8('a')), 'FAUST_CLOSED', `get ${CLOSED}`)
      await rejects(() => table.getMany([utf8('a')]), 'FAUST_CLOSED', `getMany ${CLOSED}`)
      await rejects(() => collect(table.range()), 'FAUST_CLOSED', `range ${CLOSED}`)
      await rejects(() => put(table, { a: '2' }, 1), 'FAUST_CLOSED', `write ${CLOSED}`)
      await rejects(() => table.clear(), 'FAUST_CLOSED', `clear ${CLOSED}`)
    },

    'reads under way end when the shard is closed': async ({ shard }) => {
      const table = await shard()
      const entries = Array.from({ length: 3000 }, (_, index) => ({ key: utf8(`key-${index}`), value: utf8('value') }))
      await table.write({ entries, position: positionAt(0) })
      const reads = entries.slice(0, 300).map(({ key }) => settle(() => table.get(key)))
      const many = settle(() => table.getMany(entries.map(({ key }) => key)))
      const range = settle(() => collect(table.range()))
      await table.close()
      for (const outcome of await Promise.all(reads)) {
        if (outcome.error === undefined) equal(text(outcome.value as Uint8Array), 'value', CLOSING)
        else closedOnly(outcome.error)
      }
      for (const [what, outcome] of [
        ['getMany', await many],
        ['range', await range],
      ] as const) {
        if (outcome.error !== undefined) closedOnly(outcome.error)
        else ok((outcome.value as unknown[]).length === 3000, CLOSING, `${what} gave a part`)
      }
    },

    'a range that is left open does not keep the shard from closing': async ({ shard }) => {
      const table = await shard()
      const entries = Array.from({ length: 5000 }, (_, index) => ({ key: utf8(`key-${index}`), value: utf8('value') }))
      await table.write({ entries, position: positionAt(0) })
      const iterator = table.range()[Symbol.asyncIterator]()
      await iterator.next()
      await table.close()
      await endsProperly(iterator)
    },

    'a write under way is whole when the shard is closed': async ({ start, open }) => {
      const store = await start()
      const shard = await open(store)
      const entries = Array.from({ length: 2000 }, (_, index) => ({ key: utf8(`key-${index}`), value: utf8('value') }))
      const write = settle(() => shard.write({ entries, position: positionAt(8) }))
      await shard.close()
      const outcome = await write
      if (outcome.error !== undefined) closedOnly(outcome.error)
      const again = await open(store, { epoch: 2 })
      const count = (await collect(again.range())).length
      const rule = 'write: all entries and the position, or nothing'
      if (again.position === null) equal([count, outcome.error !== undefined], [0, true], rule)
      else equal([count, again.position.offset], [2000, 8], rule)
    },
  },
}

function closedOnly(error: unknown): void {
  if (!isFaustError(error, 'FAUST_CLOSED')) fail(CLOSING, `A read under way failed with ${String(error)}`)
}

/** The rest of an iteration: items, its end, or FAUST_CLOSED; never a hang. */
async function endsProperly(iterator: AsyncIterator<unknown>): Promise<void> {
  for (;;) {
    const outcome = await settle(() => iterator.next())
    if (outcome.error !== undefined) return closedOnly(outcome.error)
    if ((outcome.value as IteratorResult<unknown>).done === true) return undefined
  }
}
