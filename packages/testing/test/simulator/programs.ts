import { type App, type AppOptions, type Clock, createApp, json, type Table, type Topic } from '@faust/core'

/** One thing that happened to a key. */
export interface Happening {
  readonly id: number
  readonly amount: number
}

/** Settings under which faults and recoveries fit into a short time. */
export const QUICK = {
  sessionTimeout: 1500,
  heartbeatInterval: 300,
  rebalanceTimeout: 3000,
  revokeTimeout: 500,
  commitInterval: 200,
} as const satisfies Partial<AppOptions>

/** Counts, maxima and sets of ids per key. */
export interface Counting {
  readonly app: App
  readonly input: Topic<string, Happening>
  readonly counts: Table<string, number, number>
  readonly most: Table<string, number, number>
  readonly ids: Table<string, number[], number[]>
}

/** A program whose tables can be recounted from its input. */
export function counting(clock: Clock, options: Partial<AppOptions> = {}): Counting {
  const app = createApp({ id: 'sim', clock, ...QUICK, ...options })
  const input = app.topic('input', { value: json<Happening>(), partitions: 3 })
  const counts = app.table('counts', { value: json<number>(), default: () => 0 })
  const most = app.table('most', { value: json<number>(), default: () => 0 })
  const ids = app.table('ids', { value: json<number[]>(), default: () => [] })
  app.agent('work', input, { tables: [counts, most, ids] }, async (stream) => {
    for await (const { key, value } of stream.events()) {
      await counts.update(key!, (n) => n + 1)
      await most.update(key!, (n) => Math.max(n, value.amount))
      await ids.update(key!, (all) => (all.includes(value.id) ? all : [...all, value.id]))
    }
  })
  return { app, input, counts, most, ids }
}
