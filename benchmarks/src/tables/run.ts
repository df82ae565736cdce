import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createApp, json, partitionForKey, type Shard, silentLogger, type StoreEntry, systemClock } from '@faust/core'
import { levelStore } from '@faust/store-level'
import { kafkajsTransport } from '@faust/transport-kafkajs'
import { median } from '../median.ts'
import { keyAt, PARTITIONS, topicOf, UPDATES } from './topics.ts'

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
/** The app's id; its topics begin with it. */
const id = process.argv[4]!
const brokers = process.argv.slice(5)
/** Entries of one write of the bare store. */
const BATCH = 1000
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

/** The topics are full: what is measured is reading, counting and committing, and no sending. */
async function table(): Promise<{ readonly fill: number; readonly update: number }> {
  const app = createApp({
    id,
    transport: kafkajsTransport({ brokers }),
    store: levelStore({ directory: join(directory, 'state') }),
    logger: silentLogger,
  })
  const counts = app.table('counts', {
    value: json<{ count: number; text: string }>(),
    default: () => ({ count: 0, text: TEXT }),
  })
  const turns = ['fill', ...UPDATES].map((name) => {
    const topic = topicOf(id, name)
    let begin!: () => void
    const begun = new Promise<void>((resolve) => (begin = resolve))
    app.agent(name, app.topic(topic, { value: json<number>() }), { tables: [counts] }, async (stream) => {
      await begun
      for await (const { key, value } of stream.events()) {
        await counts.update(key!, ({ count, text }) => ({ count: count + value, text }))
      }
    })
    return { topic, begin }
  })
  await app.start()
  await atRest()
  const spentBy: number[] = []
  for (const [index, { begin, topic }] of turns.entries()) {
    const count = index === 0 ? keys : records
    const handled = (): number =>
      app.status().partitions.reduce((sum, one) => (one.topic === topic ? sum + one.frontier : sum), 0)
    const begun = process.cpuUsage()
    begin()
    while (handled() < count) await sleep(10)
    while (!(await app.commit())) await sleep(10)
    await atRest()
    spentBy.push(spent(begun) / count)
  }
  await app.stop({ leave: true })
  const [fill, ...updates] = spentBy as [number, ...number[]]
  return { fill, update: median(updates) }
}

/** The store that the table has filled, asked and written as the table does it: a get each, and puts in batches. */
async function bareStore(): Promise<number> {
  const store = levelStore({ directory: join(directory, 'state') })
  await store.start({ app: id, clock: systemClock(), logger: silentLogger })
  const shards: Shard[] = []
  for (let partition = 0; partition < PARTITIONS; partition++) {
    shards.push(await store.open('counts', partition, { mode: 'active', epoch: 1_000_000 }))
  }
  await atRest()
  const rounds: number[] = []
  for (const _ of UPDATES) rounds.push(await ask(shards))
  await store.close()
  return median(rounds)
}

/** Uniform keys, so from all shards in turns. */
async function ask(shards: readonly Shard[]): Promise<number> {
  const value = Buffer.from(JSON.stringify({ count: 1, text: TEXT }))
  const asked = Array.from({ length: records }, () => {
    const key = keyAt(Math.floor(Math.random() * keys))
    return { key, partition: partitionForKey(key, PARTITIONS) }
  })
  const waiting = shards.map(() => [] as StoreEntry[])
  const write = async (partition: number): Promise<void> => {
    const { log, offset } = shards[partition]!.position!
    const entries = waiting[partition]!
    waiting[partition] = []
    await shards[partition]!.write({
      entries,
      position: { log, offset: offset + entries.length, time: 0, note: '' },
    })
  }
  const begun = process.cpuUsage()
  for (const { key, partition } of asked) {
    await shards[partition]!.get(key)
    waiting[partition]!.push({ key, value })
    if (waiting[partition]!.length === BATCH) await write(partition)
  }
  for (const partition of shards.keys()) await write(partition)
  await atRest()
  return spent(begun) / records
}

/**
 * Until the store has sorted what was written: that is charged to who wrote it, and to nobody after him. Else who takes longer
 * for the same would be charged with more of it.
 */
async function atRest(): Promise<void> {
  for (;;) {
    const begun = process.cpuUsage()
    await sleep(1000)
    if (spent(begun) < 100_000) return
  }
}

/** Microseconds of CPU since then. */
function spent(since: NodeJS.CpuUsage): number {
  const { system, user } = process.cpuUsage(since)
  return system + user
}
