import { type App, type AppOptions, createApp, json, type Table, type Topic } from '@faust/core'

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
}

export type TableName = keyof Program['tables']

export const PARTITIONS = 8
const KEYS = 4000
const GROUPS = 1000

/** What record `id` is, so that a recount needs nothing but ids. */
export const keyOf = (id: number): string => `key-${id % KEYS}`
export const groupOf = (id: number): string => `group-${(id * 31) % GROUPS}`
export const amountOf = (id: number): number => (id * 7919) % 100_003

/** Names of the topics of the run `id`. */
export const inputTopic = (run: string): string => `${run}-input`
export const outputTopic = (run: string): string => `${run}-output`
export const repartitionTopic = (run: string): string => `${run}-${inputTopic(run)}-group-repartition`
export const changelogTopic = (run: string, table: TableName): string => `${run}-${table}-changelog`

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

  app.agent('work', input, { tables: [counts, most, ids] }, async (stream) => {
    for await (const { key, value } of stream.events()) {
      const { id, amount } = value
      await counts.update(key!, (count) => count + 1)
      await most.update(key!, (largest) => Math.max(largest, amount))
      await ids.update(key!, (known) => withId(known, id))
      await output.send({ key: key!, value: { id, by: process.pid } })
    }
  })

  const byGroup = input.groupBy(({ id }) => groupOf(id), { name: 'group', partitions: PARTITIONS })
  app.agent('group', byGroup, { tables: [grouped] }, async (stream) => {
    for await (const { id } of stream) await grouped.update(groupOf(id), (known) => withId(known, id))
  })

  return { app, input, output, tables }
}

function withId(known: readonly number[], id: number): readonly number[] {
  return known.includes(id) ? known : [...known, id]
}
