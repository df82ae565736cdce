import { isFaustError } from '@faust/core'
import { describe, equal, fail, rejects, settle } from '../kit/check.ts'
import type { CaseGroup } from '../kit/suite.ts'
import { holds, positionAt, put } from './shard-helpers.ts'
import type { StoreContext } from './store-context.ts'

const FENCED =
  'write rejects with FAUST_STORE_FENCED when a later opener has a higher epoch, and has then written nothing'
const RAISED = 'opening raises the epoch atomically: an earlier, lower opener cannot write any more'

/** Epochs between several openers of one shard, in a store that all workers reach. */
export const fencing: CaseGroup<StoreContext> = {
  name: 'fencing',
  needs: ['shared'],
  cases: {
    'workers reach the same shard': async ({ start, open }) => {
      const one = await open(await start(), { epoch: 1 })
      await put(one, { a: '1' }, 4)
      const store = await start()
      equal((await store.list()).length, 1, 'shared: all workers reach the same shards')
      const two = await open(store, { epoch: 2 })
      equal({ ...two.position }, positionAt(4), 'the position is read back at open')
      await holds(two, { a: '1' }, 'shared: all workers reach the same shards')
    },

    'a later opener with a higher epoch fences the earlier': async ({ start, open }) => {
      const old = await open(await start(), { epoch: 1 })
      await put(old, { a: '1' }, 1)
      const owner = await open(await start(), { epoch: 2 })
      await rejects(() => put(old, { a: 'zombie', b: 'zombie' }, 2), 'FAUST_STORE_FENCED', FENCED)
      await holds(owner, { a: '1' }, FENCED)
      await put(owner, { a: '2' }, 2)
      await rejects(() => put(old, { a: 'zombie' }, 3), 'FAUST_STORE_FENCED', FENCED)
      await rejects(() => old.write({ entries: [], position: positionAt(9) }), 'FAUST_STORE_FENCED', FENCED)
      await holds(owner, { a: '2' }, FENCED)
      const next = await open(await start(), { epoch: 3 })
      equal({ ...next.position }, positionAt(2), 'a refused write has moved no position')
    },

    'opening alone fences, before the new owner writes': async ({ start, open }) => {
      const old = await open(await start(), { epoch: 7 })
      await open(await start(), { epoch: 8 })
      await rejects(() => put(old, { a: 'zombie' }, 1), 'FAUST_STORE_FENCED', RAISED)
    },

    'a fenced opener clears nothing': async ({ start, open }) => {
      const old = await open(await start(), { epoch: 1 })
      await put(old, { a: '1' }, 1)
      const owner = await open(await start(), { epoch: 2 })
      await rejects(() => old.clear(), 'FAUST_STORE_FENCED', RAISED)
      await holds(owner, { a: '1' }, RAISED)
    },

    'a zombie that opens late with its old epoch does not win': async ({ start, open }) => {
      const owner = await open(await start(), { epoch: 9 })
      await put(owner, { a: '1' }, 1)
      const zombieStore = await start()
      const rule = 'in a shared store an epoch lower than the last is refused with FAUST_STORE_FENCED'
      await rejects(() => open(zombieStore, { epoch: 8 }), 'FAUST_STORE_FENCED', rule)
      await put(owner, { b: '2' }, 2)
      await holds(owner, { a: '1', b: '2' }, 'a lower epoch raises nothing: the owner goes on')
    },

    'the same epoch may open again: an owner that restarts within its generation': async ({ start, open }) => {
      const store = await start()
      const first = await open(store, { epoch: 5 })
      await put(first, { a: '1' }, 1)
      await first.close()
      const again = await open(store, { epoch: 5 })
      await put(again, { b: '2' }, 2)
      await holds(again, { a: '1', b: '2' }, 'a batch is refused for a lower epoch only')
    },

    'other shards keep their own epochs': async ({ start, open }) => {
      const store = await start()
      const low = await open(store, { partition: 0, epoch: 1 })
      await open(store, { partition: 1, epoch: 50 })
      await open(store, { table: 'other', partition: 0, epoch: 50 })
      await put(low, { a: '1' }, 1)
    },

    'of openers that race only the highest epoch can write': async ({ start, open, random }) => {
      const epochs = random.shuffle(Array.from({ length: 12 }, (_, index) => index + 1))
      const stores = await Promise.all(epochs.map(() => start()))
      const opened = await Promise.all(
        epochs.map((epoch, index) => settle(() => open(stores[index] as never, { epoch }))),
      )
      const writes = await Promise.all(
        opened.map(({ error, value }, index) =>
          error === undefined
            ? settle(() => put(value as never, { [`epoch-${epochs[index]}`]: 'x' }, epochs[index]))
            : Promise.resolve({ error }),
        ),
      )
      for (const [index, { error }] of writes.entries()) {
        if (epochs[index] === 12) equal(error, undefined, 'the highest epoch can write')
        else if (!isFaustError(error, 'FAUST_STORE_FENCED'))
          fail(RAISED, `Epoch ${epochs[index]} of 12: ${describe(error)}`)
      }
      const last = await open(await start(), { epoch: 13 })
      await holds(last, { 'epoch-12': 'x' }, FENCED)
    },

    'two openers at once are both served': async ({ start, open }) => {
      const active = await open(await start(), { epoch: 3 })
      await put(active, { a: '1' }, 1)
      const reader = await open(await start(), { epoch: 3 })
      await holds(reader, { a: '1' }, 'open twice is refused only where the store is not shared')
    },
  },
}
