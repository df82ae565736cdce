import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startKafka } from '@faust-tools/services'
import type { Producer, Transport } from '@faust/core'
import { accounts, fill, order } from '../kafka/orders.ts'
import { markdownTable } from '../markdown-table.ts'
import { median } from '../median.ts'
import { startTransport } from '../restore/changelog.ts'
import { type Restart, WorkerProcess } from './worker-process.ts'
import type { RestartTask } from './worker.ts'

/**
 * How soon a worker is at work again that was killed: it counts orders in a table on disk (LevelDB), with every setting of
 * the app left as it is, on a real Kafka (KAFKA_BROKERS, or one that is started), and is killed in the midst of it.
 * `pnpm bench:restart [keys] [runs]`.
 */
const keys = Number(process.argv[2] ?? 1_000_000)
const runs = Number(process.argv[3] ?? 5)
if (!(keys >= 1000 && runs >= 1)) throw new RangeError('bench:restart [keys, at least 1000] [runs, at least 1]')
const PARTITIONS = 4
/** Ms between two records of a partition, while the worker is killed and started. */
const BEAT = 10
/** Ms that a worker works before it is killed. */
const WORKS = 3000

const say = (line: string): void => void process.stderr.write(`${line}\n`)

await using kafka = await startKafka({ jvm: ['-XX:TieredStopAtLevel=4', '-XX:+UseG1GC', '-XX:-UseSerialGC'] })
const { brokers } = kafka
const prefix = `faust-benchmark-${Date.now().toString(36)}`
const input = `${prefix}-input`
const directory = await mkdtemp(join(tmpdir(), 'bench-restart-'))
const task: RestartTask = { brokers, app: `${prefix}-restart`, input, directory }
const transport = await startTransport(brokers)
const restarts: Restart[] = []
let worker: WorkerProcess | undefined
const sending = new AbortController()
try {
  say(`writing ${keys.toLocaleString('en')} keys`)
  await fill(transport, input, { records: keys, keys, partitions: PARTITIONS })
  worker = new WorkerProcess(task)
  await committed(transport)
  const sent = sendOn(transport, sending.signal)
  for (let run = 1; run <= runs; run++) {
    await sleep(WORKS)
    await worker.kill()
    worker = new WorkerProcess(task)
    const restart = await worker.atWork(PARTITIONS)
    say(`run ${run} of ${runs}: ${Math.max(...restart.records)} ms, ${restart.restored} records restored`)
    restarts.push(restart)
  }
  sending.abort()
  await sent
} finally {
  sending.abort()
  await worker?.kill()
  const topics = (await transport.admin.describeTopics()).map(({ name }) => name)
  await transport.admin.deleteTopics(topics.filter((name) => name.startsWith(prefix)))
  await transport.close()
  await rm(directory, { recursive: true, force: true })
}

console.log(
  `Node ${process.version}, ${availableParallelism()} × ${cpus()[0]?.model.trim()}, LevelDB with ${keys.toLocaleString('en')} ` +
    `keys in ${PARTITIONS} partitions; SIGKILL, and started again at once; medians of ${runs}\n`,
)
const row = (name: string, of: (restart: Restart) => number): string[] => [
  name,
  Math.round(median(restarts.map(of))).toLocaleString('en'),
  Math.round(Math.max(...restarts.map(of))).toLocaleString('en'),
]
console.log(
  markdownTable(
    ['from the start of the process until', 'ms', 'at most'],
    [
      row('the program runs', ({ program }) => program),
      row('it has its partitions', ({ assigned }) => assigned),
      ...Array.from({ length: PARTITIONS }, (_, partition) =>
        row(`it has processed a record of partition ${partition}`, ({ records }) => records[partition]!),
      ),
    ],
  ),
)
const restored = restarts.map((one) => one.restored)
console.log(`\nRecords restored: ${median(restored)}, at most ${Math.max(...restored)}.`)

/** Resolves when all that was written is counted and committed. */
async function committed({ admin }: Transport): Promise<void> {
  const places = Array.from({ length: PARTITIONS }, (_, partition) => ({ topic: input, partition }))
  const ends = await admin.offsets(places)
  for (;;) {
    const offsets = await admin.committedOffsets(task.app, places, { requireStable: true })
    if (offsets.every(({ offset }, partition) => (offset ?? 0) >= ends[partition]!.logEnd)) return
    await sleep(200)
  }
}

/** A record to each partition now and then, of accounts that there are. */
async function sendOn(from: Transport, signal: AbortSignal): Promise<void> {
  const producer: Producer = from.producer()
  await producer.init()
  const encoder = new TextEncoder()
  const places = Array.from({ length: PARTITIONS }, (): { account: number; key: Uint8Array }[] => [])
  for (const [account, { key, partition }] of accounts(keys, PARTITIONS).entries()) {
    places[partition]!.push({ account, key })
  }
  for (let index = 0; !signal.aborted; index++) {
    const sends = places.map((all, partition) => {
      const { account, key } = all[(index * 7919) % all.length]!
      return producer.send(input, partition, [{ key, value: encoder.encode(JSON.stringify(order(index, account))) }])
    })
    await Promise.all(sends)
    await sleep(BEAT)
  }
  await producer.close()
}
