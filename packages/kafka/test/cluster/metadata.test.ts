import { silentLogger } from '@faust/core'
import type { FaustError } from '@faust/core'
import { virtualClock } from '@faust/testing'
import { describe, expect, test } from 'vitest'
import { KafkaCluster } from '../../src/cluster/kafka-cluster.ts'
import { FakeBroker, FakeConnection, topic } from './fake-connection.ts'

const warnings: unknown[] = []
const warn = (...line: unknown[]): void => void warnings.push(line.at(-1))

function setUp(brokers = 2, bootstrap = 1) {
  const clock = virtualClock()
  const nodes = Array.from({ length: brokers }, (_, index) => new FakeBroker(index + 1))
  const connection = new FakeConnection(clock, nodes, bootstrap)
  const cluster = new KafkaCluster({ connection, clock, logger: { ...silentLogger, warn } })
  const know = (...topics: ReturnType<typeof topic>[]) => {
    for (const node of nodes) node.topics = topics
  }
  return { clock, connection, cluster, know, nodes }
}

describe('start', () => {
  test('names every address and its reason when none answers', async () => {
    const { clock, connection, cluster } = setUp(2, 2)
    for (const node of [1, 2]) connection.broker(node).state = 'down'
    warnings.length = 0
    const start = cluster.start({ within: 3_000 })
    const error = (await clock.run(() => start.catch((error: unknown) => error))) as FaustError
    expect(error.code).toBe('FAUST_TRANSPORT_UNAVAILABLE')
    expect(error.message).toMatch(/^Asking Kafka for metadata failed: No Kafka broker answers Metadata\. /)
    for (const reason of ['h1 is down', 'h2 is down']) expect(error.message).toContain(reason)
    expect(clock.monotonic()).toBeLessThanOrEqual(3_100)
    // A program that starts beside a broker that is not there says so long before it gives up, and once.
    expect(warnings).toEqual([expect.stringMatching(/up to 3 s: .*h1 is down/)])
    await cluster.close()
    expect(clock.pending()).toBe(0)
  })

  test('a silent address costs five seconds, not its time-out', async () => {
    const { clock, connection, cluster } = setUp(2, 2)
    connection.broker(1).state = 'silent'
    await clock.run(() => cluster.start({ within: 30_000 }))
    expect(clock.monotonic()).toBeLessThan(5_100)
    await cluster.close()
  })
})

describe('metadata', () => {
  test('is asked for again every 60 s, for the topics that somebody tracks', async () => {
    const { clock, connection, cluster, know } = setUp()
    know(topic('a', 'T', [1, 0]), topic('b', 'B', [2, 0]))
    await clock.run(() => cluster.start({ within: 1_000 }))
    const untrack = cluster.track(['a'])
    cluster.track(['a', 'b'])
    await clock.advance(10)
    expect(cluster.leader({ topic: 'a', partition: 0 })).toEqual({ node: 1, epoch: 0 })
    const before = connection.count('Metadata')
    await clock.advance(59_000)
    expect(connection.count('Metadata')).toBe(before)
    await clock.advance(2_000)
    expect(connection.count('Metadata')).toBe(before + 1)
    untrack()
    know(topic('a', 'T', [2, 1]))
    await clock.advance(60_100)
    expect(cluster.leader({ topic: 'a', partition: 0 })).toEqual({ node: 2, epoch: 1 })
    await cluster.close()
    expect(clock.pending()).toBe(0)
  })

  test('an untracked topic is forgotten after five minutes', async () => {
    const { clock, connection, cluster, know } = setUp()
    know(topic('a', 'T', [1, 0]))
    await clock.run(() => cluster.start({ within: 1_000 }))
    cluster.track(['a'])()
    await clock.advance(120_000)
    expect(cluster.topic('a')?.id).toMatch(/^T/)
    await clock.advance(240_000)
    expect(cluster.topic('a')).toBeUndefined()
    expect(connection.sent.at(-1)?.request).toEqual({ topics: [], autoCreate: false })
    await cluster.close()
  })

  test('many who ask together share one request, and asking in vain is slowed down', async () => {
    const { clock, connection, cluster, know } = setUp()
    know(topic('a', 'T', [1, 0]))
    await clock.run(() => cluster.start({ within: 1_000 }))
    cluster.track(['a'])
    await clock.advance(6_000)
    const before = connection.count('Metadata')
    for (let i = 0; i < 50; i++) cluster.stale('a', 'a test')
    await clock.advance(5)
    expect(connection.count('Metadata')).toBe(before + 1)
    for (let i = 0; i < 1_000; i++) {
      cluster.stale('a', 'a test')
      await clock.advance(10)
    }
    expect(connection.count('Metadata') - before).toBeLessThan(20)
    await cluster.close()
  })

  test('describing topics keeps nothing of those that nobody uses, and changes those that somebody does', async () => {
    const { clock, cluster, know } = setUp()
    know(topic('a', 'T', [1, 0]), topic('b', 'B', [1, 0]))
    await clock.run(() => cluster.start({ within: 1_000 }))
    cluster.track(['a'])
    await clock.advance(10)
    know(topic('a', 'T', [2, 1]), topic('b', 'B', [1, 0]))
    const described = await clock.run(() => cluster.describe(null, { within: 1_000 }))
    expect([...described.keys()]).toEqual(['a', 'b'])
    expect(cluster.leader({ topic: 'a', partition: 0 })).toEqual({ node: 2, epoch: 1 })
    expect(cluster.topic('b')).toBeUndefined()
    await cluster.close()
  })

  test('an error of one topic or partition concerns no other', async () => {
    const { clock, cluster, know } = setUp()
    const refused = { ...topic('c', 'C'), error: 29 }
    know(topic('a', 'T', [-1, 3], [1, 2]), topic('b', 'B', [2, 0]), refused)
    await clock.run(() => cluster.start({ within: 1_000 }))
    cluster.track(['a', 'b', 'c', 'd'])
    await clock.advance(10)
    expect(cluster.leader({ topic: 'a', partition: 0 })).toBeUndefined()
    expect(cluster.leader({ topic: 'a', partition: 1 })).toEqual({ node: 1, epoch: 2 })
    expect(cluster.leader({ topic: 'b', partition: 0 })).toEqual({ node: 2, epoch: 0 })
    expect(cluster.topic('c')?.error).toBe(29)
    expect(cluster.topic('d')?.error).toBe(3)
    await cluster.close()
  })

  test('a broker that is behind takes no newer leader or partition away', async () => {
    const { clock, cluster, know } = setUp()
    know(topic('a', 'T', [2, 7], [1, 1]))
    await clock.run(() => cluster.start({ within: 1_000 }))
    cluster.track(['a'])
    await clock.advance(10)
    know(topic('a', 'T', [1, 6]))
    await clock.run(() => cluster.refresh(['a']))
    expect(cluster.leader({ topic: 'a', partition: 0 })).toEqual({ node: 2, epoch: 7 })
    expect(cluster.topic('a')?.partitions).toHaveLength(2)
    await cluster.close()
  })

  test('listeners hear of leaders, partitions and topics that change, and of nothing else', async () => {
    const { clock, cluster, know } = setUp()
    know(topic('a', 'T', [1, 0]), topic('b', 'B', [1, 0]))
    await clock.run(() => cluster.start({ within: 1_000 }))
    const heard: string[] = []
    const stop = cluster.onChange((topics) => {
      for (const { name, id, partitions } of topics) heard.push(`${name} ${id[0]} ${partitions.length}`)
    })
    cluster.track(['a', 'b'])
    await clock.advance(10)
    await clock.run(() => cluster.refresh([]))
    expect(heard.splice(0)).toEqual(['a T 1', 'b B 1'])
    know(topic('a', 'T', [1, 0], [2, 0]), topic('b', 'B', [1, 0]))
    await clock.run(() => cluster.refresh([]))
    expect(heard.splice(0)).toEqual(['a T 2'])
    stop()
    know(topic('a', 'T', [1, 0], [2, 0]), topic('b', 'B', [2, 1]))
    await clock.run(() => cluster.refresh([]))
    expect(heard).toEqual([])
    await cluster.close()
  })

  test('a recreated or deleted topic is believed when a second broker says so too', async () => {
    const { clock, connection, cluster, know } = setUp()
    know(topic('a', 'A1', [1, 5]))
    await clock.run(() => cluster.start({ within: 1_000 }))
    cluster.track(['a'])
    await clock.advance(10)

    // One broker alone is behind, or ahead: whoever is asked first, the other one contradicts.
    for (const alone of [1, 2]) {
      connection.broker(alone).topics = [topic('a', 'A2', [2, 0])]
      await clock.run(() => cluster.refresh(['a']))
      expect(cluster.topic('a')?.id).toMatch(/^A1/)
      connection.broker(alone).topics = []
      await clock.run(() => cluster.refresh(['a']))
      expect(cluster.topic('a')?.error).toBe(0)
      connection.broker(alone).topics = [topic('a', 'A1', [1, 5])]
      await clock.run(() => cluster.refresh(['a']))
    }

    know(topic('a', 'A2', [2, 0]))
    await clock.run(() => cluster.refresh(['a']))
    expect(cluster.topic('a')?.id).toMatch(/^A2/)
    expect(cluster.leader({ topic: 'a', partition: 0 })).toEqual({ node: 2, epoch: 0 })
    know()
    await clock.run(() => cluster.refresh(['a']))
    expect(cluster.topic('a')?.error).toBe(3)
    await cluster.close()
  })

  test('when no known broker answers, the addresses of the settings are asked again', async () => {
    const { clock, connection, cluster, nodes, know } = setUp(3)
    know(topic('a', 'T', [2, 0]))
    // The address of the settings is a proxy's: no broker is called so.
    for (const node of nodes) node.brokers = [nodes[1]!.address]
    await clock.run(() => cluster.start({ within: 1_000 }))
    connection.broker(2).state = 'down'
    for (const node of nodes) node.brokers = [nodes[2]!.address]
    know(topic('a', 'T', [3, 1]))
    cluster.track(['a'])
    await clock.run(() => cluster.refresh(['a']))
    expect(cluster.leader({ topic: 'a', partition: 0 })).toEqual({ node: 3, epoch: 1 })
    await cluster.close()
  })

  test('an outage is told once, and so is its end', async () => {
    const clock = virtualClock()
    const connection = new FakeConnection(clock, [new FakeBroker(1)])
    const lines: string[] = []
    const tell = (level: string) => (facts: unknown, message?: string) =>
      void lines.push(`${level} ${message ?? String(facts)}`)
    const logger = { ...silentLogger, warn: tell('warn'), info: tell('info') }
    const cluster = new KafkaCluster({ connection, clock, logger })
    await clock.run(() => cluster.start({ within: 1_000 }))
    connection.broker(1).state = 'down'
    await clock.advance(100_000)
    connection.broker(1).state = 'up'
    await clock.advance(2_000)
    expect(lines).toEqual([
      'warn Kafka can not be reached; it is tried again until it can',
      'info Kafka is reached again',
    ])
    await cluster.close()
    expect(clock.pending()).toBe(0)
  })
})
