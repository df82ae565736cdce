import {
  type AdapterContext,
  type Admin,
  FaustError,
  type GroupConsumer,
  type GroupConsumerOptions,
  type Producer,
  type ProducerOptions,
  type Reader,
  type ReaderOptions,
  type Transport,
  TRANSPORT_CONTRACT,
  type TransportSupports,
} from '@faust/core'
import { KafkaAdmin } from '../cluster/admin/kafka-admin.ts'
import { KafkaCluster } from '../cluster/kafka-cluster.ts'
import type { Connection } from '../connection/connection.ts'
import { KafkaFetcher } from '../fetcher/kafka-fetcher.ts'
import { KafkaReader } from '../fetcher/kafka-reader.ts'
import { KafkaGroupConsumer } from '../group/kafka-group-consumer.ts'
import { createProducer } from '../producer/create-producer.ts'
import type { ProducerSettings } from '../producer/settings.ts'

/** What a transport over a client is made from. */
export interface KafkaTransportParts {
  /** The transport's name, for messages. */
  readonly name: string
  /** Opens the client's connections; called once, at the start. */
  readonly connect: (context: AdapterContext) => Promise<Connection>
  /** How its producers work; the codecs are also what its readers unpack with. */
  readonly producer: ProducerSettings
  /** Ms in which some broker has to answer at the start. */
  readonly startTimeout: number
}

/** Core's transport over Kafka: our data plane on the connections of a client. */
export class KafkaTransport implements Transport {
  readonly name: string
  readonly contract: number = TRANSPORT_CONTRACT
  readonly supports: TransportSupports = {
    durable: true,
    transactions: true,
    cooperative: true,
    staticMembership: true,
    deleteRecords: true,
  }
  readonly #parts: KafkaTransportParts
  readonly #open = new Set<{ close(): Promise<void> }>()
  #cluster: KafkaCluster | undefined
  #admin: KafkaAdmin | undefined
  #closing: Promise<void> | undefined
  /** Each fetcher has a lane of its own. */
  #fetchers = 0

  constructor(parts: KafkaTransportParts) {
    this.name = parts.name
    this.#parts = parts
  }

  get admin(): Admin {
    this.#started()
    return this.#admin!
  }

  async start(context: AdapterContext): Promise<void> {
    const { clock, logger, signal } = context
    const connection = await this.#parts.connect(context)
    const cluster = new KafkaCluster({ connection, clock, logger })
    this.#cluster = cluster
    this.#admin = new KafkaAdmin(cluster)
    await cluster.start({ within: this.#parts.startTimeout, signal })
  }

  producer(options: ProducerOptions = {}): Producer {
    const producer = createProducer(this.#started(), this.#parts.producer, options)
    this.#open.add(producer)
    return producer
  }

  groupConsumer(options: GroupConsumerOptions): GroupConsumer {
    const cluster = this.#started()
    const { group, isolation } = options
    const fetcher = new KafkaFetcher({
      ...this.#fetching(`group-${group}`),
      isolation,
      subject: `Group ${group}`,
      onMissing: 'wait',
    })
    const consumer = new KafkaGroupConsumer({ cluster, options, fetcher })
    this.#open.add({ close: () => consumer.close({ leave: false }) })
    return consumer
  }

  reader({ isolation }: ReaderOptions): Reader {
    // Each restore has a reader of its own: those that are done must not pile up.
    const reader = new KafkaReader({ ...this.#fetching('reader'), isolation }, () => this.#open.delete(reader))
    this.#open.add(reader)
    return reader
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  async #close(): Promise<void> {
    try {
      await Promise.all([...this.#open].map((each) => each.close()))
    } finally {
      await this.#cluster?.close()
    }
  }

  #fetching(name: string): {
    readonly cluster: KafkaCluster
    readonly codecs: ProducerSettings['codecs']
    readonly name: string
  } {
    return { cluster: this.#started(), codecs: this.#parts.producer.codecs, name: `${name}-${++this.#fetchers}` }
  }

  #started(): KafkaCluster {
    if (this.#closing !== undefined) {
      throw new FaustError('FAUST_CLOSED', `The transport ${this.name} was closed. Make a new one.`)
    }
    if (this.#cluster !== undefined) return this.#cluster
    throw new FaustError('FAUST_NOT_STARTED', `The transport ${this.name} is not started: call \`start\` first.`)
  }
}
