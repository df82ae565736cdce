import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { embeddedTransport, silentLogger } from '@faust/core'
import { levelStore } from '@faust/store-level'
import { testApp } from '@faust/testing'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Flight, flightsApp } from '../src/app.ts'
import { countSent, feed, readFlights } from '../src/feed.ts'
import { lag } from '../src/lag.ts'
import { type AirportRow, readRows } from '../src/report.ts'

const example = fileURLToPath(new URL('..', import.meta.url))

interface Run {
  readonly sent: number
  readonly rows: readonly AirportRow[]
  readonly alertsNow: readonly Flight[]
  readonly alertsInAll: number
}

/** One run of the program up to `until` flights in the log. */
async function run(until: number, directory?: string): Promise<Run> {
  const transport = embeddedTransport(directory === undefined ? {} : { directory: join(directory, 'log') })
  const store = directory === undefined ? undefined : levelStore({ directory: join(directory, 'state') })
  const alertsNow: Flight[] = []
  const { app, flights, flightsByOrigin, alerts, airports } = flightsApp(
    { transport, store, logger: silentLogger },
    (flight) => alertsNow.push(flight),
  )
  await app.start()
  try {
    const all = await readFlights()
    const before = await countSent(flights, transport)
    const rest = all.slice(before, until)
    await feed(flights, rest, { rate: Infinity, signal: app.signal })
    while ((await lag(app, transport, [flights, flightsByOrigin])) > 0) {
      await app.commit()
      await sleep(5)
    }
    const rows = await readRows(airports)
    const [end] = await transport.admin.offsets([{ topic: alerts.name, partition: 0 }])
    return { sent: rest.length, rows, alertsNow, alertsInAll: end!.logEnd }
  } finally {
    await app.stop()
  }
}

/** What the table has to be, by a plain loop. */
function recount(flights: readonly Flight[]): readonly AirportRow[] {
  const delays = new Map<string, number[]>()
  for (const { origin, delay } of flights) delays.set(origin, [...(delays.get(origin) ?? []), delay])
  return [...delays].map(([airport, all]) => ({
    airport,
    flights: all.length,
    meanDelay: all.reduce((sum, delay) => sum + delay, 0) / all.length,
    worstDelay: Math.max(...all),
  }))
}

function expectEveryAirport(rows: readonly AirportRow[], flights: readonly Flight[]): void {
  const byName = (a: AirportRow, b: AirportRow): number => (a.airport < b.airport ? -1 : 1)
  expect(rows.toSorted(byName)).toEqual(recount(flights).toSorted(byName))
}

function late(flights: readonly Flight[]): readonly Flight[] {
  return flights.filter(({ delay }) => delay > 120)
}

test('the table holds every airport as a plain loop counts it, and every long delay is an alert', async () => {
  const flights = await readFlights()
  expect(flights.length).toBe(20_000)
  const { rows, alertsNow, alertsInAll } = await run(Infinity)
  expectEveryAirport(rows, flights)
  expect(alertsNow).toEqual(late(flights))
  expect(alertsInAll).toBe(alertsNow.length)
})

test('two hours are no alert yet, and a flight that comes again is not counted again', async () => {
  const { app, flights, alerts, airports } = flightsApp({})
  const driver = await testApp(app)
  const flight = (number: number, delay: number): { value: Flight } => ({
    value: { number, delay, date: '2001/01/01 00:00', distance: 1, origin: 'DTW', destination: 'LAS' },
  })
  await driver.send(flights, [flight(1, -5), flight(2, 120), flight(2, 120), flight(1, -5), flight(3, 121)])
  expect((await driver.read(alerts)).map(({ value }) => value.number)).toEqual([3])
  expect(await driver.table(airports)).toEqual(
    new Map([['DTW', { flights: 3, totalDelay: 236, worstDelay: 121, lastNumber: 3 }]]),
  )
  await driver.close()
})

describe('with a directory', () => {
  let directory: string
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'flights-'))
  })
  afterEach(() => rm(directory, { recursive: true, force: true }))

  test('a second run goes on where the first one ended, and a lost state is rebuilt from the changelog', async () => {
    const flights = await readFlights()
    const first = await run(8000, directory)
    expect(first.sent).toBe(8000)
    expectEveryAirport(first.rows, flights.slice(0, 8000))

    const second = await run(Infinity, directory)
    expect(second.sent).toBe(12_000)
    expectEveryAirport(second.rows, flights)
    expect(second.alertsNow).toEqual(late(flights.slice(8000)))
    expect(second.alertsInAll).toBe(late(flights).length)

    const third = await run(Infinity, directory)
    expect(third).toEqual({ sent: 0, rows: second.rows, alertsNow: [], alertsInAll: second.alertsInAll })

    await rm(join(directory, 'state'), { recursive: true })
    expect(await run(Infinity, directory)).toEqual(third)
  })

  describe('as a program', () => {
    beforeAll(() => {
      const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')
      execFileSync(process.execPath, [tsc, '-b', example], { stdio: 'inherit' })
    }, 300_000)

    /** Runs it; `signal` comes with the second line of progress. */
    async function program(
      signal?: NodeJS.Signals,
    ): Promise<{ readonly code: number | null; readonly output: string }> {
      const child = spawn(process.execPath, [join(example, 'dist/main.js'), '--data', directory, '--rate', '10000'])
      let output = ''
      let pending = signal
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        output += text
        if (pending === undefined || output.split('flights counted').length <= 2) return
        child.kill(pending)
        pending = undefined
      })
      const [code] = (await once(child, 'close')) as [number | null]
      return { code, output }
    }

    test('Ctrl-C ends it with a summary, and the next run goes on', async () => {
      const first = await program('SIGINT')
      expect(first.output).toMatch(/Stopped early, after [\d.]+ s: [\d,]+ of 20,000 flights are counted\./)
      expect(first.code).toBe(0)
      const second = await program()
      expect(second.output).toMatch(/^Earlier runs have sent [\d,]+ flights/)
      expect(second.output).toContain('\nDFW         1,103      9.5 min       298 min\n')
      expect(second.output).toContain('\n290 alerts of delays over 2 hours.\n')
      expect(second.output).toContain('All 20,000 flights from 220 airports are counted')
      expect(second.code).toBe(0)
    })

    test('no flight is counted twice after it was killed', async () => {
      expect((await program('SIGKILL')).code).toBe(null)
      const { rows } = await run(Infinity, directory)
      expectEveryAirport(rows, await readFlights())
    })
  })
})
