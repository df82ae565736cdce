import { HOST } from '../net/ports.ts'
import type { Secured, SecuredPorts } from './secured.ts'

export interface NodePorts extends SecuredPorts {
  readonly client: number
  readonly controller: number
}

/** How many ports a node may need. */
export const PORTS_A_NODE = 4

/** server.properties of node `index`: broker and controller in one, as all of them are. `overrides` win. */
export function serverProperties(
  index: number,
  nodes: readonly NodePorts[],
  dataDirectory: string,
  secured: Secured | undefined,
  overrides: Readonly<Record<string, string>>,
): string {
  const own = nodes[index] as NodePorts
  const forClients = [`PLAINTEXT://${HOST}:${own.client}`, ...(secured?.listeners(own) ?? [])]
  const replicas = Math.min(3, nodes.length)
  const inSync = Math.min(2, nodes.length)
  const properties: Record<string, string | number> = {
    'process.roles': 'broker,controller',
    'node.id': index,
    'controller.quorum.voters': nodes.map((node, id) => `${id}@${HOST}:${node.controller}`).join(','),
    listeners: [...forClients, `CONTROLLER://${HOST}:${own.controller}`].join(','),
    'advertised.listeners': forClients.join(','),
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': dataDirectory,

    'default.replication.factor': replicas,
    'offsets.topic.replication.factor': replicas,
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': inSync,
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': inSync,

    // The first group and the first transaction wait for these topics: 50 partitions each is what takes the time.
    'offsets.topic.num.partitions': 6,
    'transaction.state.log.num.partitions': 6,
    // A first member would wait 3 s for company.
    'group.initial.rebalance.delay.ms': 0,
    // What tests wait for: members that fall silent (at least 6 s by default) and transactions nobody ends (every 10 s).
    'group.min.session.timeout.ms': 500,
    'transaction.abort.timed.out.transaction.cleanup.interval.ms': 500,
    // After this time a killed broker is dead to the others, and only then may it come back. By default 9 s; shorter
    // than this would declare dead what merely shares two cores with others. Alone, it only delays its own restart.
    'broker.session.timeout.ms': nodes.length === 1 ? 3000 : 6000,
    'broker.heartbeat.interval.ms': nodes.length === 1 ? 500 : 1000,
    // By default 128 MB, which small heaps do not have.
    'log.cleaner.dedupe.buffer.size': 16 * 1024 * 1024,
    ...secured?.properties,
    ...overrides,
  }
  return Object.entries(properties)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('')
}
