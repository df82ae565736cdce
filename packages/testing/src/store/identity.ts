import { equal, ok, rejects } from '../kit/check.ts'
import type { CaseGroup } from '../kit/suite.ts'
import type { StoreContext } from './store-context.ts'

const KEPT = 'identity: a name kept beside the data, made on first use'

/** The worker's name beside its data. */
export const identity: CaseGroup<StoreContext> = {
  name: 'identity',
  needs: ['identity'],
  cases: {
    'it is one name, however often and concurrently asked': async ({ start }) => {
      const store = await start()
      const names = await Promise.all(Array.from({ length: 10 }, () => store.identity()))
      ok(typeof names[0] === 'string' && names[0] !== '', KEPT, `It gave ${String(names[0])}`)
      equal(new Set([...names, await store.identity()]).size, 1, KEPT)
    },

    'it is no shard': async ({ start }) => {
      const store = await start()
      await store.identity()
      equal(await store.list(), [], 'list names shards and nothing else')
    },

    'another place has another name': async ({ start }) => {
      const [one, two] = [await start({ place: 'one' }), await start({ place: 'two' })]
      equal((await one.identity()) === (await two.identity()), false, 'an identity is unique to its data')
    },

    'a closed store has none': async ({ start }) => {
      const store = await start()
      await store.close()
      await rejects(() => store.identity(), 'FAUST_CLOSED', 'after close: FAUST_CLOSED')
    },
  },
}

/** The same, across a restart. */
export const keptIdentity: CaseGroup<StoreContext> = {
  name: 'kept identity',
  needs: ['identity', 'persistent'],
  cases: {
    'it is kept with the data': async ({ start }) => {
      const first = await start()
      const name = await first.identity()
      await first.close()
      equal(await (await start()).identity(), name, KEPT)
    },
  },
}

/** What a store without the capability says. */
export const noIdentity: CaseGroup<StoreContext> = {
  name: 'without identity',
  needs: ['!identity'],
  cases: {
    'identity throws FAUST_NOT_SUPPORTED': async ({ start }) => {
      const store = await start()
      await rejects(
        () => store.identity(),
        'FAUST_NOT_SUPPORTED',
        'what the manifest does not claim throws FAUST_NOT_SUPPORTED',
      )
    },
  },
}
