import {
  type App,
  type AppOptions,
  type Clock,
  createApp,
  json,
  type Table,
  type Topic,
  type Windowed,
} from '@faust/core'

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

/** How often a handler fails: seldom enough that three retries in a row do not. */
const FAILS = 0.02

/** Re-keys what happened, counts under the new key, and tells every count. */
export interface Repartitioning {
  readonly app: App
  readonly input: Topic<string, Happening>
  readonly counts: Table<string, number, number>
  readonly told: Topic<string, number>
}

export function repartitioning(clock: Clock, options: Partial<AppOptions> = {}): Repartitioning {
  const app = createApp({ id: 'sim', clock, ...QUICK, ...options })
  const input = app.topic('input', { value: json<Happening>(), partitions: 3 })
  const told = app.topic('told', { value: json<number>(), partitions: 2 })
  const counts = app.table('counts', { value: json<number>(), default: () => 0 })
  const byDigit = input.groupBy(({ amount }) => `d${amount % 10}`, { name: 'digit' })
  app.agent('count', byDigit, { tables: [counts], concurrency: 2 }, async (stream) => {
    for await (const { key, value } of stream.events()) {
      // Time passes in the midst of it: handlers are cut off there too.
      if (value.id % 7 === 0) await new Promise<void>((resolve) => void clock.setTimeout(resolve, 30))
      const count = await counts.update(key!, (n) => n + 1)
      // Now and then an attempt fails when it has already had effects.
      if (clock.random() < FAILS) throw new Error('a service that the handler needs is away for a moment')
      await told.send({ key, value: count })
    }
  })
  return { app, input, counts, told }
}

/** Sums per second of event time; each sum is told when its window closes. */
export interface Windowing {
  readonly app: App
  readonly input: Topic<string, Happening>
  readonly results: Topic<string, Windowed<number>>
}

/** Event time at which every window of what was sent before is closed. */
export const GRACE = 60_000

export function windowing(clock: Clock, options: Partial<AppOptions> = {}): Windowing {
  const app = createApp({ id: 'sim', clock, ...QUICK, ...options })
  const forever = { config: { 'retention.ms': '-1' } }
  const input = app.topic('input', { value: json<Happening>(), partitions: 3, ...forever })
  const results = app.topic('results', { value: json<Windowed<number>>(), partitions: 3, ...forever })
  const sums = app.table('sums', { value: json<number>(), default: () => 0 }).tumbling({ size: 1000, grace: GRACE })
  app.agent('sum', input, { tables: [sums] }, async (stream) => {
    for await (const { key, value } of stream.events()) await sums.update(key!, (sum) => sum + value.amount)
  })
  sums.final(results)
  return { app, input, results }
}
