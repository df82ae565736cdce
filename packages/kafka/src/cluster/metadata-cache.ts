import type { TopicPartition } from '@faust/core'
import { KAFKA } from '../requests/error-codes.ts'
import type { BrokerAddress, MetadataResponse, PartitionMetadata, TopicMetadata } from '../requests/metadata.ts'
import type { Leader } from './cluster.ts'

/** What an answer changed. */
export interface MetadataChange {
  /** Topics of which something a reader or writer depends on is another one: existence, id, partitions, leaders. */
  readonly topics: readonly TopicMetadata[]
  /** Topics that seem to be gone or made anew. Not believed before a second answer says the same: a broker may be behind. */
  readonly doubtful: readonly string[]
}

/** What is known about brokers and topics. Answers may come from brokers that are behind: the newer knowledge stays. */
export class MetadataCache {
  readonly #brokers = new Map<number, BrokerAddress>()
  readonly #topics = new Map<string, TopicMetadata>()
  /** Of topics in doubt, the id that was seen; '' for none. */
  readonly #doubts = new Map<string, string>()

  #controller = -1

  /** Who is asked to change topics; -1 where unknown. */
  get controller(): number {
    return this.#controller
  }

  get brokers(): readonly BrokerAddress[] {
    return [...this.#brokers.values()]
  }

  topic(name: string): TopicMetadata | undefined {
    return this.#topics.get(name)
  }

  leader({ topic, partition }: TopicPartition): Leader | undefined {
    const known = this.#topics.get(topic)?.partitions[partition]
    return known === undefined || known.leader < 0 ? undefined : { node: known.leader, epoch: known.leaderEpoch }
  }

  /** A coordinator may be known before Metadata names it. */
  addBroker(broker: BrokerAddress): void {
    this.#brokers.set(broker.node, broker)
  }

  forget(topic: string): void {
    this.#topics.delete(topic)
    this.#doubts.delete(topic)
  }

  apply({ brokers, topics, controller }: MetadataResponse): MetadataChange {
    // A broker that is just starting may know of none.
    if (brokers.length > 0) this.#brokers.clear()
    for (const broker of brokers) this.#brokers.set(broker.node, broker)
    this.#controller = controller
    const changed: TopicMetadata[] = []
    const doubtful: string[] = []
    for (const answered of topics) {
      const known = this.#topics.get(answered.name)
      if (this.#doubted(known, answered)) {
        doubtful.push(answered.name)
        continue
      }
      const topic = merge(known, sorted(answered))
      this.#topics.set(topic.name, topic)
      if (differs(known, topic)) changed.push(topic)
    }
    return { topics: changed, doubtful }
  }

  /** Whether a topic that was there is said to be gone or another one, and nobody has said so before. */
  #doubted(known: TopicMetadata | undefined, answered: TopicMetadata): boolean {
    const { name, id, error } = answered
    const existed = known !== undefined && known.error !== KAFKA.UNKNOWN_TOPIC_OR_PARTITION
    const replaces = existed && (error === KAFKA.UNKNOWN_TOPIC_OR_PARTITION || (error === 0 && known.id !== id))
    const confirmed = this.#doubts.get(name) === id
    this.#doubts.delete(name)
    if (!replaces || confirmed) return false
    this.#doubts.set(name, id)
    return true
  }
}

function sorted(topic: TopicMetadata): TopicMetadata {
  return { ...topic, partitions: topic.partitions.toSorted((a, b) => a.partition - b.partition) }
}

/** Of one and the same topic partitions only become more, and epochs only rise. */
function merge(known: TopicMetadata | undefined, answered: TopicMetadata): TopicMetadata {
  if (known === undefined || answered.error === KAFKA.UNKNOWN_TOPIC_OR_PARTITION) return answered
  // Not what exists is in doubt but who may see it, or a fault of the broker asked.
  if (answered.error !== 0) return { ...known, error: answered.error }
  if (known.id !== answered.id) return answered
  const more = known.partitions.slice(answered.partitions.length)
  const partitions = answered.partitions.map((partition, index) => newer(known.partitions[index], partition))
  return { ...answered, partitions: [...partitions, ...more] }
}

function newer(known: PartitionMetadata | undefined, answered: PartitionMetadata): PartitionMetadata {
  const older = known !== undefined && answered.leaderEpoch >= 0 && answered.leaderEpoch < known.leaderEpoch
  return older ? known : answered
}

function differs(known: TopicMetadata | undefined, topic: TopicMetadata): boolean {
  if (known === undefined) return true
  if (known.id !== topic.id || known.error !== topic.error) return true
  if (known.partitions.length !== topic.partitions.length) return true
  return topic.partitions.some(({ leader, leaderEpoch, error }, index) => {
    const before = known.partitions[index]
    return before?.leader !== leader || before.leaderEpoch !== leaderEpoch || before.error !== error
  })
}
