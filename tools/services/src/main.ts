import { parseArgs } from 'node:util'
import { ServicesError } from './errors.ts'
import type { KafkaOptions } from './kafka/api.ts'
import { startKafka } from './kafka/start.ts'
import { KAFKA_VERSION, OLDER_KAFKA_VERSION } from './kafka/version.ts'
import { exited } from './process/exited.ts'
import { Keeper } from './process/keeper.ts'
import { startRedis } from './redis/start.ts'
import { startRegistry } from './apicurio/start.ts'

const HELP = `Brings up real servers, by default Kafka and Redis, and takes them down on Ctrl-C, data and all.

  --kafka            only Kafka
  --redis            only Redis
  --registry         only Apicurio Registry, for schemas
  --nodes <n>        brokers (1)
  --version <x.y.z>  of Kafka (${KAFKA_VERSION}; ${OLDER_KAFKA_VERSION} is tested, too)
  --data <directory> keeps Kafka's data there, and goes on with what is there
  -- <program …>     runs it with KAFKA_BROKERS, REDIS_URL and APICURIO_URL set, and takes the servers down when it ends

They go together: --kafka --registry. Where one of these variables is set, that one is used and nothing started.
`

/** What is up, as the user reads it, and how to take it down. */
interface Running {
  readonly lines: readonly string[]
  readonly variable: string
  readonly value: string
  stop(): Promise<void>
}

async function kafka(options: KafkaOptions): Promise<Running> {
  const cluster = await startKafka(options)
  const lines = cluster.brokers.map((address, index) => {
    if (cluster.external) return `Kafka          ${address}  (from KAFKA_BROKERS)`
    const node = cluster.node(index)
    return `Kafka ${cluster.version}    ${address}  node ${index}, pid ${node.pid}, log ${node.logFile}`
  })
  return { lines, variable: 'KAFKA_BROKERS', value: cluster.brokers.join(','), stop: () => cluster.stop() }
}

async function redis(): Promise<Running> {
  const { url, external, node, stop } = await startRedis()
  const line = external ? `${url}  (from REDIS_URL)` : `${node.address}  pid ${node.pid}, log ${node.logFile}`
  return { lines: [`Redis          ${line}`], variable: 'REDIS_URL', value: url, stop }
}

async function registry(): Promise<Running> {
  const { url, external, node, stop } = await startRegistry()
  const line = external ? `${url}  (from APICURIO_URL)` : `${node.address}  pid ${node.pid}, log ${node.logFile}`
  return { lines: [`Registry       ${line}`], variable: 'APICURIO_URL', value: url, stop }
}

interface Wanted {
  readonly kafka: boolean
  readonly redis: boolean
  readonly registry: boolean
  readonly options: KafkaOptions
  /** What stands behind `--`; empty when nothing does. */
  readonly program: readonly string[]
}

function readArguments(): Wanted | undefined {
  const { values, positionals, tokens } = parseArgs({
    tokens: true,
    allowPositionals: true,
    options: {
      kafka: { type: 'boolean', default: false },
      redis: { type: 'boolean', default: false },
      registry: { type: 'boolean', default: false },
      nodes: { type: 'string' },
      version: { type: 'string' },
      data: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return undefined
  const end = tokens.find(({ kind }) => kind === 'option-terminator')?.index ?? Infinity
  const stray = tokens.find(({ kind, index }) => kind === 'positional' && index < end)
  if (stray?.kind === 'positional')
    throw new ServicesError(`"${stray.value}" is no option; a program stands behind --.`)
  const both = !values.kafka && !values.redis && !values.registry
  return {
    kafka: values.kafka || both,
    redis: values.redis || both,
    registry: values.registry,
    options: {
      ...(values.nodes !== undefined && { nodes: Number(values.nodes) }),
      ...(values.version !== undefined && { version: values.version }),
      ...(values.data !== undefined && { directory: values.data }),
    },
    program: positionals,
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Until the user has enough. Before everything is up there is nothing to wait for: the keepers clean up after us. */
async function interrupted(): Promise<void> {
  // Keeps us alive where nothing is ours.
  const alive = setInterval(() => {}, 60_000)
  await new Promise<void>((resolve) => {
    for (const signal of SIGNALS) process.once(signal, () => resolve())
  })
  clearInterval(alive)
}

/** Until the program ends. It gets every signal that we get, once, and its exit code becomes ours. */
async function ended([file = '', ...args]: readonly string[], env: Readonly<Record<string, string>>): Promise<void> {
  const keeper = await Keeper.open('faust-run-')
  // In a process group of its own, so that Ctrl-C in a terminal reaches it through us alone.
  const child = await keeper.spawn({ file, args, env, cwd: process.cwd() }, 'inherit')
  const gone = exited(child)
  for (const signal of SIGNALS) process.on(signal, () => void child.kill(signal))
  await gone
  await keeper.close()
  process.exitCode = child.exitCode ?? 1
}

async function main(): Promise<void> {
  const wanted = readArguments()
  if (wanted === undefined) {
    process.stdout.write(HELP)
    return
  }
  process.stderr.write('Starting...\n')
  const running = await Promise.all(
    [wanted.kafka ? kafka(wanted.options) : [], wanted.redis ? redis() : [], wanted.registry ? registry() : []].flat(),
  )
  const lines = [
    ...running.flatMap((each) => each.lines),
    '',
    ...running.map((each) => `export ${each.variable}=${each.value}`),
  ]
  if (wanted.program.length > 0) {
    process.stderr.write(`${lines.join('\n')}\n\n`)
    await ended(wanted.program, Object.fromEntries(running.map((each) => [each.variable, each.value])))
  } else {
    const end = interrupted()
    process.stdout.write(`${lines.join('\n')}\n\nCtrl-C takes them down.\n`)
    await end
    process.stderr.write('\nStopping...\n')
  }
  await Promise.all(running.map((each) => each.stop()))
}

try {
  await main()
} catch (error) {
  process.stderr.write(`${error instanceof ServicesError ? error.message : String(error)}\n`)
  // At once: what was started beside the one that failed is not waited for, its keeper takes it down.
  process.exit(1)
}
