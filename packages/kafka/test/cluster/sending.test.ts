import { silentLogger } from '@faust/core'
import { failure } from '@faust-tools/test-support'
import { virtualClock } from '@faust/testing'
import { describe, expect, test } from 'vitest'
import { KafkaCluster } from '../../src/cluster/kafka-cluster.ts'
import { heartbeatApi } from '../../src/requests/heartbeat.ts'
import { LATEST, listOffsetsApi } from '../../src/requests/list-offsets.ts'
import type { ListOffsetsRequest } from '../../src/requests/list-offsets.ts'
import { FakeBroker, FakeConnection, topic } from './fake-connection.ts'

async function setUp(...topics: ReturnType<typeof topic>[]) {
  const clock = virtualClock()
  const nodes = [1, 2, 3].map((node) => new FakeBroker(node))
  const connection = new FakeConnection(clock, nodes)
  const cluster = new KafkaCluster({ connection, clock, logger: silentLogger })
  const know = (...topics: ReturnType<typeof topic>[]) => {
    for (const node of nodes) node.topics = topics
  }
  know(...topics)
  await clock.run(() => cluster.start({ within: 1_000 }))
  return { clock, connection, cluster, know, nodes }
}

/** Leaders answer with their offsets, others with error 6. */
function answerAsLeaders(nodes: readonly FakeBroker[], errorOf: (node: number, partition: number) => number = () => 0) {
  for (const broker of nodes) {
    const { address } = broker
    broker.answer = (_api, request) => {
      const { partitions } = request as ListOffsetsRequest
      const answers = partitions.map(({ topic, partition }) => {
        const leads = broker.topics.find(({ name }) => name === topic)?.partitions[partition]?.leader === address.node
        const error = leads ? errorOf(address.node, partition) : 6
        return { topic, partition, error, timestamp: -1, offset: address.node * 10 + partition, leaderEpoch: 0 }
      })
      return { throttleTime: 0, partitions: answers }
    }
  }
}

const ASK = { what: 'Looking for the ends of the log', within: 30_000 }

function ends(cluster: KafkaCluster, items: readonly { topic: string; partition: number }[], options = ASK) {
  return cluster.sendToLeaders(
    items,
    listOffsetsApi,
    (led): ListOffsetsRequest => ({
      isolation: 'read-uncommitted',
      partitions: led.map((each) => ({ ...each, timestamp: LATEST })),
    }),
    options,
  )
}

describe('to leaders', () => {
  const A = [0, 1, 2].map((partition) => ({ topic: 'a', partition }))

  test('each leader is asked once about its partitions, with its epoch, and the answers come in order', async () => {
    const { clock, connection, cluster, nodes } = await setUp(topic('a', 'T', [1, 4], [2, 0], [1, 5]))
    answerAsLeaders(nodes)
    const results = await clock.run(() => ends(cluster, [A[2]!, A[1]!, A[0]!]))
    expect(results.map(({ offset }) => offset)).toEqual([12, 21, 10])
    const asked = connection.sent.filter(({ api }) => api === 'ListOffsets')
    expect(asked.map(({ node }) => node)).toEqual([1, 2])
    expect((asked[0]!.request as ListOffsetsRequest).partitions.map(({ leaderEpoch }) => leaderEpoch)).toEqual([5, 4])
  })

  test('a moved leader is found, and only its partitions are asked about again', async () => {
    const { clock, connection, cluster, know, nodes } = await setUp(topic('a', 'T', [1, 0], [2, 0], [1, 0]))
    answerAsLeaders(nodes)
    await clock.run(() => ends(cluster, A))
    know(topic('a', 'T', [1, 0], [3, 1], [1, 0]))
    const before = connection.count('ListOffsets')
    const began = clock.monotonic()
    const results = await clock.run(() => ends(cluster, A))
    expect(results.map(({ offset }) => offset)).toEqual([10, 31, 12])
    expect(connection.count('ListOffsets') - before).toBe(3)
    // Metadata told of another leader: nothing had to be waited for.
    expect(clock.monotonic() - began).toBeLessThan(20)
  })

  test('a leader that is down is followed to the next, a lost one too', async () => {
    const { clock, connection, cluster, know, nodes } = await setUp(topic('a', 'T', [1, 0]))
    answerAsLeaders(nodes)
    await clock.run(() => ends(cluster, [A[0]!]))
    connection.broker(1).state = 'down'
    clock.setTimeout(() => know(topic('a', 'T', [2, 1])), 5_000)
    const results = await clock.run(() => ends(cluster, [A[0]!]))
    expect(results[0]?.offset).toBe(20)
    expect(clock.monotonic()).toBeLessThan(7_000)
  })

  test('without a leader it waits until there is one, with back-off', async () => {
    const { clock, connection, cluster, know, nodes } = await setUp(topic('a', 'T', [-1, 3]))
    answerAsLeaders(nodes)
    clock.setTimeout(() => know(topic('a', 'T', [2, 4])), 10_000)
    const results = await clock.run(() => ends(cluster, [A[0]!]))
    expect(results[0]?.offset).toBe(20)
    expect(connection.count('Metadata')).toBeLessThan(30)
  })

  test('the deadline ends it with the last reason', async () => {
    const { clock, cluster, nodes } = await setUp(topic('a', 'T', [-1, 3]))
    answerAsLeaders(nodes)
    const error = await clock.run(() => failure(ends(cluster, [A[0]!])))
    expect(error.code).toBe('FAUST_TRANSPORT_UNAVAILABLE')
    expect(error.message).toContain('Looking for the ends of the log failed: Partition 0 of topic "a"')
    expect(error.message).toContain('LEADER_NOT_AVAILABLE 5')
    expect(error.details['sent']).toBe(false)
    expect(clock.monotonic()).toBeLessThanOrEqual(31_100)
  })

  test('a topic or partition that is missing is an error after a second, not after the deadline', async () => {
    const { clock, cluster, know, nodes } = await setUp(topic('a', 'T', [1, 0]))
    answerAsLeaders(nodes)
    const missing = await clock.run(() => failure(ends(cluster, [{ topic: 'b', partition: 0 }])))
    expect(missing.code).toBe('FAUST_TOPIC_MISSING')
    const partition = await clock.run(() => failure(ends(cluster, [{ topic: 'a', partition: 1 }])))
    expect(partition.code).toBe('FAUST_PARTITION_UNKNOWN')
    expect(partition.message).toBe('Topic "a" has no partition 1: it has 1, counted from 0')
    expect(clock.monotonic()).toBeLessThan(6_000)

    // One that was just made, and that the first broker does not know yet.
    clock.setTimeout(() => know(topic('c', 'C', [2, 0])), 500)
    expect(await clock.run(() => ends(cluster, [{ topic: 'c', partition: 0 }]))).toHaveLength(1)
  })

  test('what does not pass is given as it is; what passes for now is asked again at the same broker', async () => {
    const { clock, connection, cluster, nodes } = await setUp(topic('a', 'T', [1, 0], [1, 0]))
    let unknown = 3
    answerAsLeaders(nodes, (_node, partition) => (partition === 0 ? 29 : unknown-- > 0 ? 78 : 0))
    const before = connection.count('Metadata')
    const results = await clock.run(() => ends(cluster, A.slice(0, 2)))
    expect(results.map(({ error }) => error)).toEqual([29, 0])
    expect(connection.count('ListOffsets')).toBe(4)
    expect(connection.count('Metadata') - before).toBeLessThan(5)
  })

  test('one partition, with the leader in the request', async () => {
    const { clock, connection, cluster, know, nodes } = await setUp(topic('a', 'T', [1, 6]))
    answerAsLeaders(nodes)
    const ask = () =>
      cluster.sendToLeader(
        A[0]!,
        listOffsetsApi,
        ({ epoch }): ListOffsetsRequest => ({
          isolation: 'read-committed',
          partitions: [{ ...A[0]!, leaderEpoch: epoch, timestamp: LATEST }],
        }),
        { ...ASK, errorOf: ({ partitions }) => partitions[0]?.error ?? 0 },
      )
    expect((await clock.run(ask)).partitions[0]?.offset).toBe(10)
    know(topic('a', 'T', [3, 7]))
    expect((await clock.run(ask)).partitions[0]?.offset).toBe(30)
    expect((connection.sent.at(-1)!.request as ListOffsetsRequest).partitions[0]?.leaderEpoch).toBe(7)
    connection.broker(3).state = 'silent'
    const error = await clock.run(() => failure(ask()))
    expect(error.details['sent']).toBe(true)
    expect(clock.monotonic()).toBeLessThanOrEqual(31_000)
  })
})

describe('to coordinators', () => {
  const BEAT = { group: 'g', generation: 1, memberId: 'm', instanceId: null }
  const options = {
    what: 'The heartbeat of group "g"',
    within: 20_000,
    errorOf: ({ error }: { error: number }) => error,
  }

  async function withCoordinator() {
    const made = await setUp()
    const beat = (quick?: readonly number[]) =>
      made.cluster.sendToCoordinator('group', 'g', heartbeatApi, BEAT, { ...options, quick })
    const answers = (node: number, ...errors: number[]) => {
      made.connection.broker(node).answer = () => ({ throttleTime: 0, error: errors.shift() ?? 0 })
    }
    const coordinate = (node: number, error = 0) => {
      for (const each of made.nodes) each.coordinator = { error, node }
    }
    return { ...made, beat, answers, coordinate }
  }

  test('it is asked for once, and followed after 16, 15 and a loss', async () => {
    const { clock, connection, beat, answers, coordinate } = await withCoordinator()
    coordinate(2)
    answers(2)
    await clock.run(() => beat())
    await clock.run(() => beat())
    expect(connection.count('FindCoordinator')).toBe(1)
    answers(2, 16)
    coordinate(3)
    answers(3, 15)
    await clock.run(() => beat())
    expect(connection.sent.filter(({ api }) => api === 'Heartbeat').map(({ node }) => node)).toEqual([2, 2, 2, 3, 3])
    connection.broker(3).state = 'down'
    coordinate(1)
    answers(1)
    await clock.run(() => beat())
    expect(connection.count('FindCoordinator')).toBe(4)
  })

  test('while it loads, the same one is asked again; other errors are the answer', async () => {
    const { clock, connection, beat, answers } = await withCoordinator()
    answers(1, 14, 14, 27)
    expect((await clock.run(() => beat())).error).toBe(27)
    expect(connection.count('FindCoordinator')).toBe(1)
  })

  test('what passes within milliseconds is asked again within milliseconds', async () => {
    const { clock, connection, beat, answers } = await withCoordinator()
    answers(1, ...Array.from({ length: 20 }, () => 51))
    const began = clock.monotonic()
    expect((await clock.run(() => beat([51]))).error).toBe(0)
    expect(clock.monotonic() - began).toBeLessThan(450)
    expect(connection.count('Heartbeat')).toBe(21)
  })

  test('no coordinator yet is waited for; a refusal is not', async () => {
    const { clock, beat, coordinate, answers } = await withCoordinator()
    coordinate(1, 15)
    answers(1)
    clock.setTimeout(() => coordinate(1), 4_000)
    await clock.run(() => beat())
    expect(clock.monotonic()).toBeLessThan(6_000)
    const { clock: other, beat: refused, coordinate: refuse } = await withCoordinator()
    refuse(1, 30)
    expect((await other.run(() => failure(refused()))).code).toBe('FAUST_NOT_AUTHORIZED')
  })

  test('one that Metadata does not name yet can be reached', async () => {
    const { clock, connection, beat, answers, coordinate, nodes } = await withCoordinator()
    for (const node of nodes) node.brokers = [connection.broker(1).address]
    coordinate(3)
    answers(3)
    expect((await clock.run(() => beat())).error).toBe(0)
  })
})

describe('ends', () => {
  test('many may wait for one signal without a warning of Node', async () => {
    const warnings: Error[] = []
    const onWarning = (warning: Error): void => void warnings.push(warning)
    process.on('warning', onWarning)
    const { clock, cluster } = await setUp(topic('a', 'T', [-1, 0]))
    const { signal } = new AbortController()
    const options = { ...ASK, within: 2_000, signal }
    const waiting = Array.from({ length: 40 }, () => failure(ends(cluster, [{ topic: 'a', partition: 0 }], options)))
    expect(await clock.run(() => Promise.all(waiting))).toHaveLength(40)
    await new Promise((resolve) => setImmediate(resolve))
    process.off('warning', onWarning)
    expect(warnings).toEqual([])
    await cluster.close()
  })

  test('the signal ends a wait at once', async () => {
    const { clock, connection, cluster } = await setUp(topic('a', 'T', [-1, 0]))
    const abort = new AbortController()
    const waiting = failure(
      ends(cluster, [{ topic: 'a', partition: 0 }], { ...ASK, signal: abort.signal } as typeof ASK),
    )
    await clock.advance(2_000)
    abort.abort()
    expect((await waiting).code).toBe('FAUST_ABORTED')
    connection.broker(1).state = 'silent'
    const second = failure(cluster.describe(['x'], { within: 20_000, signal: AbortSignal.abort() }))
    expect((await second).code).toBe('FAUST_ABORTED')
    await cluster.close()
    expect(clock.pending()).toBe(0)
  })

  test('closing settles everything and leaves no timer', async () => {
    const { clock, connection, cluster, know } = await setUp(topic('a', 'T', [-1, 0], [2, 0]))
    connection.broker(2).state = 'silent'
    const waiting = [
      ends(cluster, [{ topic: 'a', partition: 0 }]),
      ends(cluster, [{ topic: 'a', partition: 1 }]),
      cluster.coordinator('group', 'g', { within: 60_000 }).then(() => ends(cluster, [{ topic: 'z', partition: 0 }])),
      cluster.describe(null, { within: 60_000 }).then(() => ends(cluster, [{ topic: 'z', partition: 0 }])),
    ].map(failure)
    await clock.advance(300)
    const refreshed = cluster.refresh(['a'])
    await cluster.close()
    for (const error of await Promise.all(waiting)) expect(error.code).toBe('FAUST_CLOSED')
    await refreshed
    await clock.settle()
    expect(clock.pending()).toBe(0)
    know()
    expect((await failure(cluster.describe([], { within: 10 }))).code).toBe('FAUST_CLOSED')
    await cluster.close()
  })
})
