import type { ByteReader } from '../wire/byte-reader.ts'
import type { ByteWriter } from '../wire/byte-writer.ts'
import { defineApi, type Api } from './api.ts'

export interface MetadataRequest {
  /** `null` asks for all topics. */
  readonly topics: readonly string[] | null
  /** Whether a broker may create what is missing, with its own defaults. */
  readonly autoCreate: boolean
}

/** A broker of the cluster. */
export interface BrokerAddress {
  readonly node: number
  readonly host: string
  readonly port: number
  readonly rack: string | null
}

/** A partition as the cluster has it. */
export interface PartitionMetadata {
  /** 0; 5 while it has no leader, 9 while a replica of it is away. */
  readonly error: number
  readonly partition: number
  /** Node; -1 for none. */
  readonly leader: number
  /** -1 where unknown. */
  readonly leaderEpoch: number
  readonly replicas: readonly number[]
  readonly inSync: readonly number[]
  readonly offline: readonly number[]
}

/** A topic as the cluster has it. */
export interface TopicMetadata {
  /** 0; or 3 (does not exist, or not yet known here), 5, 17, 29. */
  readonly error: number
  readonly name: string
  /** Another one after the topic was deleted and created again; '' where it does not exist. */
  readonly id: string
  readonly internal: boolean
  readonly partitions: readonly PartitionMetadata[]
}

export interface MetadataResponse {
  /** Ms, by quota. */
  readonly throttleTime: number
  readonly brokers: readonly BrokerAddress[]
  readonly clusterId: string | null
  /** Node; -1 where unknown. */
  readonly controller: number
  readonly topics: readonly TopicMetadata[]
}

/** "Not asked for", as a bit field. */
const NO_OPERATIONS = -0x8000_0000

/** Version 11: leader epochs, and the ids of topics. It sets Kafka 2.8 as the oldest that is supported. */
export const metadataApi: Api<MetadataRequest, MetadataResponse> = defineApi({
  name: 'Metadata',
  key: 3,
  version: 11,
  flexible: true,

  writeRequest(to, { topics, autoCreate }) {
    to.compactArray(topics, (name) => {
      // Asking by id is refused before version 12.
      to.uuid('')
      to.compactString(name)
      to.noTags()
    })
    to.boolean(autoCreate)
    // Whether to tell what the client may do with the topics.
    to.boolean(false)
  },

  readRequest(from) {
    const topics = from.compactNullableArray(() => {
      from.uuid()
      const name = from.compactString()
      from.tags()
      return name
    })
    const autoCreate = from.boolean()
    from.boolean()
    return { topics, autoCreate }
  },

  writeResponse(to, { throttleTime, brokers, clusterId, controller, topics }) {
    to.int32(throttleTime)
    to.compactArray(brokers, ({ node, host, port, rack }) => {
      to.int32(node)
      to.compactString(host)
      to.int32(port)
      to.compactString(rack)
      to.noTags()
    })
    to.compactString(clusterId)
    to.int32(controller)
    to.compactArray(topics, (topic) => writeTopic(to, topic))
  },

  readResponse: (from) => ({
    throttleTime: from.int32(),
    brokers: from.compactArray(() => {
      const broker = {
        node: from.int32(),
        host: from.compactString(),
        port: from.int32(),
        rack: from.compactNullableString(),
      }
      from.tags()
      return broker
    }),
    clusterId: from.compactNullableString(),
    controller: from.int32(),
    topics: from.compactArray(() => readTopic(from)),
  }),
})

function writeTopic(to: ByteWriter, { error, name, id, internal, partitions }: TopicMetadata): void {
  to.int16(error)
  to.compactString(name)
  to.uuid(id)
  to.boolean(internal)
  to.compactArray(partitions, (partition) => {
    to.int16(partition.error)
    to.int32(partition.partition)
    to.int32(partition.leader)
    to.int32(partition.leaderEpoch)
    for (const nodes of [partition.replicas, partition.inSync, partition.offline]) {
      to.compactArray(nodes, (node) => to.int32(node))
    }
    to.noTags()
  })
  to.int32(NO_OPERATIONS)
  to.noTags()
}

function readTopic(from: ByteReader): TopicMetadata {
  const head = {
    error: from.int16(),
    name: from.compactString(),
    id: from.uuid(),
    internal: from.boolean(),
  }
  const partitions = from.compactArray(() => {
    const partition = {
      error: from.int16(),
      partition: from.int32(),
      leader: from.int32(),
      leaderEpoch: from.int32(),
      replicas: from.compactArray(() => from.int32()),
      inSync: from.compactArray(() => from.int32()),
      offline: from.compactArray(() => from.int32()),
    }
    from.tags()
    return partition
  })
  from.int32()
  from.tags()
  return { ...head, partitions }
}
