import { type App, type AppOptions, createApp, json, type Stream, type Table, type Topic } from '@faust/core'

/** A flight as the data set has it, with its place there. */
export interface Flight {
  /** Counted from 1. */
  readonly number: number
  /** Local time of departure: `2001/01/31 17:05`. */
  readonly date: string
  /** Minutes; less than 0 is early. */
  readonly delay: number
  /** Miles. */
  readonly distance: number
  readonly origin: string
  readonly destination: string
}

/** What the table knows of an airport. A mean can't be updated, a count and a sum can. */
export interface Airport {
  readonly flights: number
  readonly totalDelay: number
  readonly worstDelay: number
  /** The flight that was counted last. */
  readonly lastNumber: number
}

/** Partitions of the flights by origin: so many workers can share the table. */
const BY_ORIGIN = 4
/** Partitions that agents read: those, and the one of the flights as they come. */
export const PARTITIONS: number = BY_ORIGIN + 1

/** A delay of more minutes than this raises an alert. */
export const ALERT_ABOVE = 120

/** The app with the parts that others feed and read. */
export interface FlightsApp {
  readonly app: App
  readonly flights: Topic<string, Flight>
  readonly flightsByOrigin: Stream<string, Flight>
  readonly alerts: Topic<string, Flight>
  readonly airports: Table<string, Airport>
}

/** Declares the program. Nothing runs before `app.start()` or `app.main()`. */
export function flightsApp(options: Omit<AppOptions, 'id'>, onAlert: (flight: Flight) => void = () => {}): FlightsApp {
  const app = createApp({ id: 'flights', ...options })

  // One partition keeps the flights in the order of their dates, and its end says how many there are.
  const flights = app.topic('flights', { value: json<Flight>(), partitions: 1 })
  const alerts = app.topic('alerts', { value: json<Flight>(), partitions: 1 })

  // The same flights under another key: all those of one airport come to the one worker that has its entry in the table.
  const flightsByOrigin = flights.groupBy('origin', { partitions: BY_ORIGIN })

  const airports = app.table('airports', { value: json<Airport>() })

  app.agent('count', flightsByOrigin, { tables: [airports] }, async (stream) => {
    for await (const flight of stream) {
      await airports.update(flight.origin, (airport) => withFlight(airport, flight))
    }
  })

  // What an agent yields goes to its sinks: into a topic, and to whoever watches this run.
  app.agent('alert', flights, { sinks: [alerts, onAlert] }, async function* (stream) {
    for await (const flight of stream) {
      if (flight.delay > ALERT_ABOVE) yield flight
    }
  })

  return { app, flights, flightsByOrigin, alerts, airports }
}

/** Flights of one airport come in their order, so one that is not behind the last was counted before, by a run that crashed. */
function withFlight(airport: Airport | undefined, { number, delay }: Flight): Airport {
  if (airport === undefined) return { flights: 1, totalDelay: delay, worstDelay: delay, lastNumber: number }
  if (number <= airport.lastNumber) return airport
  return {
    flights: airport.flights + 1,
    totalDelay: airport.totalDelay + delay,
    worstDelay: Math.max(airport.worstDelay, delay),
    lastNumber: number,
  }
}
