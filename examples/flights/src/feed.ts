import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Topic, Transport } from '@faust/core'
import type { Flight } from './app.ts'

/** Flights sent between two waits for the log, where the rate sets no other number. */
const BATCH = 1000
/** Batches a second that keep to a rate. */
const BEATS = 20

/** The data set: 20,000 flights within the United States, in the order of their dates. */
export async function readFlights(): Promise<readonly Flight[]> {
  const file = new URL('../data/flights-20k.json', import.meta.resolve('vega-datasets'))
  const rows = JSON.parse(await readFile(file, 'utf8')) as Omit<Flight, 'number'>[]
  return rows.map((row, index) => ({ number: index + 1, ...row }))
}

/** How many flights the topic has. It has one partition and nothing deletes from it, so its end is their number. */
export async function countSent(topic: Topic<string, Flight>, transport: Transport): Promise<number> {
  const [partition] = await transport.admin.offsets([{ topic: topic.name, partition: 0 }])
  return partition!.logEnd
}

/** Sends `flights`, at most `rate` a second, until all are in the log or the signal fires. */
export async function feed(
  topic: Topic<string, Flight>,
  flights: readonly Flight[],
  { rate, signal }: { readonly rate: number; readonly signal: AbortSignal },
): Promise<void> {
  const batch = Math.ceil(Math.min(rate / BEATS, BATCH))
  const begun = performance.now()
  for (let sent = 0; sent < flights.length && !signal.aborted;) {
    // Outside an agent a send resolves when the log has the record. Those made together travel together.
    const next = flights.slice(sent, sent + batch)
    await Promise.all(next.map((value) => topic.send({ value })))
    sent += next.length
    const due = begun + (sent / rate) * 1000
    await sleep(Math.max(0, due - performance.now()), undefined, { signal }).catch(() => {})
  }
}
