import { equal, rejects } from '../kit/check.ts'
import type { CaseGroup } from '../kit/suite.ts'
import type { StoreContext } from './store-context.ts'

/** What happens when there is no way to keep data. */
export const unusable: CaseGroup<StoreContext> = {
  name: 'unusable place',
  needs: ['unusable'],
  cases: {
    'start rejects with a FaustError that says what to do': async (context) => {
      const store = await context.unusable?.()
      if (store === undefined) return
      try {
        const rule = 'start rejects with a FaustError that says what to do'
        const error = (await rejects(() => context.begin(store), [], rule)) as Error
        equal(error.message.length > 20, true, `${rule}; its message was "${error.message}"`)
      } finally {
        // Also proves that close bears a failed start.
        await store.close()
        await store.close()
      }
    },
  },
}
