import { hex, utf8 } from '../kit/bytes.ts'
import type { SeededRandom } from '../random/seeded-random.ts'

/** What the process that is killed does, over and over: batch by batch, each at the offset of its turn. */
export interface CrashPlan {
  readonly shards: number
  readonly batches: readonly CrashBatch[]
  /** What happens to the shard before the batch of that turn. */
  readonly resets: readonly CrashReset[]
}

/** Keys with values; `null` deletes. */
export type CrashBatch = readonly (readonly [key: string, value: string | null])[]

/** `clear` and `destroy` empty the shard, `reopen` closes it and opens it again, `tune` readies it for the other use. */
export type CrashReset = 'none' | 'clear' | 'destroy' | 'reopen' | 'tune'

/** Batches that overwrite and delete each other's keys, some of them large enough to be caught half-way. */
export function makeBatches(random: SeededRandom): CrashBatch[] {
  return Array.from({ length: 50 }, (_, turn) =>
    Array.from({ length: 40 }, (_, index): readonly [string, string | null] => {
      const key = `key-${random.int(150)}`
      if (random.next() < 0.2) return [key, null]
      return [key, 'x'.repeat(turn % 10 === 5 && index < 5 ? 50_000 : random.int(200))]
    }),
  )
}

/** Whether the turn begins with an empty shard. */
export function isEmptied({ resets }: CrashPlan, offset: number): boolean {
  const reset = resets[offset % resets.length]
  return reset === 'clear' || reset === 'destroy'
}

/** What a shard must hold when its position is `offset`; nothing at -1. In hexadecimal digits. */
export function contentAt(plan: CrashPlan, offset: number): Record<string, string> {
  const state = new Map<string, string>()
  for (let turn = 0; turn <= offset; turn++) {
    if (isEmptied(plan, turn)) state.clear()
    for (const [key, value] of plan.batches[turn % plan.batches.length] ?? []) {
      if (value === null) state.delete(hex(utf8(key)))
      else state.set(hex(utf8(key)), hex(utf8(`${turn}:${value}`)))
    }
  }
  return Object.fromEntries([...state].sort(([a], [b]) => (a < b ? -1 : 1)))
}
