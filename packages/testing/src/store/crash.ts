import { equal, ok } from '../kit/check.ts'
import type { CaseGroup } from '../kit/suite.ts'
import { inCrashHome } from './crash-home.ts'
import type { CrashPlan } from './crash-plan.ts'
import { contentAt, isEmptied, makeBatches } from './crash-plan.ts'
import { runCrashProcess } from './crash-process.ts'
import type { CrashOptions, CrashReport, CrashRun, Trap } from './crash-process.ts'
import type { StoreContext } from './store-context.ts'

export type { CrashOptions } from './crash-process.ts'

const WHOLE = 'write: all entries and the position, or nothing, also when the process dies in between'
const THERE = 'persistent: shards are there again after the process died'

/** A process that loads an adapter from its sources takes a second alone, and several where others are at work. */
export const SLOW = 4

/** Deaths at an entry among the 40 of a batch, at the first and at a later reading of it. */
const INSIDE_ENTRIES: readonly Trap[] = [
  { write: 3, entry: 20, read: 1 },
  { write: 4, entry: 39, read: 2 },
]
/** Deaths where the position is taken: by a store that writes it last, the entries are behind it. */
const AT_POSITION: readonly Trap[] = [
  { write: 3, read: 1 },
  { write: 4, read: 2 },
]

/** What a killed process leaves behind. Each process checks what the one before has left, and is killed in its turn. */
export function crashes(options: CrashOptions | undefined): CaseGroup<StoreContext> {
  const killed =
    (kills: readonly (number | Trap)[], plan: Omit<CrashPlan, 'batches'>) => async (context: StoreContext) => {
      if (options === undefined) return
      await crashOn(context, options, kills, { ...plan, batches: makeBatches(context.random) })
    }
  return {
    name: 'crash',
    needs: ['persistent', 'crash'],
    slow: SLOW,
    cases: {
      'after a SIGKILL while it opens or writes the data match the position exactly': killed([0, 20], {
        shards: 1,
        resets: ['none'],
      }),
      'after a SIGKILL among many writes the data match the position exactly': killed([60, 7], {
        shards: 1,
        resets: ['none'],
      }),
      'a process that dies in the middle of a batch has written nothing of it': killed(INSIDE_ENTRIES, {
        shards: 1,
        resets: ['none'],
      }),
      'a process that dies in the middle of a batch of a restore has written nothing of it': killed(
        [
          // Every other write, from the first on, is one of a restore.
          { write: 2, entry: 39, read: 1 },
          { write: 4, entry: 20, read: 2 },
        ],
        { shards: 1, resets: ['tune'] },
      ),
      'a process that dies between entries and position has written neither': killed(AT_POSITION, {
        shards: 1,
        resets: ['none'],
      }),
      'after a SIGKILL while a shard is emptied, destroyed or opened again it is whole or empty': killed([5, 14], {
        shards: 1,
        resets: ['none', 'clear', 'none', 'reopen', 'none', 'destroy'],
      }),
      'after a SIGKILL while a shard is tuned for a restore and back it is whole': killed([3, 12, 9], {
        shards: 2,
        resets: ['tune', 'none', 'tune', 'tune', 'clear'],
      }),
      'after a SIGKILL among writes to many shards each has its own position': killed([30], {
        shards: 6,
        resets: ['none', 'none', 'none', 'none', 'none', 'clear', 'none', 'reopen'],
      }),
    },
  }
}

/** Starts a process for each death, and one more that looks at the end. */
async function crashOn(
  { random, patience }: StoreContext,
  options: CrashOptions,
  kills: readonly (number | Trap)[],
  plan: CrashPlan,
): Promise<void> {
  await inCrashHome(plan, async (place) => {
    const settled = new Map<number, number>()
    const resume = Array.from({ length: plan.shards }, () => 0)
    for (const [round, death] of [...kills, undefined].entries()) {
      const at = { ...place, epoch: round, patience: patience * SLOW }
      const report = await runCrashProcess(options, { ...at, ...dying(death, resume, random) })
      checkFound(plan, settled, report)
      if (report.listed !== undefined) equal(report.listed, plan.shards, 'list names the shards that exist')
      for (const [partition, offset] of report.written) settled.set(partition, offset)
      for (const [partition, offset] of settled) resume[partition] = offset + 1
    }
  })
}

/** How a process comes to its end; of itself, without `death`. */
function dying(
  death: number | Trap | undefined,
  resume: readonly number[],
  random: StoreContext['random'],
): Pick<CrashRun, 'work' | 'kill'> {
  if (death === undefined) return {}
  // A trap may be one that the store never steps into.
  if (typeof death === 'object') return { work: { resume, trap: death }, kill: { writes: death.write + 20, delay: 0 } }
  // 0: somewhere in its start, which takes Node alone some tens of milliseconds.
  const delay = death === 0 ? 20 + random.next() * 200 : random.next() * 4
  return { work: { resume }, kill: { writes: death, delay } }
}

/** What was found must be what had settled, or what was under way, as a whole. Forgets what became clear. */
function checkFound(plan: CrashPlan, settled: Map<number, number>, { found }: CrashReport): void {
  for (const [partition, { position, items }] of found) {
    const last = settled.get(partition) ?? -1
    const offset = position?.offset ?? -1
    const mayBeEmpty = last === -1 || isEmptied(plan, last + 1)
    const seen = `Write ${last} of shard ${partition} had settled, but it came back ${position === null ? 'empty' : `at ${offset}`}`
    ok(offset >= last || (position === null && mayBeEmpty), THERE, seen)
    if (position !== null) {
      equal({ ...position }, { log: 'log', offset, time: offset * 2, note: `n${offset}` }, WHOLE)
      settled.set(partition, offset)
    }
    equal(Object.fromEntries(items), contentAt(plan, offset), `${WHOLE} (the position is ${offset})`)
  }
}
