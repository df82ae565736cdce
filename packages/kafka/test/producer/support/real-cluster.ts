import { randomUUID } from 'node:crypto'
import { until } from '@faust-tools/services'
import { FaustError, silentLogger, systemClock } from '@faust/core'
import type { Producer, ProducerOptions } from '@faust/core'
import type { Api, Connection, Lane, SendOptions } from '../../../src/index.ts'
import { ADMIN_APIS, APIS, Connections, KafkaAdmin, KafkaCluster, KafkaReader } from '../../../src/index.ts'
import { createProducer } from '../../../src/producer/create-producer.ts'
import type { ProducerSettings } from '../../../src/producer/settings.ts'
import { netDial } from '../../fetcher/support/net-dial.ts'
import { codecs } from './fake-log.ts'
import { record } from './bench.ts'

/** Connections of which the next answers to some APIs are lost. */
class LossyConnection implements Connection {
  readonly #inner: Connection
  readonly #losses = new Map<string, number>()

  constructor(inner: Connection) {
    this.#inner = inner
  }

  get bootstrap(): Connection['bootstrap'] {
    return this.#inner.bootstrap
  }

  lose(api: string, count: number): void {
    this.#losses.set(api, count)
  }

  setBrokers(brokers: Parameters<Connection['setBrokers']>[0]): void {
    this.#inner.setBrokers(brokers)
  }

  closeLane(lane: Lane): void {
    this.#inner.closeLane(lane)
  }

  close(): Promise<void> {
    return this.#inner.close()
  }

  async send<Request, Response>(
    node: number,
    lane: Lane,
    api: Api<Request, Response>,
    request: Request,
    options?: SendOptions,
  ): Promise<Response> {
    const answer = await this.#inner.send(node, lane, api, request, options)
    const left = this.#losses.get(api.name) ?? 0
    if (left === 0) return answer
    this.#losses.set(api.name, left - 1)
    throw new FaustError('FAUST_TRANSPORT_UNAVAILABLE', 'The test lost this answer', { retriable: true })
  }
}

/** A client of a real Kafka. */
export class RealCluster {
  readonly cluster: KafkaCluster
  readonly admin: KafkaAdmin
  readonly connection: LossyConnection
  readonly #open: { close(): Promise<void> }[] = []

  private constructor(cluster: KafkaCluster, connection: LossyConnection) {
    this.cluster = cluster
    this.connection = connection
    this.admin = new KafkaAdmin(cluster)
  }

  static async connect(addresses: readonly string[]): Promise<RealCluster> {
    const brokers = addresses.map((address) => {
      const [host = '', port] = address.split(':')
      return { host, port: Number(port) }
    })
    const clock = systemClock()
    const apis = [...APIS, ...ADMIN_APIS]
    const settings = { brokers, clock, dial: netDial, apis, connectionTimeout: 10_000, requestTimeout: 30_000 }
    const connection = new LossyConnection(new Connections(settings))
    const cluster = new KafkaCluster({ connection, clock, logger: silentLogger })
    await cluster.start({ within: 60_000 })
    return new RealCluster(cluster, connection)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const each of this.#open) await each.close()
    await this.cluster.close()
  }

  async topic(partitions = 1, config: Readonly<Record<string, string>> = {}): Promise<string> {
    const name = unique()
    await this.admin.declareTopics([{ name, partitions, config }])
    return name
  }

  async producer(options: ProducerOptions = {}, settings: Partial<ProducerSettings> = {}): Promise<Producer> {
    const producer = createProducer(this.cluster, { codecs, ...settings }, options)
    this.#open.push(producer)
    await producer.init()
    return producer
  }

  /** Until no transaction is open on partition 0 of a topic: whoever ended it has written its marker. */
  async settled(topic: string): Promise<void> {
    const open = async (): Promise<boolean> => {
      const [offsets] = await this.admin.offsets([{ topic, partition: 0 }])
      return offsets!.lastStable < offsets!.logEnd
    }
    await until('the transaction to be ended', 60_000, async () => !(await open()))
  }

  /** All values of a partition, or those that read-committed sees. It waits for open transactions. */
  async read(
    topic: string,
    partition = 0,
    isolation: 'read-committed' | 'read-uncommitted' = 'read-committed',
  ): Promise<string[]> {
    const reader = new KafkaReader({ cluster: this.cluster, codecs, isolation, name: unique() })
    try {
      const values: string[] = []
      const [start] = await reader.assign([{ topic, partition, offset: 0 }])
      for (let next = 0; next < (start?.end ?? 0);) {
        for (const { records, nextOffset } of await reader.poll({ maxWait: 500 })) {
          next = nextOffset
          values.push(...Array.from(records, ({ value }) => new TextDecoder().decode(value ?? undefined)))
        }
      }
      return values
    } finally {
      await reader.close()
    }
  }
}

export function unique(): string {
  return `producer-${randomUUID().slice(0, 8)}`
}

/** Sends values and answers their base offset. */
export async function sendTo(
  producer: Producer,
  topic: string,
  partition: number,
  ...values: string[]
): Promise<number> {
  return (await producer.send(topic, partition, values.map(record))).baseOffset
}
