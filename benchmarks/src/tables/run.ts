import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createApp, json, type Shard, silentLogger, systemClock } from '@faust/core'
import { levelStore } from '@faust/store-level'
import { kafkajsTransport } from '@faust/transport-kafkajs'

/** What one run found. Microseconds of CPU a record, of all threads of the process; sizes in MB. */
export interface Outcome {
  readonly keys: number
  readonly fill: number
  readonly update: number
  /** A get and a put of the same store at the same size, without anything around them. */
  readonly bare: number
  /** The most the heap had. */
  readonly heap: number
  /** The most the whole process had: with the buffers of the store and of what is on its way. */
  readonly resident: number
}

const keys = Number(process.argv[2])
const records = Number(process.argv[3])
const brokers = process.argv.slice(4)
const PARTITIONS = 4
/** Records that are on their way at once. */
const AHEAD = 20_000
const TEXT = '0123456789'.repeat(8)

const directory = await mkdtemp(join(tmpdir(), 'bench-tables-'))
let heap = 0
let resident = 0
const watch = setInterval(() => {
  const { heapUsed, rss } = process.memoryUsage()
  heap = Math.max(heap, heapUsed)
  resident = Math.max(resident, rss)
}, 100)
try {
  const { fill, update } = await table()
  const bare = await bareStore()
  const outcome: Outcome = { keys, fill, update, bare, heap: heap / 1e6, resident: resident / 1e6 }
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
    id: `bench-tables-${keys}-${process.pid}`,
    transport: kafkajsTransport({ brokers }),
    store: levelStore({ directory: join(directory, 'state') }),
    logger: silentLogger,
  })
  const input = app.topic(`bench-input-${keys}-${process.pid}`, { value: json<number>(), partitions: PARTITIONS })
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
    const begun = process.cpuUsage()
    for (let index = 0; index < count;) {
      const batch = Math.min(1000, count - index)
      await Promise.all(Array.from({ length: batch }, (_, at) => input.send({ key: keyOf(index + at), value: 1 })))
      index += batch
      sent += batch
      while (sent - handled() > AHEAD) await new Promise((resolve) => setTimeout(resolve, 1))
    }
    while (handled() < sent || !(await app.commit())) await new Promise((resolve) => setTimeout(resolve, 1))
    return spent(begun) / count
  }
  const fill = await run(keys, keyAt)
  const update = await run(records, () => keyAt(Math.floor(Math.random() * keys)))
  await app.stop()
  return { fill, update }
}

/** The store that the table has filled, asked and written as the table does it: a get each, and puts in batches. */
async function bareStore(): Promise<number> {
  const store = levelStore({ directory: join(directory, 'state') })
  await store.start({ app: `bench-tables-${keys}-${process.pid}`, clock: systemClock(), logger: silentLogger })
  const shards: Shard[] = []
  for (let partition = 0; partition < PARTITIONS; partition++) {
    shards.push(await store.open('counts', partition, { mode: 'active', epoch: 1_000_000 }))
  }
  const value = Buffer.from(JSON.stringify({ count: 1, text: TEXT }))
  const begun = process.cpuUsage()
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
  const took = spent(begun) / records
  await store.close()
  return took
}

/** Microseconds of CPU since then. */
function spent(since: NodeJS.CpuUsage): number {
  const { system, user } = process.cpuUsage(since)
  return system + user
}
