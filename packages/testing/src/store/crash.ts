import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { equal, ok } from '../kit/check.ts'
import { hex, utf8 } from '../kit/bytes.ts'
import type { CaseGroup } from '../kit/suite.ts'
import type { SeededRandom } from '../random/seeded-random.ts'
import { crashProcesses } from './crash-process.ts'
import type { CrashOptions } from './crash-process.ts'
import type { StoreContext } from './store-context.ts'

export type { CrashOptions } from './crash-process.ts'

type Batch = readonly (readonly [key: string, value: string | null])[]

const WHOLE = 'write: all entries and the position, or nothing, also when the process dies in between'
const THERE = 'persistent: shards are there again after the process died'

/** What a killed process leaves behind. */
export function crashes(options: CrashOptions | undefined): CaseGroup<StoreContext> {
  return {
    name: 'crash',
    needs: ['persistent', 'crash'],
    cases: {
      'after a SIGKILL at any moment the data match the position exactly': async ({ random, patience }) => {
        if (options === undefined) return
        const directory = await mkdtemp(join(tmpdir(), 'store-crash-'))
        try {
          const plan = makePlan(random)
          const planFile = join(directory, 'plan.json')
          await writeFile(planFile, JSON.stringify(plan))
          const processes = crashProcesses(options, join(directory, 'data'), planFile, patience)
          let settled = -1
          // The first is killed while it opens, the others inside and between writes.
          for (const batches of [0, 1, 20, 3, 60]) {
            settled = Math.max(settled, await processes.writeAndKill(batches, random.next() * 4))
            const { position, items, listed } = await processes.read()
            const offset = position?.offset ?? -1
            ok(offset >= settled, THERE, `Write ${settled} had settled, but the shard came back at ${offset}`)
            if (position !== null)
              equal({ ...position }, { log: 'log', offset, time: offset * 2, note: `n${offset}` }, WHOLE)
            equal(Object.fromEntries(items), model(plan, offset), `${WHOLE} (the position is ${offset})`)
            equal(listed.length, 1, 'list names the shards that exist, open or not')
          }
        } finally {
          await rm(directory, { recursive: true, force: true })
        }
      },
    },
  }
}

/** Batches that overwrite and delete each other's keys, some of them large enough to be caught half-way. */
function makePlan(random: SeededRandom): Batch[] {
  return Array.from({ length: 50 }, (_, turn) =>
    Array.from({ length: 40 }, (_, index): readonly [string, string | null] => {
      const key = `key-${random.int(150)}`
      if (random.next() < 0.2) return [key, null]
      return [key, 'x'.repeat(turn % 10 === 5 && index < 5 ? 50_000 : random.int(200))]
    }),
  )
}

/** What the shard must hold when its position is `offset`. */
function model(plan: readonly Batch[], offset: number): Record<string, string> {
  const state = new Map<string, string>()
  for (let turn = 0; turn <= offset; turn++) {
    for (const [key, value] of plan[turn % plan.length] ?? []) {
      if (value === null) state.delete(hex(utf8(key)))
      else state.set(hex(utf8(key)), hex(utf8(`${turn}:${value}`)))
    }
  }
  return Object.fromEntries([...state].sort(([a], [b]) => (a < b ? -1 : 1)))
}
