import { describe, equal, fail, ok, settle } from '../kit/check.ts'
import type { CaseGroup } from '../kit/suite.ts'
import { inCrashHome } from './crash-home.ts'
import { SLOW } from './crash.ts'
import { makeBatches } from './crash-plan.ts'
import { runCrashProcess } from './crash-process.ts'
import type { CrashOptions } from './crash-process.ts'
import type { StoreContext } from './store-context.ts'

const ALONE =
  'a store that is not shared belongs to one process at a time: another one is refused with FAUST_STORE_LOCKED'

/** What two living processes have to do with each other. */
export function processes(options: CrashOptions | undefined): CaseGroup<StoreContext> {
  return {
    name: 'processes',
    needs: ['persistent', 'crash', '!shared'],
    slow: SLOW,
    cases: {
      'a second process is refused while the first one lives, and gets in when that was killed': async (context) => {
        if (options === undefined) return
        const plan = { shards: 1, resets: ['none' as const], batches: makeBatches(context.random) }
        await inCrashHome(plan, async (home) => {
          const at = { ...home, epoch: 1, patience: context.patience * SLOW }
          const meanwhile = async (): Promise<void> => {
            const { error } = await settle(() => runCrashProcess(options, at))
            if (error === undefined) fail(ALONE, 'Two processes had one shard open')
            // The other process can only say in words what it met.
            const seen = describe(error)
            ok(seen.includes('FAUST_STORE_LOCKED'), ALONE, seen)
          }
          const { listed } = await runCrashProcess(options, { ...at, work: { hold: true }, meanwhile })
          equal(listed, 1, 'list names the shards that exist')
          equal((await runCrashProcess(options, at)).listed, 1, 'a lock ends with the process that had it')
        })
      },
    },
  }
}
