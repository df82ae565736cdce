import { availableParallelism, cpus } from 'node:os'
import { startKafka } from '@faust-tools/services'
import { fill } from '../kafka/orders.ts'
import { markdownTable } from '../markdown-table.ts'
import { median } from '../median.ts'
import { runChild } from '../run-child.ts'
import { startTransport } from './changelog.ts'
import { type Counting, type CountingOutcome, runCounting } from './counting.ts'
import type { Outcome, Trial, Work } from './trial.ts'

/**
 * How fast a table comes back, and what copies of it cost while it is written, on a real Kafka (KAFKA_BROKERS, or one that
 * is started) with LevelDB. `pnpm bench:restore [records] [runs]`.
 */
const records = Number(process.argv[2] ?? 2_000_000)
const runs = Number(process.argv[3] ?? 3)
if (!(records >= 1000 && runs >= 1)) throw new RangeError('bench:restore [records, at least 1000] [runs, at least 1]')
const PARTITIONS = 4
/** Of the table that is counted. */
const KEYS = 100_000

/** In the order in which they take turns. */
const WORKS: Readonly<Record<Work, string>> = {
  consume: 'bare consume of the changelog',
  write: "the store's own batch writes",
  'tuned-write': 'the same, the store tuned for a restore',
  restore: 'restore of the table',
}
/** Each with what its rate is divided by. */
const COUNTINGS: readonly (Counting & { readonly name: string; readonly against: number })[] = [
  { name: 'two workers', workers: 2, partitions: PARTITIONS, standbyReplicas: 0, against: 0 },
  {
    name: 'two workers, each with copies of the other',
    workers: 2,
    partitions: PARTITIONS,
    standbyReplicas: 1,
    against: 0,
  },
  { name: 'one worker', workers: 1, partitions: 1, standbyReplicas: 0, against: 2 },
  { name: 'one worker, another with its copy', workers: 2, partitions: 1, standbyReplicas: 1, against: 2 },
]

const say = (line: string): void => void process.stderr.write(`${line}\n`)
const told = ({ cpu, rate }: Outcome): string =>
  `${Math.round(rate).toLocaleString('en')} records/s, ${cpu.toFixed(2)} µs`

await using kafka = await startKafka({ jvm: ['-XX:TieredStopAtLevel=4', '-XX:+UseG1GC', '-XX:-UseSerialGC'] })
const { brokers } = kafka
const prefix = `faust-benchmark-${Date.now().toString(36)}`
const app = `${prefix}-restore`
const changelog = `${app}-orders-changelog`
const inputOf = (partitions: number): string => `${prefix}-input-${partitions}`
const transport = await startTransport(brokers)
const restores: Record<Work, Outcome[]> = { consume: [], write: [], 'tuned-write': [], restore: [] }
const counts = COUNTINGS.map((): CountingOutcome[] => [])

async function deleteTopics(begin: string): Promise<void> {
  const topics = await transport.admin.describeTopics()
  await transport.admin.deleteTopics(topics.map(({ name }) => name).filter((name) => name.startsWith(begin)))
}

try {
  say(`writing ${records.toLocaleString('en')} records, three times`)
  const compact = { 'cleanup.policy': 'compact' }
  await fill(transport, changelog, { records, keys: records, partitions: PARTITIONS }, compact)
  for (const partitions of [PARTITIONS, 1])
    await fill(transport, inputOf(partitions), { records, keys: KEYS, partitions })
  for (let run = 1; run <= runs; run++) {
    say(`run ${run} of ${runs}`)
    for (const work of Object.keys(WORKS) as Work[]) {
      const trial: Trial = { work, brokers, app, changelog, partitions: PARTITIONS, records }
      const outcome = await runChild<Outcome>(new URL('contender.js', import.meta.url), trial)
      if (outcome === undefined) throw new Error(`The run failed: ${WORKS[work]}.`)
      say(`${WORKS[work]}: ${told(outcome)}`)
      restores[work].push(outcome)
    }
    for (const [index, { name, ...counting }] of COUNTINGS.entries()) {
      const id = `${prefix}-count-${run}-${index}`
      const input = inputOf(counting.partitions)
      const outcome = await runCounting(transport, { ...counting, app: id, brokers, input, records })
      await deleteTopics(id)
      say(`count, ${name}: ${told(outcome)}, copies whole after ${outcome.behind.toFixed(0)} ms`)
      counts[index]!.push(outcome)
    }
  }
} finally {
  await deleteTopics(prefix)
  await transport.close()
}

const shape = [
  `${records.toLocaleString('en')} records`,
  `LevelDB`,
  `medians of ${runs}`,
  `Node ${process.version}`,
  `Kafka ${kafka.version ?? 'given by KAFKA_BROKERS'}`,
  `${availableParallelism()} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), shared with the broker`,
]
const rateOf = (outcomes: readonly Outcome[]): number => median(outcomes.map(({ rate }) => rate))
/** The columns that all rows have, behind the name. */
const figures = (outcomes: readonly Outcome[], against: readonly Outcome[], name: string): string[] => [
  (rateOf(outcomes) / rateOf(against)).toFixed(2),
  outcomes === against ? '' : name,
  Math.round(rateOf(outcomes)).toLocaleString('en'),
  median(outcomes.map(({ cpu }) => cpu)).toFixed(2),
  median(outcomes.map(({ memory }) => memory)).toFixed(0),
]
const HEAD = ['ratio', 'to', 'records/s', 'CPU µs/record', 'peak MiB']
const slower: Work = rateOf(restores.consume) < rateOf(restores.write) ? 'consume' : 'write'
console.log(`${shape.join('; ')}.

A table of as many keys, ${PARTITIONS} partitions:

${markdownTable(
  ['', ...HEAD],
  (Object.keys(WORKS) as Work[]).map((work) => [
    WORKS[work],
    ...figures(restores[work], restores[slower], `the slower: ${WORKS[slower]}`),
  ]),
)}

Counting ${KEYS.toLocaleString('en')} keys, CPU and memory of all processes together:

${markdownTable(
  ['', ...HEAD, 'copies whole after, ms'],
  COUNTINGS.map(({ against, name, standbyReplicas }, index) => [
    name,
    ...figures(counts[index]!, counts[against]!, COUNTINGS[against]!.name),
    standbyReplicas === 0 ? '' : median(counts[index]!.map(({ behind }) => behind)).toFixed(0),
  ]),
)}`)
