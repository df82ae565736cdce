import { parseArgs } from 'node:util'
import { type KafkaCluster, startKafka } from '@faust-tools/services'
import { described, runChaos } from './chaos.ts'
import { DISTURBANCES, type Disturbance } from './disturb.ts'
import type { Guarantee } from './program.ts'
import { play, type SceneReport } from './scene.ts'
import { SCENES } from './scenes.ts'
import { KAFKA_PROPERTIES } from './settings.ts'

const HELP = `Kills workers at random on a real Kafka and recounts what they did. Or plays named scenes.

  --scene <list>   of ${Object.keys(SCENES).join(', ')}, or all, under --guarantee and on --version; all else is the scene's own

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

/** What a run without findings has shown. */
const RIGHT: Readonly<Record<Guarantee, string>> = {
  'at-least-once': 'Every record has its effect, no count or window lacks one, no offset is beyond its effects.',
  'exactly-once':
    'Every record has its effect once, every closed window one final result, tables and windows equal the recount, ' +
    'no offset is beyond its effects.',
}

/** Killed brokers that a run with `--strikes` waits for. */
const BROKERS = 3

const { values } = parseArgs({
  options: {
    scene: { type: 'string' },
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

const say = (line: string): void => void process.stdout.write(`${line}\n`)

if (values.help) process.stdout.write(HELP)
else if (values.scene === undefined) await disturbAtRandom()
else await playScenes(values.scene === 'all' ? Object.keys(SCENES) : values.scene.split(','))

async function disturbAtRandom(): Promise<void> {
  const kinds = new Set(values.with.split(',') as Disturbance[])
  for (const kind of kinds) {
    if (!DISTURBANCES.includes(kind)) throw new RangeError(`--with has ${kind}, not one of ${DISTURBANCES.join(', ')}`)
  }
  const guarantee = guaranteeOf(values.guarantee)
  say(`${values.workers} workers for ${values.seconds} s ${guarantee} under ${values.with}, --seed ${values.seed}`)
  await using kafka = await start(Number(values.nodes))
  const report = await runChaos({
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
  say(`${described(report.tally)}.`)
  tell(report, guarantee)
}

async function playScenes(names: readonly string[]): Promise<void> {
  for (const name of names) {
    if (SCENES[name] === undefined) {
      throw new RangeError(`--scene has ${name}, not one of ${Object.keys(SCENES).join(', ')}`)
    }
  }
  const guarantee = guaranteeOf(values.guarantee)
  await using kafka = await start(1)
  for (const name of names) {
    const { about, setting, disturb } = SCENES[name]!
    say(`${name}, ${guarantee}: ${about}`)
    tell(await play({ ...setting, kafka, guarantee }, disturb), guarantee)
  }
}

function guaranteeOf(text: string): Guarantee {
  if (text === 'at-least-once' || text === 'exactly-once') return text
  throw new RangeError(`--guarantee is ${text}, neither at-least-once nor exactly-once`)
}

function start(nodes: number): Promise<KafkaCluster> {
  const { version } = values
  return startKafka({ nodes, properties: KAFKA_PROPERTIES, ...(version !== undefined && { version }) })
}

function tell(
  { findings, repeated, excess, sent, snapshots, tails, silence }: SceneReport,
  guarantee: Guarantee,
): void {
  say(
    `${sent} records, ${repeated} handled again, counts too high by ${excess}; offsets and effects were compared ` +
      `${snapshots} times.`,
  )
  say(
    `Later starts and copies had ${tails.shards} shards in their stores that lacked something, and read ${tails.read} records ` +
      `of changelogs for them, which have ${tails.whole}.`,
  )
  if (silence !== undefined) say(`The longest time in which a partition got no output: ${silence} ms.`)
  if (findings.length === 0) {
    say(RIGHT[guarantee])
    return
  }
  for (const line of findings) say(`WRONG: ${line}`)
  process.exitCode = 1
}
