import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { embeddedTransport } from '@faust/core'
import { levelStore } from '@faust/store-level'
import { ALERT_ABOVE, type Flight, flightsApp } from './app.ts'
import { countSent, feed, readFlights } from './feed.ts'
import { lag } from './lag.ts'
import { airportTable, alertTable, progressLine, readRows, whole } from './report.ts'

// --data <directory> (or FLIGHTS_DATA) keeps log and tables; --rate <n> feeds n flights a second instead of 5,000.
const { values } = parseArgs({ options: { data: { type: 'string' }, rate: { type: 'string', default: '5000' } } })
const directory = values.data ?? process.env['FLIGHTS_DATA']
const rate = Number(values.rate)
if (!(rate > 0)) throw new RangeError(`--rate is ${values.rate}, not a number above 0 (Infinity is one)`)

const transport = embeddedTransport(directory ? { directory: join(directory, 'log') } : {})
const store = directory ? levelStore({ directory: join(directory, 'state') }) : undefined
const alertsNow: Flight[] = []
const { app, flights, flightsByOrigin, alerts, airports } = flightsApp({ transport, store }, (flight) => {
  alertsNow.push(flight)
})
const all = await readFlights()

app.timer('progress', 500, async () => {
  print(progressLine(await countFlights(), all.length, alertsNow))
})

app.task('feed and report', async ({ signal }) => {
  const begun = performance.now()
  const sent = await countSent(flights, transport)
  const restored = countRestored()
  if (sent > 0) print(`Earlier runs have sent ${whole(sent)} flights, this one sends ${whole(all.length - sent)}.`)
  if (restored > 0) print(`The table was rebuilt from its changelog: ${whole(restored)} entries read.`)
  await feed(flights, all.slice(sent), { rate, signal })
  while (!signal.aborted && (await lag(app, transport, [flights, flightsByOrigin])) > 0) {
    await app.commit()
    await sleep(20)
  }
  await report(performance.now() - begun)
  // Not awaited: the stop waits for this task.
  void app.stop()
})

await app.main()

async function report(milliseconds: number): Promise<void> {
  const rows = await readRows(airports)
  const counted = rows.reduce((sum, row) => sum + row.flights, 0)
  const [allAlerts] = await transport.admin.offsets([{ topic: alerts.name, partition: 0 }])
  print(`\n${airportTable(rows, 10)}\n`)
  print(`${whole(allAlerts!.logEnd)} alerts of delays over ${ALERT_ABOVE / 60} hours.`)
  if (alertsNow.length > 0) print(`The longest delays that this run has seen:\n${alertTable(alertsNow, 5)}\n`)
  print(
    counted === all.length
      ? `All ${whole(counted)} flights from ${rows.length} airports are counted; this run took ${seconds(milliseconds)}.`
      : `Stopped early, after ${seconds(milliseconds)}: ${whole(counted)} of ${whole(all.length)} flights are counted.`,
  )
  if (directory) print(`Log and tables are in ${directory}: the next run goes on from there.`)
}

async function countFlights(): Promise<number> {
  let sum = 0
  for await (const airport of airports.values()) sum += airport.flights
  return sum
}

function countRestored(): number {
  const { restores = {} } = app.monitor.snapshot().tables[airports.name] ?? {}
  return Object.values(restores).reduce((sum, { records }) => sum + records, 0)
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
