import { isFaustError } from '@faust/core'
import { describe, equal, fail, rejects, settle } from '../kit/check.ts'
import type { CaseGroup } from '../kit/suite.ts'
import { holds, put } from './shard-helpers.ts'
import type { StoreContext } from './store-context.ts'

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

    'a lower epoch after a higher one is served or fenced, and never half of each': async ({ start, open }) => {
      const store = await start()
      const first = await open(store, { epoch: 5 })
      await put(first, { a: '1' }, 1)
      await first.close()
      const outcome = await settle(async () => put(await open(store, { epoch: 4 }), { a: '2' }, 2))
      if (outcome.error !== undefined && !isFaustError(outcome.error, 'FAUST_STORE_FENCED')) {
        fail('a batch with a lower epoch is refused with FAUST_STORE_FENCED', describe(outcome.error))
      }
      const expected = outcome.error === undefined ? '2' : '1'
      equal((await store.list())[0]?.position?.offset, Number(expected), 'a refused write has written nothing')
    },
  },
}
