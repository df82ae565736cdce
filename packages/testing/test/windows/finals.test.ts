import { type App, createApp, json, type Topic, type Windowed, type WindowedTable } from '@faust/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { TestDriver } from '../../src/index.ts'
import { drive, topic } from './views.ts'

type Values = readonly number[]
type Kind = 'tumbling' | 'hopping' | 'sliding' | 'session'

/** A program that gathers the numbers of records by window. */
function program(kind: Kind, grace: number) {
  const app = createApp({ id: 'finals' })
  const input = app.topic('input', { ...topic, value: json<number>() })
  const table = windowed(app, kind, grace)
  app.agent('gather', input, { tables: [table] }, async (stream) => {
    for await (const { key, value } of stream.events()) await table.update(key!, (ids) => [...ids, value])
  })
  const results = app.topic('results', { ...topic, value: json<Windowed<Values>>() })
  table.final(results)
  return { app, input, results }
}

function windowed(app: App, kind: Kind, grace: number): WindowedTable<string, Values, Values> {
  const table = app.table('gathered', { value: json<Values>(), default: () => [] as Values })
  if (kind === 'tumbling') return table.tumbling({ size: 10, grace })
  if (kind === 'hopping') return table.hopping({ size: 10, step: 4, grace })
  if (kind === 'sliding') return table.sliding({ size: 10, grace })
  return table.session({ gap: 10, grace, merge: (one, other) => [...one, ...other].toSorted((a, b) => a - b) })
}

interface Sent {
  readonly key: string
  readonly timestamp: number
  /** What happens after it. */
  readonly after: 'commit' | 'restart' | 'nothing'
}

/** Sends everything, with commits and restarts between, and closes all windows; answers what closed. */
async function closed(kind: Kind, grace: number, all: readonly Sent[]): Promise<Map<string, Values>> {
  let made = program(kind, grace)
  let driver: TestDriver = await drive(made.app)
  const found = new Map<string, Values>()
  for (const [id, { key, timestamp, after }] of all.entries()) {
    await driver.send(made.input, { key, value: id, timestamp })
    if (after === 'commit') await driver.commit()
    if (after !== 'restart') continue
    await driver.close()
    await read(driver, made.results, found)
    made = program(kind, grace)
    driver = await drive(made.app, { world: driver.world })
  }
  await driver.send(made.input, { key: 'last', value: -1, timestamp: 100_000 })
  await driver.commit()
  await driver.close()
  await read(driver, made.results, found)
  return found
}

/** Adds what has come since the driver began or last read; nothing may come twice. */
async function read(
  driver: TestDriver,
  results: Topic<string, Windowed<Values>>,
  found: Map<string, Values>,
): Promise<void> {
  for (const { key, value } of await driver.read(results)) {
    const id = `${key} ${value.window.start}-${value.window.end}`
    expect(found.has(id)).toBe(false)
    found.set(id, value.value)
  }
}

/** What each kind makes of all values at once. */
function naive(kind: Kind, all: readonly Sent[]): Map<string, Values> {
  const found = new Map<string, Values>()
  for (const key of new Set(all.map((one) => one.key))) {
    const ids = [...all.keys()].filter((id) => all[id]!.key === key)
    const times = ids.map((id) => all[id]!.timestamp)
    for (const [start, end] of stretches(kind, times)) {
      const held = ids.filter((id) => start <= all[id]!.timestamp && all[id]!.timestamp < end)
      if (held.length > 0) found.set(`${key} ${start}-${end}`, held)
    }
  }
  return found
}

function stretches(kind: Kind, times: readonly number[]): readonly (readonly [number, number])[] {
  const step = kind === 'tumbling' ? 10 : 4
  if (kind === 'tumbling' || kind === 'hopping') {
    return Array.from({ length: 100 }, (_, n) => [n * step, n * step + 10])
  }
  if (kind === 'sliding') {
    const starts = new Set(times.flatMap((time) => [Math.max(time - 9, 0), time + 1]))
    const isOwn = (start: number): boolean => times.some((time) => Math.max(time - 9, 0) === start)
    const holds = (start: number): boolean => times.some((time) => start <= time && time < start + 10)
    return [...starts].filter((start) => isOwn(start) || holds(start)).map((start) => [start, start + 10])
  }
  const sessions: [number, number][] = []
  for (const time of times.toSorted((a, b) => a - b)) {
    const last = sessions.at(-1)
    if (last !== undefined && time < last[1]) last[1] = time + 10
    else sessions.push([time, time + 10])
  }
  return sessions
}

const records = fc.array(
  fc.record({
    key: fc.constantFrom('a', 'b'),
    timestamp: fc.nat(80),
    after: fc.oneof(
      { weight: 6, arbitrary: fc.constant('nothing' as const) },
      { weight: 3, arbitrary: fc.constant('commit' as const) },
      { weight: 1, arbitrary: fc.constant('restart' as const) },
    ),
  }),
  { minLength: 1, maxLength: 20 },
)

test.each(['tumbling', 'hopping', 'sliding', 'session'] as const)(
  '%s windows that wait long enough close with what all values make at once, each once',
  async (kind) => {
    await fc.assert(
      fc.asyncProperty(records, async (all) => {
        expect(sorted(await closed(kind, 200, all))).toEqual(sorted(naive(kind, all)))
      }),
      { numRuns: 15 },
    )
  },
  180_000,
)

test.each(['tumbling', 'hopping'] as const)(
  '%s windows hold the values that were not late, by the largest timestamp before each',
  async (kind) => {
    await fc.assert(
      fc.asyncProperty(records, fc.nat(15), async (all, grace) => {
        const expected = new Map<string, Values>()
        for (const [id, one] of all.entries()) {
          const before = Math.max(-1, ...all.slice(0, id).map(({ timestamp }) => timestamp))
          for (const [start, end] of stretches(kind, [])) {
            if (one.timestamp < start || end <= one.timestamp || end + grace <= before) continue
            const name = `${one.key} ${start}-${end}`
            expected.set(name, [...(expected.get(name) ?? []), id])
          }
        }
        expect(sorted(await closed(kind, grace, all))).toEqual(sorted(expected))
      }),
      { numRuns: 15 },
    )
  },
  180_000,
)

function sorted(results: ReadonlyMap<string, Values>): [string, Values][] {
  return [...results].toSorted(([one], [other]) => (one < other ? -1 : 1))
}
