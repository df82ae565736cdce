import { availableParallelism, cpus } from 'node:os'
import { silentLogger, systemClock } from '@faust/core'
import { startKafka } from '@faust-tools/services'
import { kafkajsTransport } from '@faust/transport-kafkajs'
import { canRunKafkaStreams } from './clients/kafka-streams.ts'
import { AGAINST_CLIENTS, AGAINST_STREAMS, type Row, TIMED } from './contests.ts'
import { Lab } from './lab.ts'
import { RATE } from './latency.ts'
import { latencyTable, throughputTable } from './report.ts'

/**
 * Ours against bare clients and Kafka Streams, on a real Kafka. Every contender runs in a process of its own and takes turns with the
 * others, `runs` times; the medians are printed as Markdown. `pnpm bench:kafka [records] [runs]`.
 */
const records = Number(process.argv[2] ?? 1_000_000)
const runs = Number(process.argv[3] ?? 3)
if (!(records >= 1000 && runs >= 1)) throw new RangeError('bench:kafka [records, at least 1000] [runs, at least 1]')

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
/** @platformatic/kafka asks for Node 22.22, or 24.6 and later. */
const platformatic = major > 24 || (major === 24 && minor >= 6) || (major === 22 && minor >= 22)
const kafkaStreams = await canRunKafkaStreams()
const againstClients = AGAINST_CLIENTS.filter(({ contest }) => platformatic || contest.client !== 'platformatic')
const againstStreams: readonly Row[] = kafkaStreams ? AGAINST_STREAMS : []
const contests = new Set([...againstClients, ...againstStreams].map(({ contest }) => contest))

const say = (line: string): void => void process.stderr.write(`${line}\n`)

// A Java machine as in production: what tests start is slower, and sooner up.
await using kafka = await startKafka({ jvm: ['-XX:TieredStopAtLevel=4', '-XX:+UseG1GC', '-XX:-UseSerialGC'] })
const transport = kafkajsTransport({ brokers: kafka.brokers })
await transport.start({ app: 'benchmark', clock: systemClock(), logger: silentLogger })
const lab = new Lab({ transport, brokers: kafka.brokers, records, say })
const outcomes = new Map([...contests].map((contest) => [contest, [] as Awaited<ReturnType<Lab['run']>>[]]))
const latencies = new Map(TIMED.map((client) => [client, [] as Awaited<ReturnType<Lab['time']>>[]]))
if (!platformatic) say(`@platformatic/kafka is left out: it does not run on Node ${process.version}`)
if (!kafkaStreams) say('Kafka Streams is left out: there is no Java compiler (javac)')
try {
  await lab.prepare(contests)
  for (let run = 1; run <= runs; run++) {
    say(`run ${run} of ${runs}`)
    for (const [contest, results] of outcomes) results.push(await lab.run(contest))
    for (const [client, results] of latencies) results.push(await lab.time(client))
  }
} finally {
  await lab.clear()
  await transport.close()
}

const shape = [
  `${records.toLocaleString('en')} records, ${lab.keys.toLocaleString('en')} keys, ${lab.partitions} partitions`,
  `medians of ${runs}`,
  `Node ${process.version}`,
  `Kafka ${kafka.version ?? 'given by KAFKA_BROKERS'}`,
  `${availableParallelism()} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), shared with the broker`,
]
console.log(`${shape.join('; ')}.

${throughputTable(againstClients, outcomes)}
${kafkaStreams ? `\nAgainst Kafka Streams:\n\n${throughputTable(againstStreams, outcomes)}\n` : ''}
From the sending of a record until its copy is read, at ${RATE.toLocaleString('en')} records a second:

${latencyTable(latencies)}`)
