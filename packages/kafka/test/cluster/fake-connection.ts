import { FaustError } from '@faust/core'
import type { Clock } from '@faust/core'
import type { Connection, Lane, SendOptions } from '../../src/connection/connection.ts'
import { connectionClosed, unavailable, unknownBroker } from '../../src/connection/faults.ts'
import { abortedBy, sleep } from '../../src/connection/wait.ts'
import type { Api } from '../../src/requests/api.ts'
import { findCoordinatorApi } from '../../src/requests/find-coordinator.ts'
import { metadataApi } from '../../src/requests/metadata.ts'
import type { BrokerAddress, MetadataRequest, TopicMetadata } from '../../src/requests/metadata.ts'

export interface Sent {
  readonly node: number
  readonly lane: Lane
  readonly api: string
  readonly request: unknown
}

/** What a broker knows and does. */
export class FakeBroker {
  readonly address: BrokerAddress
  state: 'up' | 'down' | 'silent' = 'up'
  topics: TopicMetadata[] = []
  /** What it says of others; undefined for all there are. */
  brokers: readonly BrokerAddress[] | undefined
  /** Answers beside Metadata and FindCoordinator, in the order asked; a function decides by request. */
  answer: ((api: Api<unknown, unknown>, request: unknown) => unknown) | undefined
  /** Error of FindCoordinator, or the node. */
  coordinator: { error: number; node: number } = { error: 0, node: 1 }
  constructor(node: number) {
    this.address = { node, host: `h${node}`, port: 9_000 + node, rack: null }
  }
}

export function topic(
  name: string,
  id: string,
  ...leaders: (readonly [leader: number, epoch: number])[]
): TopicMetadata {
  const partitions = leaders.map(([leader, leaderEpoch], partition) => {
    return { error: leader < 0 ? 5 : 0, partition, leader, leaderEpoch, replicas: [], inSync: [], offline: [] }
  })
  // 16 bytes in base64.
  return { error: 0, name, id: id.padEnd(22, 'A'), internal: false, partitions }
}

/** A cluster of brokers that do as they are told, without a network. The addresses of the settings are the first brokers. */
export class FakeConnection implements Connection {
  readonly bootstrap: readonly BrokerAddress[]
  readonly sent: Sent[] = []
  readonly brokers = new Map<number, FakeBroker>()
  readonly #clock: Clock
  #known: readonly BrokerAddress[] = []
  #closed = false

  constructor(clock: Clock, brokers: readonly FakeBroker[], bootstrap = 1) {
    this.#clock = clock
    for (const broker of brokers) this.brokers.set(broker.address.node, broker)
    this.bootstrap = brokers.slice(0, bootstrap).map(({ address }, index) => ({ ...address, node: -1 - index }))
  }

  broker(node: number): FakeBroker {
    return this.brokers.get(node) as FakeBroker
  }

  /** How often an API was asked. */
  count(api: string): number {
    return this.sent.filter((each) => each.api === api).length
  }

  setBrokers(brokers: readonly BrokerAddress[]): void {
    this.#known = brokers
  }

  async send<Request, Response>(
    node: number,
    lane: Lane,
    api: Api<Request, Response>,
    request: Request,
    { timeout = 30_000, signal }: SendOptions = {},
  ): Promise<Response> {
    if (this.#closed) throw connectionClosed()
    if (signal?.aborted === true) throw abortedBy(signal, api.name)
    const address = [...this.bootstrap, ...this.#known].find((each) => each.node === node)
    if (address === undefined) throw unknownBroker(node, this.#known)
    const broker = [...this.brokers.values()].find((each) => each.address.host === address.host) as FakeBroker
    this.sent.push({ node, lane, api: api.name, request })
    const way = { broker: address, lane }
    await sleep(this.#clock, 1, signal)
    if (broker.state === 'down') throw unavailable(`${address.host} is down`, false, way)
    if (broker.state === 'silent') {
      await sleep(this.#clock, timeout, signal)
      throw unavailable(`${address.host} is silent`, true, way)
    }
    const answer = this.#answer(broker, api, request)
    if (answer instanceof Error) throw answer
    return api.decode(api.encodeResponse(answer as Response))
  }

  closeLane(): void {}

  close(): Promise<void> {
    this.#closed = true
    return Promise.resolve()
  }

  #answer(broker: FakeBroker, api: Api<unknown, unknown>, request: unknown): unknown {
    if (api.name === metadataApi.name) return this.#metadata(broker, request as MetadataRequest)
    if (api.name === findCoordinatorApi.name) {
      const { error, node } = broker.coordinator
      const { host, port } = this.broker(node).address
      return { throttleTime: 0, error, message: null, node, host, port }
    }
    return broker.answer?.(api, request) ?? new FaustError('TEST', `no answer to ${api.name} was planned`)
  }

  #metadata(broker: FakeBroker, { topics, autoCreate }: MetadataRequest): unknown {
    if (autoCreate) throw new Error('topics are never created by asking')
    const brokers = broker.brokers ?? [...this.brokers.values()].map(({ address }) => address)
    const missing = (name: string): TopicMetadata => ({ error: 3, name, id: '', internal: false, partitions: [] })
    const named = topics?.map((name) => broker.topics.find((each) => each.name === name) ?? missing(name))
    return { throttleTime: 0, brokers, clusterId: 'c', controller: 1, topics: named ?? broker.topics }
  }
}
