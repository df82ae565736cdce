import { equal, rejects } from '../kit/check.ts'
import type { CaseGroup } from '../kit/suite.ts'
import { holds, put } from './shard-helpers.ts'
import type { StoreContext } from './store-context.ts'

const LAST =
  'in a store that one process has to itself the last opener always wins: generations begin anew when a group was deleted'

/** Epochs of openers that follow each other, in a store that one process has for itself. */
export const epochs: CaseGroup<StoreContext> = {
  name: 'epochs',
  needs: ['!shared'],
  cases: {
    'equal and higher epochs follow each other': async ({ start, open }) => {
      const store = await start()
      for (const [turn, epoch] of [0, 0, 1, 1, 2 ** 31].entries()) {
        const shard = await open(store, { epoch })
        await put(shard, { last: String(turn) }, turn)
        await shard.close()
      }
      await holds(await open(store, { epoch: 2 ** 31 }), { last: '4' }, 'a batch is refused for a lower epoch only')
    },

    'the shard of an earlier opener cannot write any more': async ({ start, open }) => {
      const store = await start()
      const first = await open(store, { epoch: 1 })
      await put(first, { a: '1' }, 1)
      await first.close()
      const second = await open(store, { epoch: 2 })
      await put(second, { b: '2' }, 2)
      const codes = ['FAUST_CLOSED', 'FAUST_STORE_FENCED']
      await rejects(
        () => put(first, { a: 'zombie' }, 3),
        codes,
        'the shard of an earlier, lower opener cannot write any more',
      )
      await holds(second, { a: '1', b: '2' }, 'a refused write has written nothing')
      equal(second.position?.offset, 2, 'a refused write has moved no position')
    },

    'the last opener wins, whatever its number': async ({ start, open }) => {
      const store = await start()
      for (const [offset, epoch] of [5, 4, 0].entries()) {
        const shard = await open(store, { epoch })
        await put(shard, { [`epoch-${epoch}`]: 'x' }, offset)
        await shard.close()
      }
      await holds(await open(store, { epoch: 1 }), { 'epoch-5': 'x', 'epoch-4': 'x', 'epoch-0': 'x' }, LAST)
    },
  },
}

/** The same across a restart. */
export const keptEpochs: CaseGroup<StoreContext> = {
  name: 'epochs after a restart',
  needs: ['persistent', '!shared'],
  cases: {
    'a lower one may open what a higher one has left': async ({ start, open }) => {
      const store = await start()
      await put(await open(store, { epoch: 70 }), { a: '1' }, 1)
      await store.close()
      const shard = await open(await start(), { epoch: 2 })
      await put(shard, { b: '2' }, 2)
      await holds(shard, { a: '1', b: '2' }, LAST)
    },
  },
}
