import { parseArgs } from 'node:util'
import { ServicesError } from './errors.ts'
import type { KafkaOptions } from './kafka/api.ts'
import { startKafka } from './kafka/start.ts'
import { KAFKA_VERSION, OLDER_KAFKA_VERSION } from './kafka/version.ts'
import { startRedis } from './redis/start.ts'

const HELP = `Brings up a real Kafka and a real Redis and takes them down on Ctrl-C, data and all.

  --kafka            only Kafka
  --redis            only Redis
  --nodes <n>        brokers (1)
  --version <x.y.z>  of Kafka (${KAFKA_VERSION}; ${OLDER_KAFKA_VERSION} is tested, too)

Where KAFKA_BROKERS or REDIS_URL is set, that one is used and nothing started.
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

function readArguments(): { kafka: boolean; redis: boolean; options: KafkaOptions } | undefined {
  const { values } = parseArgs({
    options: {
      kafka: { type: 'boolean', default: false },
      redis: { type: 'boolean', default: false },
      nodes: { type: 'string' },
      version: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return undefined
  const both = !values.kafka && !values.redis
  return {
    kafka: values.kafka || both,
    redis: values.redis || both,
    options: {
      ...(values.nodes !== undefined && { nodes: Number(values.nodes) }),
      ...(values.version !== undefined && { version: values.version }),
    },
  }
}

/** Until the user has enough. Before everything is up there is nothing to wait for: the keepers clean up after us. */
function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve())
  })
}

async function main(): Promise<void> {
  const wanted = readArguments()
  if (wanted === undefined) {
    process.stdout.write(HELP)
    return
  }
  process.stderr.write('Starting...\n')
  const running = await Promise.all([wanted.kafka ? kafka(wanted.options) : [], wanted.redis ? redis() : []].flat())
  const lines = [
    ...running.flatMap((each) => each.lines),
    '',
    ...running.map((each) => `export ${each.variable}=${each.value}`),
  ]
  const end = interrupted()
  process.stdout.write(`${lines.join('\n')}\n\nCtrl-C takes them down.\n`)
  // Keeps us alive where nothing is ours.
  const alive = setInterval(() => {}, 60_000)
  await end
  clearInterval(alive)
  process.stderr.write('\nStopping...\n')
  await Promise.all(running.map((each) => each.stop()))
}

try {
  await main()
} catch (error) {
  process.stderr.write(`${error instanceof ServicesError ? error.message : String(error)}\n`)
  // At once: what was started beside the one that failed is not waited for, its keeper takes it down.
  process.exit(1)
}
