import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { ServicesError } from '../errors.ts'
import { HOST, onFreePorts } from '../net/ports.ts'
import { Keeper } from '../process/keeper.ts'
import { takeForLife } from '../process/lock.ts'
import { Server } from '../process/server.ts'
import type { KafkaCluster, KafkaNode, KafkaOptions, SecuredAccess } from './api.ts'
import { format } from './format.ts'
import { javaClass, kafkaLibraries } from './java-class.ts'
import { liveBrokers, speaksKafka } from './probe.ts'
import { type NodePorts, PORTS_A_NODE, serverProperties } from './properties.ts'
import { Secured } from './secured.ts'
import { KAFKA_VERSION } from './version.ts'

const START_TIMEOUT_MS = 120_000

class OwnNode extends Server implements KafkaNode {
  readonly id: number
  readonly dataDirectory: string

  constructor(id: number, dataDirectory: string, ...server: ConstructorParameters<typeof Server>) {
    super(...server)
    this.id = id
    this.dataDirectory = dataDirectory
  }
}

/** A cluster of our own, in a fresh directory or in one that is kept. */
export async function startCluster(options: KafkaOptions): Promise<KafkaCluster> {
  const version = options.version ?? KAFKA_VERSION
  const count = options.nodes ?? 1
  if (!Number.isInteger(count) || count < 1) throw new ServicesError(`nodes must be 1 or more, not ${count}.`)
  const libraries = await kafkaLibraries(version)
  const release = options.directory === undefined ? async () => {} : await reserve(options.directory)
  return onFreePorts(count * PORTS_A_NODE, async (free) => {
    const keeper = await Keeper.open('faust-kafka-')
    try {
      const ports = nodePorts(free)
      const secured = options.secured === true ? await Secured.make(keeper) : undefined
      const nodes = await startNodes(keeper, libraries, ports, secured, options)
      // Killed, not asked: a whole quorum can't leave in order anyway, and data that is kept is recovered at the next start.
      return clusterOf(nodes, version, secured?.access(ports), () => keeper.close().then(release))
    } catch (error) {
      await keeper.close()
      throw error
    }
  }).catch(async (error: unknown) => {
    await release()
    throw error
  })
}

/** Two Kafkas on one directory damage each other's metadata before they notice. Gives what lets the next one in. */
async function reserve(directory: string): Promise<() => Promise<void>> {
  await mkdir(directory, { recursive: true })
  const file = join(directory, 'lock')
  const holder = await takeForLife(file)
  if (holder === undefined) return () => rm(file, { force: true })
  throw new ServicesError(
    `${directory} is in use by the Kafka that process ${holder} has started. End that one, use it by KAFKA_BROKERS, or ` +
      `give another directory.`,
  )
}

function nodePorts(free: readonly number[]): NodePorts[] {
  const ports: NodePorts[] = []
  for (let at = 0; at < free.length; at += PORTS_A_NODE) {
    const [client, controller, credentials, certificates] = free.slice(at) as [number, number, number, number]
    ports.push({ client, controller, credentials, certificates })
  }
  return ports
}

async function startNodes(
  keeper: Keeper,
  libraries: string,
  ports: readonly NodePorts[],
  secured: Secured | undefined,
  options: KafkaOptions,
): Promise<OwnNode[]> {
  const home = options.directory === undefined ? keeper.directory : resolve(options.directory)
  const clusterId = await identity(home)
  const jvm = [ports.length === 1 ? '-Xmx1g' : '-Xmx448m', ...(options.jvm ?? [])]
  const nodes: OwnNode[] = []
  await Promise.all(
    ports.map(async ({ client }, id) => {
      const directory = join(home, `node-${id}`)
      const dataDirectory = join(directory, 'data')
      const properties = join(directory, 'server.properties')
      await mkdir(directory, { recursive: true })
      await writeFile(properties, serverProperties(id, ports, dataDirectory, secured, options.properties ?? {}))
      if (!existsSync(join(dataDirectory, 'meta.properties'))) {
        await format(keeper, libraries, clusterId, properties, secured?.formatArguments)
      }
      const address = `${HOST}:${client}`
      nodes[id] = new OwnNode(id, dataDirectory, keeper, {
        name: `Kafka node ${id}`,
        address,
        logFile: join(directory, 'server.log'),
        program: javaClass(libraries, 'kafka.Kafka', [properties], jvm),
        answers: () => allSee(nodes, id),
        startTimeoutMs: options.startTimeoutMs ?? START_TIMEOUT_MS,
      })
    }),
  )
  await Promise.all(nodes.map((node) => node.start()))
  return nodes
}

/** The id of the cluster whose data is in `home`, or is about to be. */
async function identity(home: string): Promise<string> {
  const file = join(home, 'cluster-id')
  if (existsSync(file)) return readFile(file, 'utf8')
  // Kafka's form of a UUID; one that began with '-' would be taken for an option.
  const id = `F${randomBytes(16).toString('base64url').slice(1)}`
  await writeFile(file, id)
  return id
}

/** Whether node `id` serves and every running node, itself included, counts it and the other running ones as alive. */
async function allSee(nodes: readonly OwnNode[], id: number): Promise<boolean> {
  if (!(await speaksKafka((nodes[id] as OwnNode).address))) return false
  const running = nodes.filter((node) => node.state === 'running')
  const views = await Promise.all(running.map((node) => liveBrokers(node.address)))
  return views.every((view) => running.every((node) => view.includes(node.id)))
}

function clusterOf(
  nodes: readonly OwnNode[],
  version: string,
  secured: SecuredAccess | undefined,
  stop: () => Promise<void>,
): KafkaCluster {
  return {
    brokers: nodes.map((node) => node.address),
    version,
    external: false,
    secured,
    node(index) {
      const node = nodes[index]
      if (node === undefined) throw new ServicesError(`There is no node ${index}, only 0 to ${nodes.length - 1}.`)
      return node
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}
