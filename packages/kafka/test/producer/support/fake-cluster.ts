import { FaustError, partitionKey, silentLogger } from '@faust/core'
import type { TopicPartition } from '@faust/core'
import type { AskOneOptions, Leader } from '../../../src/cluster/cluster.ts'
import type { ProducerCluster } from '../../../src/producer/producer-cluster.ts'
import type { Api } from '../../../src/requests/api.ts'
import type { PartitionMetadata, TopicMetadata } from '../../../src/requests/metadata.ts'
import type { FakeBroker } from './fake-broker.ts'
import type { FakeNetwork } from './fake-network.ts'
import type { ManualClock } from './manual-clock.ts'

/** Ms until stale metadata is new again. */
const REFRESH = 5

/** A cluster whose metadata may be out of date, over a fake network. */
export class FakeCluster implements ProducerCluster {
  readonly clock: ManualClock
  readonly logger: ProducerCluster['logger'] = silentLogger
  readonly connection: FakeNetwork
  readonly #broker: FakeBroker
  readonly #known = new Map<string, TopicMetadata>()
  readonly #listeners = new Set<(topics: readonly TopicMetadata[]) => void>()
  /** Which node coordinates everything. */
  coordinatorNode = 1
  /** Coordinators that were forgotten. */
  forgotten = 0

  constructor(clock: ManualClock, broker: FakeBroker, connection: FakeNetwork) {
    this.clock = clock
    this.#broker = broker
    this.connection = connection
  }

  track(): () => void {
    return () => {}
  }

  topic(name: string): TopicMetadata | undefined {
    return this.#known.get(name)
  }

  leader({ topic, partition }: TopicPartition): Leader | undefined {
    const node = this.#known.get(topic)?.partitions.find((each) => each.partition === partition)?.leader ?? -1
    return node < 0 ? undefined : { node, epoch: 0 }
  }

  async refresh(topics: readonly string[]): Promise<void> {
    await new Promise<void>((resolve) => void this.clock.setTimeout(resolve, 1))
    for (const topic of topics) this.#refresh(topic)
  }

  stale(topic: string): void {
    this.clock.setTimeout(() => {
      const metadata = this.#refresh(topic)
      for (const listener of this.#listeners) listener([metadata])
    }, REFRESH)
  }

  onChange(listener: (topics: readonly TopicMetadata[]) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  async coordinator(): Promise<number> {
    return this.coordinatorNode
  }

  forgetCoordinator(): void {
    this.forgotten++
  }

  async sendToAny<Request, Response>(
    api: Api<Request, Response>,
    request: Request,
    { errorOf, within }: AskOneOptions<Response>,
  ): Promise<Response> {
    for (const end = this.clock.monotonic() + within; this.clock.monotonic() < end;) {
      const node = [1, 2, 3].find((each) => !this.connection.down.has(each)) ?? 1
      const answer = await this.connection.send(node, 'control', api, request).catch(() => null)
      if (answer !== null && ![14, 15, 16].includes(errorOf(answer))) return answer
      await new Promise<void>((resolve) => void this.clock.setTimeout(resolve, 20))
    }
    throw new FaustError('FAUST_TRANSPORT_UNAVAILABLE', 'No broker answered', { retriable: true })
  }

  #refresh(name: string): TopicMetadata {
    const count = this.#broker.partitions(name)
    const partitions = Array.from({ length: count }, (_, partition): PartitionMetadata => {
      const leader = this.#broker.leaders.get(partitionKey(name, partition)) ?? -1
      return { error: leader < 0 ? 5 : 0, partition, leader, leaderEpoch: 0, replicas: [], inSync: [], offline: [] }
    })
    const metadata = { error: count === 0 ? 3 : 0, name, id: count === 0 ? '' : name, internal: false, partitions }
    this.#known.set(name, metadata)
    return metadata
  }
}
