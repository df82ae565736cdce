import assert from 'node:assert/strict'
import { silentLogger } from '@faust/core'
import { simulate } from '@faust/testing'
import { expect, test } from 'vitest'
import { flightsApp } from '../src/app.ts'
import { readFlights } from '../src/feed.ts'

test(
  'two workers that crash, stall and lose requests count every flight once, and raise each alert once',
  { timeout: 90_000 },
  async () => {
    const flights = (await readFlights()).slice(0, 60)
    const report = await simulate({
      app: (clock) =>
        flightsApp({
          clock,
          logger: silentLogger,
          guarantee: 'exactly-once',
          sessionTimeout: 1500,
          heartbeatInterval: 300,
        }),
      input: (program) => flights.map((flight) => ({ topic: program.flights, key: flight.origin, value: flight })),
      check: async ({ program, records, table }) => {
        for (const [origin, airport] of await table(program.airports)) {
          assert.equal(airport.flights, flights.filter((flight) => flight.origin === origin).length, origin)
        }
        const late = flights.filter(({ delay }) => delay > 120).map(({ number }) => number)
        const raised = (await records(program.alerts)).map(({ value }) => value.number)
        assert.deepEqual(
          raised.toSorted((a, b) => a - b),
          late,
        )
      },
      session: 1500,
      duration: 8000,
      seeds: 8,
    })
    expect(report.faults).toBeGreaterThan(8)
  },
)
