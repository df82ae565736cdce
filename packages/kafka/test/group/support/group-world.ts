import type { GroupConsumerOptions, GroupHooks, TopicPartition } from '@faust/core'
import { partitionKey, silentLogger } from '@faust/core'
import { virtualClock, type VirtualClock } from '@faust/testing'
import { testAssignor, type TestAssignor } from '../../../../testing/src/transport/assignor.ts'
import { KafkaCluster } from '../../../src/index.ts'
import { KafkaGroupConsumer } from '../../../src/group/kafka-group-consumer.ts'
import { FakeCoordinator } from './fake-coordinator.ts'
import { FakeFetcher } from './fake-fetcher.ts'

/** A member and all that happened to it. */
export interface WorldMember {
  readonly consumer: KafkaGroupConsumer
  readonly assignor: TestAssignor
  readonly fetcher: FakeFetcher
  /** Hooks as `revoked t 0,t 1`, with ` …` appended while they are awaited. */
  readonly events: string[]
  owned(): string[]
}

export interface WorldMemberOptions extends Partial<Omit<GroupConsumerOptions, 'hooks'>> {
  readonly hooks?: Partial<GroupHooks>
  readonly topics?: readonly string[]
  readonly note?: string
  readonly prefer?: () => string | undefined
  /** Default: a client of its own. */
  readonly cluster?: KafkaCluster
}

export interface World {
  readonly clock: VirtualClock
  readonly broker: FakeCoordinator
  cluster(): KafkaCluster
  member(options?: WorldMemberOptions): WorldMember
  /** Moves the time on until it holds. */
  until(holds: () => boolean, what: string, within?: number): Promise<void>
}

/** A group that reads topic `t` of four partitions, on a clock that is moved by hand. */
export function groupWorld(partitions = 4): World {
  const clock = virtualClock()
  const broker = new FakeCoordinator(clock)
  broker.topics.set('t', partitions)
  const cluster = (): KafkaCluster => {
    return new KafkaCluster({ connection: clientOf(broker), clock, logger: silentLogger })
  }
  return {
    clock,
    broker,
    cluster,
    member: (options = {}) => makeMember(options.cluster ?? cluster(), options),
    async until(holds, what, within = 60_000) {
      const end = clock.monotonic() + within
      while (!holds()) {
        if (clock.monotonic() > end) throw new Error(`Not within ${within} ms: ${what}`)
        await clock.advance(10)
      }
    },
  }
}

/** Each client is a connection of its own to the same brokers. */
function clientOf(broker: FakeCoordinator): FakeCoordinator {
  return Object.create(broker, {
    send: { value: broker.send.bind(broker) },
    closeLane: { value: broker.closeLane.bind(broker) },
  }) as FakeCoordinator
}

function makeMember(cluster: KafkaCluster, options: WorldMemberOptions): WorldMember {
  const { hooks = {}, topics = ['t'], protocol = 'cooperative', note, prefer, ...rest } = options
  const events: string[] = []
  const owned = new Set<string>()
  const fetcher = new FakeFetcher()
  const assignor = testAssignor({ topics, cooperative: protocol === 'cooperative', prefer })
  if (note !== undefined) assignor.note = note
  const call = async (name: string, hook: (() => Promise<void>) | undefined): Promise<void> => {
    if (events.at(-1)?.endsWith(' …') === true) throw new Error(`${name} during ${events.at(-1)}`)
    const at = events.push(`${name} …`) - 1
    await hook?.()
    events[at] = name
  }
  const consumer = new KafkaGroupConsumer({
    cluster,
    fetcher,
    options: {
      group: 'g',
      assignor,
      protocol,
      isolation: 'read-committed',
      hooks: {
        onRejoin: () => call('rejoin', hooks.onRejoin),
        onRevoked: async (partitions) => {
          await call(`revoked ${keys(partitions)}`, hooks.onRevoked?.bind(null, partitions))
          for (const place of partitions) owned.delete(partitionKey(place.topic, place.partition))
        },
        onAssigned: (partitions, membership) => {
          for (const place of partitions) owned.add(partitionKey(place.topic, place.partition))
          return call(`assigned ${keys(partitions)}`, hooks.onAssigned?.bind(null, partitions, membership))
        },
        onLost: (partitions) => {
          owned.clear()
          return call(`lost ${keys(partitions)}`, hooks.onLost?.bind(null, partitions))
        },
      },
      ...rest,
    },
  })
  return { consumer, assignor, fetcher, events, owned: () => [...owned].sort() }
}

export function keys(partitions: readonly TopicPartition[]): string {
  return partitions
    .map(({ topic, partition }) => partitionKey(topic, partition))
    .sort()
    .join()
}

export function place(partition: number, topic = 't'): TopicPartition {
  return { topic, partition }
}
