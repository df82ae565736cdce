import { Buffer } from 'node:buffer'
import type { TopicDescription } from '@faust/core'
import { findCoordinatorApi } from '../../requests/find-coordinator.ts'
import { metadataApi } from '../../requests/metadata.ts'
import type { MetadataResponse, PartitionMetadata, TopicMetadata } from '../../requests/metadata.ts'
import type { AnyService, Shared } from './service.ts'
import { service } from './service.ts'

const MISSING = 3
const NO_LEADER = 5
const NO_COORDINATOR = 15

/** Who is where. */
export function metadataServices(shared: Shared): readonly AnyService[] {
  const { log, nodes, coordination } = shared
  const head = (): Omit<MetadataResponse, 'topics'> => ({
    throttleTime: 0,
    brokers: nodes.all.filter(({ node }) => nodes.isUp(node)),
    clusterId: 'double',
    controller: nodes.up[0] ?? -1,
  })
  return [
    service({
      api: metadataApi,
      serve({ topics, autoCreate }) {
        const described = log.describeTopics(topics ?? undefined)
        if (topics === null) return { ...head(), topics: described.map((topic) => metadataOf(shared, topic)) }
        const known = new Map(described.map((topic) => [topic.name, topic]))
        return {
          ...head(),
          topics: topics.map((name) => {
            const topic = known.get(name)
            if (topic !== undefined) return metadataOf(shared, topic)
            // As a broker does it: made now, and known with its leaders when it is asked for again.
            const made = autoCreate && log.createTopics([{ name }])[0]?.error === 0
            return missing(name, made ? NO_LEADER : MISSING)
          }),
        }
      },
      refuse({ topics }, error) {
        const names = topics ?? log.describeTopics().map(({ name }) => name)
        return { ...head(), topics: names.map((name) => missing(name, error)) }
      },
    }),
    service({
      api: findCoordinatorApi,
      serve({ kind, key }) {
        const address = nodes.address(coordination.of(kind, key))
        return address === undefined ? nobody(NO_COORDINATOR) : { ...nobody(0), ...address }
      },
      refuse: (_, error) => nobody(error),
    }),
  ]
}

function metadataOf({ nodes, leadership }: Shared, { name, id, partitions }: TopicDescription): TopicMetadata {
  const replicas = nodes.all.map(({ node }) => node)
  const inSync = nodes.up
  const offline = replicas.filter((node) => !nodes.isUp(node))
  return {
    error: 0,
    name,
    id: wireId(id),
    internal: false,
    partitions: Array.from({ length: partitions }, (_, partition): PartitionMetadata => {
      const { node: leader, epoch: leaderEpoch } = leadership.of({ topic: name, partition }) ?? { node: -1, epoch: -1 }
      return { error: leader < 0 ? NO_LEADER : 0, partition, leader, leaderEpoch, replicas, inSync, offline }
    }),
  }
}

/** The log writes ids of topics as a UUID's digits, Kafka its bytes in base64. */
function wireId(id: string): string {
  return Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url')
}

function missing(name: string, error: number): TopicMetadata {
  return { error, name, id: '', internal: false, partitions: [] }
}

function nobody(error: number) {
  return { throttleTime: 0, error, message: null, node: -1, host: '', port: -1 }
}
