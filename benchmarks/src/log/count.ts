import {
  type App,
  type AppOptions,
  createApp,
  json,
  type OutgoingRecord,
  partitionForKey,
  silentLogger,
  text,
  type Transport,
} from '@faust/core'
import { filledLog } from './filled-log.ts'
import { measure, type Measured } from './measure.ts'

/** How large the runs are. */
export interface Size {
  readonly records: number
  readonly keys: number
  readonly partitions: number
}

const encoder = new TextEncoder()

/** Keys are dealt so that each stands in the partition it belongs to. */
export async function keyedLog(size: Size, directory?: string): Promise<Transport> {
  const byPartition: Uint8Array[][] = Array.from({ length: size.partitions }, () => [])
  for (let index = 0; index < size.keys; index++) {
    const key = encoder.encode(`key-${index}`)
    byPartition[partitionForKey(key, size.partitions)]!.push(key)
  }
  const value = encoder.encode('{"amount":1}')
  const record = (index: number): OutgoingRecord => {
    // filledLog deals runs of 1000 records to one partition after the other.
    const keys = byPartition[Math.floor(index / 1000) % size.partitions]!
    return { key: keys[(index * 7919) % keys.length]!, value }
  }
  return filledLog('input', size.partitions, size.records, record, directory)
}

/** A count per key, the first thing tables are for. */
export function countPerKey(app: App, seen: () => void): void {
  const input = app.topic('input', { value: text() })
  const counts = app.table('counts', { value: json<number>(), default: () => 0 })
  app.agent('count', input, { tables: [counts] }, async (stream) => {
    for await (const event of stream.events()) {
      await counts.update(event.key!, (count) => count + 1)
      seen()
    }
  })
}

/** Runs an app until its handler has seen `count` values and everything is committed. */
export async function untilSeen(
  transport: Transport,
  count: number,
  declare: (app: App, seen: () => void) => void,
  options: Omit<AppOptions, 'id'> = {},
): Promise<Measured> {
  const app = createApp({ id: 'benchmark', transport, logger: silentLogger, ...options })
  let seen = 0
  let finished!: () => void
  const done = new Promise<void>((resolve) => (finished = resolve))
  declare(app, () => {
    if (++seen === count) finished()
  })
  const measured = await measure(count, async () => {
    await app.start()
    await Promise.race([done, app.done])
    await app.commit()
  })
  await app.stop()
  return measured
}
