import { parseArgs } from 'node:util'
import { startKafka } from '@faust-tools/services'
import { described, runChaos } from './chaos.ts'
import { DISTURBANCES, type Disturbance } from './disturb.ts'
import { KAFKA_PROPERTIES } from './settings.ts'

const HELP = `Kills workers at random on a real Kafka and recounts what they did.

  --seconds <n>    how long at least (120)
  --strikes <n>    how many kills and pauses at least (0), and then three killed brokers, if brokers are killed
  --seed <text>    decides what happens and when; default: a new one, which is printed
  --workers <n>    processes (2)
  --rate <n>       records a second (1000)
  --with <list>    of ${DISTURBANCES.join(', ')} (kill); broker needs --nodes 3
  --nodes <n>      brokers (1)
  --version <v>    of Kafka
  --guarantee <g>  at-least-once or exactly-once (at-least-once)
`

/** Killed brokers that a run with `--strikes` waits for. */
const BROKERS = 3

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '120' },
    strikes: { type: 'string', default: '0' },
    seed: { type: 'string', default: `${Date.now() % 1_000_000}` },
    workers: { type: 'string', default: '2' },
    rate: { type: 'string', default: '1000' },
    with: { type: 'string', default: 'kill' },
    nodes: { type: 'string', default: '1' },
    version: { type: 'string' },
    guarantee: { type: 'string', default: 'at-least-once' },
    help: { type: 'boolean', short: 'h', default: false },
  },
})

if (values.help) process.stdout.write(HELP)
else await main()

async function main(): Promise<void> {
  const kinds = new Set(values.with.split(',') as Disturbance[])
  for (const kind of kinds) {
    if (!DISTURBANCES.includes(kind)) throw new RangeError(`--with has ${kind}, not one of ${DISTURBANCES.join(', ')}`)
  }
  const { guarantee } = values
  if (guarantee !== 'at-least-once' && guarantee !== 'exactly-once') {
    throw new RangeError(`--guarantee is ${guarantee}, neither at-least-once nor exactly-once`)
  }
  const say = (line: string): void => void process.stdout.write(`${line}\n`)
  say(`${values.workers} workers for ${values.seconds} s ${guarantee} under ${values.with}, --seed ${values.seed}`)
  const nodes = Number(values.nodes)
  await using kafka = await startKafka({
    nodes,
    properties: KAFKA_PROPERTIES,
    ...(values.version !== undefined && { version: values.version }),
  })
  const { findings, repeated, excess, sent, snapshots, tails, tally } = await runChaos({
    kafka,
    seed: values.seed,
    seconds: Number(values.seconds),
    strikes: { workers: Number(values.strikes), brokers: Number(values.strikes) > 0 ? BROKERS : 0 },
    workers: Number(values.workers),
    rate: Number(values.rate),
    kinds,
    guarantee,
    say,
  })
  say(
    `${described(tally)}. ${sent} records, ${repeated} handled again, counts too high by ${excess}; offsets and effects ` +
      `were compared ${snapshots} times.`,
  )
  say(
    `Starts after a kill found ${tails.shards} shards in their stores that lacked something, and read ${tails.read} records ` +
      `of changelogs for them, which have ${tails.whole}.`,
  )
  if (findings.length === 0)
    say('Every record has its effect, tables and windows equal the recount, no offset is beyond its effects.')
  else {
    for (const line of findings) say(`WRONG: ${line}`)
    process.exitCode = 1
  }
}
