import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ServicesError } from '../errors.ts'
import { HOST, onFreePorts } from '../net/ports.ts'
import { Keeper } from '../process/keeper.ts'
import { Server } from '../process/server.ts'
import type { KafkaCluster, KafkaNode, KafkaOptions } from './api.ts'
import { format } from './format.ts'
import { javaClass, kafkaLibraries } from './java-class.ts'
import { liveBrokers, speaksKafka } from './probe.ts'
import { type NodePorts, serverProperties } from './properties.ts'
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

/** A cluster of our own in a fresh directory. */
export async function startCluster(options: KafkaOptions): Promise<KafkaCluster> {
  const version = options.version ?? KAFKA_VERSION
  const count = options.nodes ?? 1
  if (!Number.isInteger(count) || count < 1) throw new ServicesError(`nodes must be 1 or more, not ${count}.`)
  const libraries = await kafkaLibraries(version)
  return onFreePorts(count * 2, async (ports) => {
    const keeper = await Keeper.open('faust-kafka-')
    try {
      const nodes = await startNodes(keeper, libraries, ports, options)
      return clusterOf(keeper, nodes, version)
    } catch (error) {
      await keeper.close()
      throw error
    }
  })
}

async function startNodes(
  keeper: Keeper,
  libraries: string,
  ports: readonly number[],
  options: KafkaOptions,
): Promise<OwnNode[]> {
  const pairs: NodePorts[] = []
  for (let at = 0; at < ports.length; at += 2) {
    pairs.push({ client: ports[at] as number, controller: ports[at + 1] as number })
  }
  // Kafka's form of a UUID; one that began with '-' would be taken for an option.
  const clusterId = `F${randomBytes(16).toString('base64url').slice(1)}`
  const jvm = [pairs.length === 1 ? '-Xmx1g' : '-Xmx448m', ...(options.jvm ?? [])]
  const nodes: OwnNode[] = []
  await Promise.all(
    pairs.map(async (pair, id) => {
      const directory = join(keeper.directory, `node-${id}`)
      const dataDirectory = join(directory, 'data')
      const properties = join(directory, 'server.properties')
      await mkdir(directory)
      await writeFile(properties, serverProperties(id, pairs, dataDirectory, options.properties ?? {}))
      await format(keeper, libraries, clusterId, properties)
      const address = `${HOST}:${pair.client}`
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

/** Whether node `id` serves and every running node, itself included, counts it and the other running ones as alive. */
async function allSee(nodes: readonly OwnNode[], id: number): Promise<boolean> {
  if (!(await speaksKafka((nodes[id] as OwnNode).address))) return false
  const running = nodes.filter((node) => node.state === 'running')
  const views = await Promise.all(running.map((node) => liveBrokers(node.address)))
  return views.every((view) => running.every((node) => view.includes(node.id)))
}

function clusterOf(keeper: Keeper, nodes: readonly OwnNode[], version: string): KafkaCluster {
  // Killed, not asked: the data goes with it, and a whole quorum can't leave in order anyway.
  const stop = (): Promise<void> => keeper.close()
  return {
    brokers: nodes.map((node) => node.address),
    version,
    external: false,
    node(index) {
      const node = nodes[index]
      if (node === undefined) throw new ServicesError(`There is no node ${index}, only 0 to ${nodes.length - 1}.`)
      return node
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}
