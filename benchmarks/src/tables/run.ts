import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createApp, embeddedTransport, json, type Shard, silentLogger, systemClock } from '@faust/core'
import { levelStore } from '@faust/store-level'

/** What one run found. Times in microseconds a record, sizes in MB. */
export interface Outcome {
  readonly keys: number
  readonly fill: number
  readonly update: number
  /** A get and a put of the same store at the same size, without anything around them. */
  readonly bare: number
  /** The most the heap had. */
  readonly heap: number
  /** The most there was beside it: buffers of the log, which keeps its records in memory, and of the store. */
  readonly outside: number
}

const keys = Number(process.argv[2])
const records = Number(process.argv[3])
const PARTITIONS = 4
/** Records that are on their way at once. */
const AHEAD = 20_000
const TEXT = '0123456789'.repeat(8)

const directory = await mkdtemp(join(tmpdir(), 'bench-tables-'))
let heap = 0
let outside = 0
const watch = setInterval(() => {
  const { arrayBuffers, external, heapUsed } = process.memoryUsage()
  heap = Math.max(heap, heapUsed)
  outside = Math.max(outside, external + arrayBuffers)
}, 100)
try {
  const { fill, update } = await table()
  const bare = await bareStore()
  const outcome: Outcome = { keys, fill, update, bare, heap: heap / 1e6, outside: outside / 1e6 }
  console.log(JSON.stringify(outcome))
} finally {
  clearInterval(watch)
  await rm(directory, { recursive: true, force: true })
}

/** All keys once, in an order that has nothing to do with theirs. */
function keyAt(index: number): string {
  return `key-${String((index * 7919) % keys).padStart(12, '0')}`
}

async function table(): Promise<{ readonly fill: number; readonly update: number }> {
  const app = createApp({
    id: 'bench',
    transport: embeddedTransport({ directory: join(directory, 'log'), partitions: PARTITIONS }),
    store: levelStore({ directory: join(directory, 'state') }),
    logger: silentLogger,
  })
  const input = app.topic('input', { value: json<number>(), config: { 'retention.ms': '60000' } })
  const counts = app.table('counts', {
    value: json<{ count: number; text: string }>(),
    default: () => ({ count: 0, text: TEXT }),
  })
  app.agent('count', input, { tables: [counts] }, async (stream) => {
    for await (const { key, value } of stream.events()) {
      await counts.update(key!, ({ count, text }) => ({ count: count + value, text }))
    }
  })
  await app.start()
  const handled = (): number => app.status().partitions.reduce((sum, { frontier }) => sum + frontier, 0)
  let sent = 0
  /** Sends so many records and waits until they are handled and committed. */
  const run = async (count: number, keyOf: (index: number) => string): Promise<number> => {
    const begun = performance.now()
    for (let index = 0; index < count;) {
      const batch = Math.min(1000, count - index)
      await Promise.all(Array.from({ length: batch }, (_, at) => input.send({ key: keyOf(index + at), value: 1 })))
      index += batch
      sent += batch
      while (sent - handled() > AHEAD) await new Promise((resolve) => setTimeout(resolve, 1))
    }
    while (handled() < sent || !(await app.commit())) await new Promise((resolve) => setTimeout(resolve, 1))
    return ((performance.now() - begun) * 1000) / count
  }
  const fill = await run(keys, keyAt)
  const update = await run(records, () => keyAt(Math.floor(Math.random() * keys)))
  await app.stop()
  return { fill, update }
}

/** The store that the table has filled, asked and written as the table does it: a get each, and puts in batches. */
async function bareStore(): Promise<number> {
  const store = levelStore({ directory: join(directory, 'state') })
  await store.start({ app: 'bench', clock: systemClock(), logger: silentLogger })
  const shards: Shard[] = []
  for (let partition = 0; partition < PARTITIONS; partition++) {
    shards.push(await store.open('counts', partition, { mode: 'active', epoch: 1_000_000 }))
  }
  const value = Buffer.from(JSON.stringify({ count: 1, text: TEXT }))
  const begun = performance.now()
  for (let done = 0; done < records; done += 1000) {
    const shard = shards[(done / 1000) % PARTITIONS]!
    const batch = Array.from({ length: 1000 }, () => Buffer.from(keyAt(Math.floor(Math.random() * keys))))
    for (const key of batch) await shard.get(key)
    const { log, offset } = shard.position!
    await shard.write({
      entries: batch.map((key) => ({ key, value })),
      position: { log, offset: offset + 1000, time: 0, note: '' },
    })
  }
  const took = ((performance.now() - begun) * 1000) / records
  await store.close()
  return took
}
