import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { silentLogger, systemClock } from '@faust/core'
import { kafkajsTransport } from '@faust/transport-kafkajs'
import { startKafka } from '@faust-tools/services'
import { markdownTable } from '../markdown-table.ts'
import type { Outcome } from './run.ts'
import { fillWithOnes, topicOf, UPDATES } from './topics.ts'

/**
 * A table that is far larger than memory: what a record costs when keys are uniform, at few keys and at many, and that the
 * heap stays where it is. Each size runs in a process of its own with 512 MB of heap, on a Kafka beside it (KAFKA_BROKERS,
 * or one that is started). `pnpm bench:tables [keys] [records]`.
 */
const keys = Number(process.argv[2] ?? 1_000_000)
const records = Number(process.argv[3] ?? 300_000)
const HEAP = 512

const say = (line: string): void => void process.stderr.write(`${line}\n`)

await using kafka = await startKafka({ jvm: ['-XX:TieredStopAtLevel=4'] })
const transport = kafkajsTransport({ brokers: kafka.brokers })
await transport.start({ app: 'benchmark', clock: systemClock(), logger: silentLogger })

async function measure(size: number): Promise<Outcome> {
  const app = `faust-benchmark-${Date.now().toString(36)}-${size}`
  try {
    say(`${size.toLocaleString('en')} keys: filling topics`)
    // All keys once, in an order that has nothing to do with theirs; then some of them again.
    await fillWithOnes(transport, topicOf(app, 'fill'), size, (index) => (index * 7919) % size)
    for (const update of UPDATES) {
      await fillWithOnes(transport, topicOf(app, update), records, () => Math.floor(Math.random() * size))
    }
    const program = fileURLToPath(new URL('./run.js', import.meta.url))
    const arguments_ = [`--max-old-space-size=${HEAP}`, program, String(size), String(records), app, ...kafka.brokers]
    const begun = performance.now()
    const { stdout } = await promisify(execFile)(process.execPath, arguments_)
    const outcome = JSON.parse(stdout) as Outcome
    const seconds = Math.round((performance.now() - begun) / 1000)
    say(`${size.toLocaleString('en')} keys: ${seconds} s, ${outcome.update.toFixed(1)} µs an update`)
    return outcome
  } finally {
    const topics = await transport.admin.describeTopics()
    await transport.admin.deleteTopics(topics.map(({ name }) => name).filter((name) => name.startsWith(app)))
  }
}

const outcomes: Outcome[] = []
try {
  for (const size of [Math.min(100_000, keys), keys]) outcomes.push(await measure(size))
} finally {
  await transport.close()
}

const [few, many] = outcomes as [Outcome, Outcome]
const ratio = many.update / (many.bare + few.update)
console.log(`Node ${process.version}, LevelDB, ${records.toLocaleString('en')} updates of uniform keys, medians of \
${UPDATES.length}, ${HEAP} MB of heap

An update at ${keys.toLocaleString('en')} keys costs ${ratio.toFixed(2)} times what the bare get and put there and an update at \
${few.keys.toLocaleString('en')} keys cost together.

${markdownTable(
  ['keys', 'first writes, µs', 'updates, µs', 'bare get + put, µs', 'heap, MB', 'resident, MB'],
  outcomes.map((one) => [
    one.keys.toLocaleString('en'),
    one.fill.toFixed(1),
    one.update.toFixed(1),
    one.bare.toFixed(1),
    one.heap.toFixed(0),
    one.resident.toFixed(0),
  ]),
)}`)
