import { isFaustError } from '@faust/core'
import { describe, equal, fail, ok, rejects, settle } from '../kit/check.ts'
import type { CaseGroup } from '../kit/suite.ts'
import { holds, put } from './shard-helpers.ts'
import type { StoreContext } from './store-context.ts'

const LOCKED = 'open twice in one process: FAUST_STORE_LOCKED, unless the store is shared'

/** One opener at a time, where the store is not shared. */
export const locking: CaseGroup<StoreContext> = {
  name: 'lock',
  needs: ['!shared'],
  cases: {
    'a shard that is open cannot be opened again': async ({ start, open }) => {
      const store = await start()
      const shard = await open(store)
      await put(shard, { a: '1' }, 1)
      for (const epoch of [0, 1, 2]) await rejects(() => open(store, { epoch }), 'FAUST_STORE_LOCKED', LOCKED)
      await rejects(() => open(store, { mode: 'standby' }), 'FAUST_STORE_LOCKED', LOCKED)
      await put(shard, { b: '2' }, 2)
      await holds(shard, { a: '1', b: '2' }, 'a refused open does not disturb the shard that is open')
    },

    'a shard that is open cannot be destroyed': async ({ start, open }) => {
      const store = await start()
      const shard = await open(store)
      await put(shard, { a: '1' }, 1)
      await rejects(
        () => store.destroy('table', 0),
        'FAUST_STORE_LOCKED',
        'destroy: a shard that is open is FAUST_STORE_LOCKED',
      )
      await holds(shard, { a: '1' }, 'a refused destroy takes nothing away')
      await shard.close()
      await store.destroy('table', 0)
    },

    'of many openers at once one gets it': async ({ start, open }) => {
      const store = await start()
      const outcomes = await Promise.all(Array.from({ length: 10 }, () => settle(() => open(store))))
      equal(outcomes.filter((outcome) => outcome.error === undefined).length, 1, LOCKED)
      for (const { error } of outcomes) {
        ok(error === undefined || isFaustError(error, 'FAUST_STORE_LOCKED'), LOCKED, describe(error))
      }
    },

    'a closed shard can be opened again, many times': async ({ start, open }) => {
      const store = await start()
      for (let epoch = 0; epoch < 20; epoch++) {
        const shard = await open(store, { epoch })
        await put(shard, { [`epoch-${epoch}`]: 'x' }, epoch)
        await shard.close()
      }
      const shard = await open(store, { epoch: 20 })
      equal(shard.position?.offset, 19, 'the position is read back at open')
    },

    'another shard of the table is another matter': async ({ start, open }) => {
      const store = await start()
      await open(store, { partition: 0 })
      await open(store, { partition: 1 })
      await open(store, { table: 'other', partition: 0 })
    },

    'two stores of one process do not write one shard': async ({ supports, start, create, begin, open }) => {
      const first = await start()
      const shard = await open(first)
      await put(shard, { a: '1' }, 1)
      const second = await create()
      const outcome = await settle(async () => {
        await begin(second)
        return open(second)
      })
      if (outcome.error !== undefined) {
        if (!isFaustError(outcome.error)) fail(LOCKED, `It failed with ${describe(outcome.error)}`)
      } else if (supports.persistent) {
        fail(LOCKED, 'A second store on the same data opened the shard as well')
      }
      await put(shard, { b: '2' }, 2)
      await holds(shard, { a: '1', b: '2' }, 'a refused open does not disturb the shard that is open')
    },
  },
}
