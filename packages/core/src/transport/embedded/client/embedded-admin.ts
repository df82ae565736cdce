import { FaustError } from '../../../service/errors.ts'
import type { Admin, CommittedOffset, PartitionOffsets, TopicDeclaration, TopicDescription } from '../../admin.ts'
import type { TopicPartition, TopicPartitionOffset } from '../../record.ts'
import { KafkaError } from '../log/kafka-error.ts'
import { ask } from './ask.ts'
import type { Client } from './client.ts'
import { faultOf, partitionName } from './fault.ts'
import { missingFault } from './missing.ts'

/** Ms that a question may take with all its tries. */
const WITHIN = 30_000
/** Ms for which transactional offsets are waited for. */
const STABLE_WITHIN = 5_000

/** The admin of the embedded log. */
export class EmbeddedAdmin implements Admin {
  readonly #client: Client

  constructor(client: Client) {
    this.#client = client
  }

  async declareTopics(
    topics: readonly TopicDeclaration[],
  ): Promise<readonly (TopicDescription & { readonly created: boolean })[]> {
    const { broker } = this.#client
    const made = await this.#ask('Declaring topics', () => broker.createTopics(topics))
    for (const { name, error, message } of made) {
      if (error === KafkaError.NONE || error === KafkaError.TOPIC_ALREADY_EXISTS) continue
      throw faultOf(error, { subject: `Topic "${name}"`, message, details: { topic: name } })
    }
    const names = topics.map(({ name }) => name)
    const described = new Map((await this.describeTopics(names)).map((topic) => [topic.name, topic]))
    return names.map((name, index) => {
      const topic = described.get(name)
      if (topic === undefined) {
        const message = `Topic "${name}" was deleted while it was declared: declare it again`
        throw new FaustError('FAUST_TOPIC_MISSING', message, { details: { topic: name } })
      }
      return { ...topic, created: made[index]?.error === KafkaError.NONE && names.indexOf(name) === index }
    })
  }

  describeTopics(names?: readonly string[]): Promise<readonly TopicDescription[]> {
    const { broker } = this.#client
    return this.#ask('Describing topics', () => broker.describeTopics(names))
  }

  async deleteTopics(names: readonly string[]): Promise<void> {
    const { broker } = this.#client
    await this.#ask('Deleting topics', () => broker.deleteTopics(names))
  }

  async deleteRecords(before: readonly TopicPartitionOffset[]): Promise<readonly TopicPartitionOffset[]> {
    const { broker } = this.#client
    const answers = await this.#ask('Deleting records', () => broker.deleteRecords(before))
    const moved: TopicPartitionOffset[] = []
    for (const [index, { topic, partition, error, logStart }] of answers.entries()) {
      if (error === KafkaError.UNKNOWN_TOPIC_OR_PARTITION) throw await missingFault(this.#client, { topic, partition })
      if (error !== KafkaError.NONE) {
        const details = { topic, partition, offset: before[index]?.offset }
        throw faultOf(error, { subject: partitionName(topic, partition), details })
      }
      moved.push({ topic, partition, offset: logStart })
    }
    return moved
  }

  async offsets(partitions: readonly TopicPartition[]): Promise<readonly PartitionOffsets[]> {
    const { broker } = this.#client
    const answers = await this.#ask('Reading the bounds of partitions', () => broker.listOffsets(partitions))
    const missing = answers.find(({ error }) => error !== KafkaError.NONE)
    if (missing !== undefined) throw await missingFault(this.#client, missing)
    return answers.map(({ topic, partition, logStart, highWatermark, lastStable }) => {
      return { topic, partition, logStart, logEnd: highWatermark, lastStable }
    })
  }

  async committedOffsets(
    group: string,
    partitions: readonly TopicPartition[],
    options: { readonly requireStable: boolean },
  ): Promise<readonly CommittedOffset[]> {
    const { broker } = this.#client
    const answers = await ask(this.#client, () => broker.fetchOffsets(group, partitions, options), {
      what: `Reading the offsets of group "${group}"`,
      within: STABLE_WITHIN,
      again: (given) => given.some(({ error }) => error === KafkaError.UNSTABLE_OFFSET_COMMIT),
    })
    return answers.map(({ topic, partition, error, offset, metadata, leaderEpoch }) => {
      if (error !== KafkaError.NONE) {
        const subject = `Group "${group}", partition ${partition} of topic "${topic}",`
        throw faultOf(error, { subject, details: { group, topic, partition } })
      }
      return { topic, partition, offset, metadata, leaderEpoch }
    })
  }

  #ask<T>(what: string, request: () => T | PromiseLike<T>): Promise<T> {
    return ask(this.#client, request, { what, within: WITHIN })
  }
}
