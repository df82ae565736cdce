import {
  type AnyTable,
  type App,
  type AppOptions,
  createApp,
  type DeclaredTable,
  type Event,
  json,
  type Serializer,
  type TableOptions,
  type Topic,
  type TumblingOptions,
  type Windowed,
  type WindowedTable,
} from '@faust/core'
import { describe, expect, test } from 'vitest'
import type { TestDriver } from '../../src/index.ts'
import { collect, drive, topic } from '../windows/views.ts'

/** A table as one release of a program declares it, and what that does with it. */
interface Declared {
  readonly table: AnyTable | undefined
  readonly write: (event: Event<string, number>) => Promise<unknown>
  /** Everything that is in it. */
  readonly read: () => AsyncIterable<unknown>
}

type Declare = (app: App, input: Topic<string, number>) => Declared
type Counts = DeclaredTable<string, number, number>

type Options = Omit<TableOptions<string, number, number>, 'partitionBy'>

const declared = (app: App, options: Options = {}, name = 'counts'): Counts =>
  app.table(name, { value: json<number>(), ...options, default: options.default ?? (() => 0) })

function plain(options: Options = {}, name?: string): Declare {
  return (app) => {
    const table = declared(app, options, name)
    return { table, write: ({ key }) => table.update(key!, (n) => n + 1), read: () => table.entries() }
  }
}

function windowed(shape: (table: Counts) => WindowedTable<string, number, number>): Declare {
  return (app) => {
    const table = shape(declared(app))
    return { table, write: ({ key }) => table.update(key!, (n) => n + 1), read: () => table.entries() }
  }
}

const bySource: Declare = (app) => {
  const table = app.table('counts', { value: json<number>(), partitionBy: 'source' })
  return {
    table,
    write: (event) => table.of(event).set(event.key!, 1),
    read: () => table.of({ partition: 0 }).entries(),
  }
}

const sets: Declare = (app) => {
  const table = app.setTable('counts')
  return { table, write: ({ key }) => table.add(key!, 'x'), read: () => table.entries() }
}

const renamed = <T>(format: Serializer<T>): Serializer<T> => ({ ...format, name: 'other' })
const merge = (one: number, other: number): number => one + other

/** One without a table. */
const nothing: Declare = () => ({ table: undefined, write: async () => {}, async *read() {} })

/** One release of the program, run in the world of the one before it. */
async function run(declare: Declare, before?: TestDriver, options: Partial<AppOptions> = {}) {
  const app = createApp({ id: 'changing', ...options })
  const input = app.topic('input', { ...topic, value: json<number>() })
  const { read, table, write } = declare(app, input)
  app.agent('count', input, { tables: table === undefined ? [] : [table] }, async (stream) => {
    for await (const event of stream.events()) await write(event)
  })
  const driver = await drive(app, before && { world: before.world })
  const send = (...times: number[]) =>
    driver.send(
      input,
      times.map((timestamp) => ({ key: 'a', value: 1, timestamp })),
    )
  return { app, driver, send, read: () => collect(read()) }
}

const filled = async (declare: Declare, options?: Partial<AppOptions>): Promise<TestDriver> => {
  const { driver, send } = await run(declare, undefined, options)
  await send(5, 12)
  await driver.close()
  return driver
}

const tumbling = (options: Partial<TumblingOptions>) => windowed((table) => table.tumbling({ size: 10, ...options }))
const hopping = (step: number) => windowed((table) => table.hopping({ size: 10, step }))
const sliding = (size: number) => windowed((table) => table.sliding({ size }))
const session = (gap: number) => windowed((table) => table.session({ gap, merge }))

describe('a table that has something is refused', () => {
  test.each<[what: string, before: Declare, now: Declare]>([
    ['with windows of another size', tumbling({}), tumbling({ size: 20 })],
    ['with windows that begin more often', hopping(5), hopping(2)],
    ['with windows that overlap, where they did not', tumbling({}), hopping(5)],
    ['with sliding windows of another size', sliding(10), sliding(20)],
    ['with another kind of windows', sliding(10), session(10)],
    ['with windows by the clock', tumbling({}), tumbling({ time: 'clock' })],
    ['with windows, where it had none', plain(), tumbling({})],
    ['without its windows', session(10), plain()],
    ['with a ttl, where it had none', plain(), plain({ ttl: 1000 })],
    ['without its ttl', plain({ ttl: 1000 }), plain()],
    ['with a ttl by the clock', plain({ ttl: 1000 }), plain({ ttl: { after: 1000, time: 'clock' } })],
    ['with values of another format', plain(), plain({ value: renamed(json<number>()) })],
    ['as a table of sets', plain(), sets],
    ['as a table, where it was one of sets', sets, plain()],
    ['with shards by the partitions of its source', plain(), bySource],
    ['with shards by its keys, where they went by its source', bySource, plain()],
  ])('%s', async (_what, before, now) => {
    const world = await filled(before)
    await expect(run(now, world)).rejects.toMatchObject({ code: 'FAUST_TABLE_CHANGED' })
    // Nothing has happened to it.
    const back = await run(before, world)
    const kept = await back.read()
    expect(kept.length).toBeGreaterThan(0)
  })

  test('with what was declared, what is, and what can be done', async () => {
    const world = await filled(tumbling({}))
    const error = await run(tumbling({ size: 20 }), world).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      message:
        'Table counts was filled as "text keys, json values, tumbling 10 ms", and is declared as "text keys, json values, ' +
        'tumbling 20 ms" now: its entries would be taken for something else. Declare it as it was; or give it another ' +
        "name, under which it begins empty; or raise the app's `version`, which reads the sources again from their beginning.",
      retriable: false,
      details: {
        table: 'counts',
        changelog: 'changing-counts-changelog',
        before: 'text keys, json values, tumbling 10 ms',
        now: 'text keys, json values, tumbling 20 ms',
        topic: 'input',
        partition: 0,
      },
    })
  })

  test.each<[what: string, between: Declare]>([
    ['under another name', plain({}, 'others')],
    ['nowhere', nothing],
  ])('also after releases that had it %s', async (_what, between) => {
    const world = await filled(plain())
    const middle = await run(between, world)
    await middle.send(13)
    await middle.driver.close()
    // The changelog of its name has kept what the first release wrote.
    await expect(run(sets, world)).rejects.toMatchObject({ code: 'FAUST_TABLE_CHANGED' })
    const back = await run(plain(), world)
    expect(await back.read()).toEqual([['a', 2]])
  })

  test('under exactly-once too', async () => {
    const world = await filled(plain(), { guarantee: 'exactly-once' })
    await expect(run(sets, world, { guarantee: 'exactly-once' })).rejects.toMatchObject({ code: 'FAUST_TABLE_CHANGED' })
  })
})

describe('a table goes on', () => {
  const one = (start: number, end: number, value = 1): Windowed<number> => ({ window: { start, end }, value })

  test.each<[what: string, before: Declare, now: Declare, then: readonly object[]]>([
    [
      'with another retention, idle time and late topic',
      tumbling({}),
      (app, input) => tumbling({ retention: 1000, idle: 5000, late: app.topic('late') })(app, input),
      [one(0, 10), one(10, 20, 2)],
    ],
    [
      'hopping by its size instead of tumbling',
      tumbling({}),
      windowed((table) => table.hopping({ size: 10, step: 10 })),
      [one(0, 10), one(10, 20, 2)],
    ],
    ['with another gap: a session keeps its end until a value moves it', session(10), session(30), [one(5, 43, 3)]],
  ])('%s', async (_what, before, now, then) => {
    const next = await run(now, await filled(before))
    await next.send(13)
    expect(await next.read()).toEqual(then.map((window) => ({ key: 'a', ...window })))
  })

  test('with another default, ttl and place for snapshots', async () => {
    const world = await filled(plain({ ttl: 1000 }))
    const next = await run(plain({ ttl: 500, default: () => 100, changelogLoss: 'rebuild' }), world)
    await next.send(13)
    expect(await next.read()).toEqual([['a', 3]])
  })

  test('whatever it is declared as, while nothing was written to it', async () => {
    const reading: Declare = (app) => {
      const table = declared(app)
      return { table, write: ({ key }) => table.get(key!), read: () => table.entries() }
    }
    const next = await run(sets, await filled(reading))
    await next.send(13)
    expect(await next.read()).toEqual([['a', 'x']])
  })

  test('beside another table that was changed: each has a form of its own', async () => {
    const both =
      (size: number, other: string): Declare =>
      (app, input) => {
        const minutes = app.table(other, { value: json<number>(), default: () => 0 }).tumbling({ size })
        app.agent('windows', input, { tables: [minutes] }, async (stream) => {
          for await (const { key } of stream.events()) await minutes.update(key!, (n) => n + 1)
        })
        return plain()(app, input)
      }
    const world = await filled(both(10, 'minutes'))
    await expect(run(both(20, 'minutes'), world)).rejects.toMatchObject({ details: { table: 'minutes' } })
    const next = await run(both(20, 'other-minutes'), world)
    expect(await next.read()).toEqual([['a', 2]])
  })
})

test('a table begins empty under another name, and with another version of the app', async () => {
  const world = await filled(plain())
  const other = await run((app) => {
    const table = app.setTable('others')
    return { table, write: ({ key }) => table.add(key!, 'x'), read: () => table.entries() }
  }, world)
  await other.send(13)
  expect(await other.read()).toEqual([['a', 'x']])
  await other.driver.close()
  const second = await run(sets, world, { version: 2 })
  await second.send(14)
  expect(await second.read()).toEqual([['a', 'x']])
})
