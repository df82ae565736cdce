import { setTimeout as sleep } from 'node:timers/promises'
import { ALERT_ABOVE, type Flight, flightsApp, PARTITIONS } from './app.ts'
import { countSent, feed, readFlights } from './feed.ts'
import { lag } from './lag.ts'
import { readOptions } from './options.ts'
import { airportTable, alertTable, progressLine, readRows, whole } from './report.ts'
import { onEndOfFirst, startWorkers } from './workers.ts'

const { transport, store, kept, rate, worker, workers } = readOptions()
const alertsNow: Flight[] = []
const { app, flights, flightsByOrigin, alerts, airports } = flightsApp({ transport, store }, (flight) => {
  alertsNow.push(flight)
})
const all = await readFlights()

app.timer('progress', 500, async () => {
  print(progressLine(await countFlights(), all.length, alertsNow))
})

if (worker === 1) app.task('feed and report', feedAndReport)
else app.task('help', help)

await app.main()

/** The first worker sends what is missing, and ends when every flight is counted and committed. */
async function feedAndReport({ signal }: { readonly signal: AbortSignal }): Promise<void> {
  const begun = performance.now()
  const others = startWorkers(workers, { signal, print })
  const sent = await countSent(flights, transport)
  const restored = countRestored()
  if (sent > 0) print(`Earlier runs have sent ${whole(sent)} flights, this one sends ${whole(all.length - sent)}.`)
  if (restored > 0) print(`The table was rebuilt from its changelog: ${whole(restored)} entries read.`)
  await feed(flights, all.slice(sent), { rate, signal })
  await untilCommitted(signal)
  await others
  // Those who have left have left their partitions to this one.
  while (!signal.aborted && app.status().partitions.filter(({ live }) => live).length < PARTITIONS) await sleep(20)
  await report(performance.now() - begun)
  // Not awaited: the stop waits for this task.
  void app.stop()
}

/** Any other worker counts what its partitions get, and leaves when that is done. */
async function help({ signal }: { readonly signal: AbortSignal }): Promise<void> {
  // A stop on purpose: without word of it the group would wait for this worker to come back.
  const leave = (): void => void app.stop({ leave: true })
  onEndOfFirst(leave)
  while (!signal.aborted && (await countSent(flights, transport)) < all.length) await sleep(100)
  await untilCommitted(signal)
  const rows = await readRows(airports)
  print(`${whole(await countFlights())} flights from ${rows.length} airports are in this worker's part of the table.`)
  leave()
}

async function untilCommitted(signal: AbortSignal): Promise<void> {
  while (!signal.aborted && (await lag(app, transport, [flights, flightsByOrigin])) > 0) {
    await app.commit()
    await sleep(20)
  }
}

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
      : `Stopped early, after ${seconds(milliseconds)}: ${whole(counted)} of ${whole(all.length)} flights are counted${workers > 1 ? ' in its part of the table' : ''}.`,
  )
  if (kept !== undefined) print(`${kept}: the next run goes on from there.`)
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
