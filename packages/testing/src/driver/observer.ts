import {
  type EmbeddedTransport,
  FaustError,
  type Headers,
  type OutgoingRecord,
  partitionKey,
  type Producer,
  type Stream,
  type TopicPartition,
} from '@faust/core'
import { silentLogger } from '../kit/silent-logger.ts'
import { decode, type EncodedRecord } from './topic-codec.ts'
import type { TestWorld } from './test-world.ts'

/** A record as a test reads it. */
export interface TestRecord<K = unknown, V = unknown> {
  readonly key: K | null
  readonly value: V
  readonly headers: Headers
  /** Epoch ms. */
  readonly timestamp: number
  readonly partition: number
  readonly offset: number
}

type Definition = Stream<unknown, unknown>['definition']

/** The test's own way to the log, beside the app's: what it writes and reads leaves no trace in the app's numbers. */
export class Observer {
  readonly #world: TestWorld
  readonly #transport: EmbeddedTransport
  /** By partition: what is read next. Partitions that came later are read from their beginning. */
  readonly #next = new Map<string, number>()
  #producer: Producer | undefined

  constructor(world: TestWorld) {
    this.#world = world
    this.#transport = world.transport('test')
  }

  /** Begins at the ends of what is in the log. */
  async start(): Promise<void> {
    const { appClock } = this.#world
    await this.#transport.start({ app: 'test-driver', clock: appClock, logger: silentLogger() })
    this.#producer = this.#transport.producer()
    await this.#producer.init()
    const { admin } = this.#transport
    const topics = await admin.describeTopics()
    const bounds = await admin.offsets(topics.flatMap(({ name, partitions }) => partitionsOf(name, partitions)))
    for (const { topic, partition, logEnd } of bounds) this.#next.set(partitionKey(topic, partition), logEnd)
  }

  /** Writes records, in their order per partition. */
  async write(topic: Definition, records: readonly EncodedRecord[]): Promise<void> {
    const count = await this.#partitions(topic.name)
    const batches = new Map<number, OutgoingRecord[]>()
    for (const { record, partition = topic.partitioner(record.key, count) } of records) {
      const batch = batches.get(partition)
      if (batch === undefined) batches.set(partition, [record])
      else batch.push(record)
    }
    await Promise.all([...batches].map(([partition, batch]) => this.#producer!.send(topic.name, partition, batch)))
  }

  /** What has come into the topic since the last read, in the order of writing. A failed read can be repeated. */
  async read(topic: Definition): Promise<readonly TestRecord[]> {
    const partitions = partitionsOf(topic.name, await this.#partitions(topic.name))
    const reader = this.#transport.reader({ isolation: 'read-committed' })
    const next = new Map<string, number>()
    const found: { readonly record: TestRecord; readonly order: number }[] = []
    try {
      const logStarts = await this.#transport.admin.offsets(partitions)
      const begin = ({ topic: name, partition }: TopicPartition): number =>
        this.#next.get(partitionKey(name, partition)) ?? 0
      // Nobody has deleted what a test still wants to read, but for the app's own trimming of repartition topics.
      await reader.assign(logStarts.map((place) => ({ ...place, offset: Math.max(place.logStart, begin(place)) })))
      for (
        let batches = await reader.poll({ maxWait: 0 });
        batches.length > 0;
        batches = await reader.poll({ maxWait: 0 })
      ) {
        for (const { partition, records, nextOffset } of batches) {
          next.set(partitionKey(topic.name, partition), nextOffset)
          for (const record of records) {
            const order = this.#world.order.of(topic.name, partition, record.offset)
            const { headers, offset, timestamp } = record
            const key = await decode(topic, 'key', partition, record)
            const value = await decode(topic, 'value', partition, record)
            found.push({ order, record: { key, value, headers, timestamp, partition, offset } })
          }
        }
      }
    } finally {
      await reader.close()
    }
    for (const [id, offset] of next) this.#next.set(id, offset)
    return found.toSorted((a, b) => a.order - b.order).map(({ record }) => record)
  }

  async #partitions(topic: string): Promise<number> {
    const [found] = await this.#transport.admin.describeTopics([topic])
    if (found !== undefined) return found.partitions
    throw new FaustError(
      'FAUST_TOPIC_MISSING',
      `The driver's log has no topic ${topic}. Topics are made when an app that declares them is started: use a topic of ` +
        `the app that this driver drives.`,
      { details: { topic } },
    )
  }
}

function partitionsOf(topic: string, count: number): TopicPartition[] {
  return Array.from({ length: count }, (_, partition) => ({ topic, partition }))
}
