import type { Shard } from '@faust/core'
import { equal, ok } from '../kit/check.ts'
import { text, utf8 } from '../kit/bytes.ts'
import type { CaseGroup } from '../kit/suite.ts'
import { turn } from '../kit/turn.ts'
import { collect, positionAt } from './shard-helpers.ts'
import type { StoreContext } from './store-context.ts'

const SNAPSHOT = 'range sees the shard as it was at the call, whatever is written meanwhile'
const WHOLE = 'a read sees every write that had settled before it and none in part'
const KEYS = Array.from({ length: 2000 }, (_, index) => utf8(`key-${String(index).padStart(5, '0')}`))

/** What readers see while somebody writes. */
export const snapshots: CaseGroup<StoreContext> = {
  name: 'reading while writing',
  cases: {
    'a range sees the shard as it was at the call, not at the first item': async ({ shard }) => {
      const table = await shard()
      await writeVersion(table, 1)
      const range = table.range()
      await writeVersion(table, 2)
      equal(await versions(range), [1], SNAPSHOT)
      equal(await versions(table.range()), [2], 'a later range sees the later write')
    },

    'a range under way sees neither puts nor deletes': async ({ shard }) => {
      const table = await shard()
      await writeVersion(table, 1)
      let count = 0
      let wrote = false
      for await (const items of table.range()) {
        for (const item of items) equal(text(item.value), '1', SNAPSHOT)
        count += items.length
        if (wrote) continue
        wrote = true
        const entries = KEYS.map((key, index) => ({ key, value: index % 2 === 0 ? null : utf8('2') }))
        await table.write({ entries: [...entries, { key: utf8('zzz'), value: utf8('2') }], position: positionAt(2) })
      }
      equal(count, KEYS.length, SNAPSHOT)
      equal((await collect(table.range())).length, KEYS.length / 2 + 1, 'a later range sees the later write')
    },

    'a reverse range and one with bounds are snapshots too': async ({ shard }) => {
      const table = await shard()
      await writeVersion(table, 1)
      const reverse = table.range({ reverse: true })
      const bounded = table.range({ gte: KEYS[10], lt: KEYS[500], limit: 300 })
      await writeVersion(table, 2)
      equal(await versions(reverse), [1], SNAPSHOT)
      equal(await versions(bounded), [1], SNAPSHOT)
    },

    'a range outlives a clear': async ({ shard }) => {
      const table = await shard()
      await writeVersion(table, 1)
      const range = table.range()
      await table.clear()
      equal((await collect(range)).length, KEYS.length, SNAPSHOT)
      equal(await collect(table.range()), [], 'clear empties the shard')
    },

    'many readers never see half a batch': async ({ shard, clock }) => {
      const table = await shard()
      await writeVersion(table, 0)
      let current = 0
      let writing = true
      const some = [KEYS[0], KEYS[700], KEYS[1400], KEYS[1999]].map((key) => key ?? new Uint8Array(0))
      const reader = async (): Promise<void> => {
        while (writing) {
          const settled = current
          const values = (await table.getMany(some)).map((value) => Number(text(value)))
          ok(new Set(values).size === 1, WHOLE, `getMany gave the versions ${values.join(', ')}`)
          ok((values[0] ?? -1) >= settled, WHOLE, `Version ${settled} had settled, getMany gave ${values[0]}`)
          const single = Number(text(await table.get(some[0] ?? new Uint8Array(0))))
          ok(single >= (values[0] ?? 0), WHOLE, `Version ${values[0]} had been read, get gave ${single}`)
          // A store that answers at once would otherwise keep the writer from its turn.
          await turn(clock)
        }
      }
      const scanner = async (): Promise<void> => {
        while (writing) {
          equal((await versions(table.range())).length, 1, WHOLE)
          await turn(clock)
        }
      }
      const readers = Promise.all([reader(), reader(), reader(), reader(), scanner()])
      // A failing reader is told by the await below; until then it must not count as unhandled.
      readers.catch(() => undefined)
      try {
        for (let version = 1; version <= 25; version++) {
          await writeVersion(table, version)
          current = version
        }
      } finally {
        writing = false
      }
      await readers
    },

    'the position moves with the entries': async ({ shard }) => {
      const table = await shard()
      for (let version = 1; version <= 10; version++) {
        const write = writeVersion(table, version)
        await write
        equal(table.position?.offset, version, 'the position is moved on by every write')
        equal(text(await table.get(KEYS[3] ?? new Uint8Array(0))), String(version), WHOLE)
      }
    },
  },
}

async function writeVersion(shard: Shard, version: number): Promise<void> {
  const value = utf8(String(version))
  await shard.write({ entries: KEYS.map((key) => ({ key, value })), position: positionAt(version) })
}

/** The different versions in a range: one, when it is a snapshot. */
async function versions(range: AsyncIterable<readonly { readonly value: Uint8Array }[]>): Promise<number[]> {
  const seen = new Set<number>()
  for await (const items of range) for (const item of items) seen.add(Number(text(item.value)))
  return [...seen]
}
