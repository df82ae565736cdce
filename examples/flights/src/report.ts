import type { Table } from '@faust/core'
import type { Airport, Flight } from './app.ts'

/** A row of the final table. */
export interface AirportRow {
  readonly airport: string
  readonly flights: number
  readonly meanDelay: number
  readonly worstDelay: number
}

/** The table as it is now, the busiest airport first. */
export async function readRows(airports: Table<string, Airport>): Promise<readonly AirportRow[]> {
  const rows: AirportRow[] = []
  for await (const [airport, { flights, totalDelay, worstDelay }] of airports.entries()) {
    rows.push({ airport, flights, meanDelay: totalDelay / flights, worstDelay })
  }
  return rows.toSorted((a, b) => b.flights - a.flights || (a.airport < b.airport ? -1 : 1))
}

/** One line about how far it is. */
export function progressLine(counted: number, total: number, alerts: readonly Flight[]): string {
  const latest = alerts.at(-1)
  const of = `${whole(counted).padStart(8)} of ${whole(total)} flights counted`
  return latest === undefined ? of : `${of}, ${alerts.length} alerts, the latest: ${flightLine(latest)}`
}

/** The first `top` rows as text. */
export function airportTable(rows: readonly AirportRow[], top: number): string {
  const cells = rows
    .slice(0, top)
    .map((row) => [row.airport, whole(row.flights), `${row.meanDelay.toFixed(1)} min`, `${row.worstDelay} min`])
  const lines = table([['airport', 'flights', 'mean delay', 'worst delay'], ...cells])
  if (rows.length > top) lines.push(`… and ${rows.length - top} more airports`)
  return lines.join('\n')
}

/** The `top` longest delays as text. */
export function alertTable(alerts: readonly Flight[], top: number): string {
  return alerts
    .toSorted((a, b) => b.delay - a.delay)
    .slice(0, top)
    .map((flight) => `  ${flight.date}  ${flightLine(flight)}`)
    .join('\n')
}

/** A whole number with commas. */
export function whole(value: number): string {
  return value.toLocaleString('en-US')
}

function flightLine({ origin, destination, delay }: Flight): string {
  return `${origin} → ${destination}, ${delay} minutes late`
}

/** Columns as wide as their widest cell; the first one is text, the others are numbers. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows.map((row) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('   '),
  )
}
