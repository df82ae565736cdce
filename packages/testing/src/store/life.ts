import { STORE_CONTRACT } from '@faust/core'
import { equal, ok, rejects } from '../kit/check.ts'
import type { CaseGroup } from '../kit/suite.ts'
import { put } from './shard-helpers.ts'
import type { StoreContext } from './store-context.ts'

/** Name, manifest, start and end. */
export const life: CaseGroup<StoreContext> = {
  name: 'life',
  cases: {
    'it carries its name, the contract it was written for and its manifest': async ({ create, supports }) => {
      const store = await create()
      ok(typeof store.name === 'string' && store.name !== '', 'an adapter carries a name, for messages')
      equal(store.contract, STORE_CONTRACT, 'an adapter carries the version of the contract it was written for')
      for (const capability of ['persistent', 'shared', 'identity'] as const) {
        equal(typeof store.supports[capability], 'boolean', `supports.${capability} says yes or no`)
        equal(store.supports[capability], supports[capability], 'the manifest is the same for every instance')
      }
    },

    'a store that was never started can be closed, twice': async ({ create }) => {
      const store = await create()
      await store.close()
      await store.close()
    },

    'close is idempotent, also when called twice at once': async ({ start, open }) => {
      const store = await start()
      await put(await open(store), { a: '1' })
      await Promise.all([store.close(), store.close()])
      await store.close()
    },

    'close ends the shards that are still open': async ({ start, open }) => {
      const store = await start()
      const shard = await open(store)
      await store.close()
      const rule = 'close ends everything the store has opened; a closed shard answers FAUST_CLOSED'
      await rejects(() => shard.get(new Uint8Array([1])), 'FAUST_CLOSED', rule)
    },

    'a closed store opens nothing': async ({ start }) => {
      const store = await start()
      await store.close()
      const rule = 'after close: FAUST_CLOSED'
      await rejects(() => store.open('table', 0, { mode: 'active', epoch: 1 }), 'FAUST_CLOSED', rule)
      await rejects(() => store.list(), 'FAUST_CLOSED', rule)
      await rejects(() => store.destroy('table', 0), 'FAUST_CLOSED', rule)
    },
  },
}
