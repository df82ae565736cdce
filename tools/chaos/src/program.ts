import {
  type App,
  type AppOptions,
  createApp,
  json,
  type Table,
  type Topic,
  type Windowed,
  type WindowedTable,
} from '@faust/core'

/** What a run promises. */
export type Guarantee = 'at-least-once' | 'exactly-once'

/** A record that goes in. */
export interface Input {
  /** Counted from 0, each once. */
  readonly id: number
  readonly amount: number
}

/** What a worker says of a record that it has handled; one for each time it did. */
export interface Output {
  readonly id: number
  /** The process that did it. */
  readonly by: number
  /** When, by the wall clock. */
  readonly at: number
}

/** The program that is disturbed, with the parts that others feed and read. */
export interface Program {
  readonly app: App
  readonly input: Topic<string, Input>
  readonly output: Topic<string, Output>
  readonly tables: {
    /** How often a key was handled: a repetition shows. */
    readonly counts: Table<string, number, number>
    /** The largest amount of a key: a repetition does not show, a loss does. */
    readonly most: Table<string, number, number>
    /** The ids of a key, in order. */
    readonly ids: Table<string, readonly number[], readonly number[]>
    /** The same under another key, by way of a repartition topic. */
    readonly grouped: Table<string, readonly number[], readonly number[]>
  }
  /** How many records a group has in each window of event time, by way of the repartition topic. */
  readonly windows: WindowedTable<string, number, number>
}

export type TableName = keyof Program['tables']

export const PARTITIONS = 8
const KEYS = 4000
export const GROUPS = 1000

/** Ids from the oldest record that is not committed to the next one that is sent, at most. */
export const AHEAD = 15_000
/** How far timestamps go back from one record to a later one, in ms. */
const JITTER = 2000
/** Ms of event time. One record is one ms: see `timeOf`. */
export const WINDOW = 5000
/**
 * Longer than any outage, by what the feeder keeps to: whatever is read late, from a partition that nobody worked on for
 * a while, is at most so far behind the newest record. So no record is late and every window has an exact count.
 */
export const GRACE: number = AHEAD + JITTER

/** What record `id` is, so that a recount needs nothing but ids. */
export const keyOf = (id: number): string => `key-${id % KEYS}`
export const groupOf = (id: number): string => `group-${(id * 31) % GROUPS}`
export const amountOf = (id: number): number => (id * 7919) % 100_003
/** Ms after the first record: in order on the whole, not one by one. */
export const timeOf = (id: number): number => id + JITTER - ((id * 7919) % JITTER)

/** Names of the topics of the run `id`. */
export const inputTopic = (run: string): string => `${run}-input`
export const outputTopic = (run: string): string => `${run}-output`
export const finalsTopic = (run: string): string => `${run}-finals`
export const repartitionTopic = (run: string): string => `${run}-${inputTopic(run)}-group-repartition`
export const changelogTopic = (run: string, table: TableName | 'windows'): string => `${run}-${table}-changelog`

/** Declares the program. Workers of one `id` share the work. */
export function chaosProgram(options: AppOptions): Program {
  const app = createApp(options)
  const input = app.topic(inputTopic(options.id), { value: json<Input>(), partitions: PARTITIONS })
  const output = app.topic(outputTopic(options.id), { value: json<Output>(), partitions: PARTITIONS })
  const tables: Program['tables'] = {
    counts: app.table('counts', { value: json<number>(), default: () => 0 }),
    most: app.table('most', { value: json<number>(), default: () => 0 }),
    ids: app.table('ids', { value: json<readonly number[]>(), default: () => [] }),
    grouped: app.table('grouped', { value: json<readonly number[]>(), default: () => [] }),
  }
  const { counts, most, ids, grouped } = tables
  const windows = app
    .table('windows', { value: json<number>(), default: () => 0 })
    .tumbling({ size: WINDOW, grace: GRACE })
  windows.final(app.topic(finalsTopic(options.id), { value: json<Windowed<number>>(), partitions: PARTITIONS }))

  app.agent('work', input, { tables: [counts, most, ids] }, async (stream) => {
    for await (const { key, value } of stream.events()) {
      const { id, amount } = value
      await counts.update(key!, (count) => count + 1)
      await most.update(key!, (largest) => Math.max(largest, amount))
      await ids.update(key!, (known) => withId(known, id))
      await output.send({ key: key!, value: { id, by: process.pid, at: Date.now() } })
    }
  })

  const byGroup = input.groupBy(({ id }) => groupOf(id), { name: 'group', partitions: PARTITIONS })
  app.agent('group', byGroup, { tables: [grouped] }, async (stream) => {
    for await (const { id } of stream) await grouped.update(groupOf(id), (known) => withId(known, id))
  })
  app.agent('count-windows', byGroup, { tables: [windows] }, async (stream) => {
    for await (const { id } of stream) await windows.update(groupOf(id), (count) => count + 1)
  })

  return { app, input, output, tables, windows }
}

function withId(known: readonly number[], id: number): readonly number[] {
  return known.includes(id) ? known : [...known, id]
}
