import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { startKafka } from '@faust-tools/services'
import { markdownTable } from '../markdown-table.ts'
import type { Outcome } from './run.ts'

/**
 * A table that is far larger than memory: what a record costs when keys are uniform, at few keys and at many, and that the
 * heap stays where it is. Each size runs in a process of its own with 512 MB of heap, on a Kafka beside it (KAFKA_BROKERS,
 * or one that is started). `pnpm bench:tables [keys] [records]`.
 */
const keys = Number(process.argv[2] ?? 1_000_000)
const records = Number(process.argv[3] ?? 300_000)
const HEAP = 512

await using kafka = await startKafka({ jvm: ['-XX:TieredStopAtLevel=4'] })
const outcomes = [Math.min(100_000, keys), keys].map((size): Outcome => {
  const program = fileURLToPath(new URL('./run.js', import.meta.url))
  const arguments_ = [`--max-old-space-size=${HEAP}`, program, String(size), String(records), ...kafka.brokers]
  const { status, stdout } = spawnSync(process.execPath, arguments_, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (status !== 0) throw new Error(`The run with ${size} keys ended with ${String(status)}.`)
  return JSON.parse(stdout) as Outcome
})

const [few, many] = outcomes as [Outcome, Outcome]
console.log(
  `Node ${process.version}, LevelDB, ${records.toLocaleString('en')} updates of uniform keys, ${HEAP} MB of heap\n`,
)
console.log(
  markdownTable(
    ['keys', 'first writes, µs', 'updates, µs', 'bare get + put, µs', 'heap, MB', 'resident, MB'],
    outcomes.map((one) => [
      one.keys.toLocaleString('en'),
      one.fill.toFixed(1),
      one.update.toFixed(1),
      one.bare.toFixed(1),
      one.heap.toFixed(0),
      one.resident.toFixed(0),
    ]),
  ),
)
const ratio = many.update / (many.bare + few.update)
console.log(
  `\nupdates at ${keys.toLocaleString('en')} keys / (bare get + put there + updates at few keys): ${ratio.toFixed(2)}`,
)
