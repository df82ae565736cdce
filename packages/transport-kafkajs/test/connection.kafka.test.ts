import { kafkaTool } from '@faust-tools/services'
import { fetchApi, heartbeatApi, joinGroupApi, KafkaAdmin, produceApi, syncGroupApi } from '@faust/kafka'
import type { KafkaCluster, ProduceResponse } from '@faust/kafka'
import { expect, inject, onTestFinished, test } from 'vitest'
import { batchOf } from './support/batch-of.ts'
import { realCluster, unique } from './support/real-cluster.ts'

function open(clientId?: string): Promise<KafkaCluster> {
  return realCluster({ brokers: inject('kafkaBrokers'), clientId })
}

async function topicOf(cluster: KafkaCluster): Promise<{ topic: string; partition: number; node: number }> {
  const topic = unique('sockets')
  await new KafkaAdmin(cluster).declareTopics([{ name: topic, partitions: 1 }])
  await cluster.refresh([topic])
  return { topic, partition: 0, node: cluster.leader({ topic, partition: 0 })!.node }
}

function produce(
  cluster: KafkaCluster,
  topic: string,
  node: number,
  records: Uint8Array,
  timeout = 30_000,
): Promise<ProduceResponse> {
  const request = { transactionalId: null, acks: -1, timeout: 5_000, partitions: [{ topic, partition: 0, records }] }
  return cluster.connection.send(node, 'produce', produceApi, request, { timeout })
}

test('megabytes go both ways whole, several requests at a time', async () => {
  const cluster = await open()
  const { topic, partition, node } = await topicOf(cluster)
  const batch = batchOf(400, 1_000)
  const answers = await Promise.all(Array.from({ length: 10 }, () => produce(cluster, topic, node, batch)))
  expect(answers.map(({ partitions }) => partitions[0]?.baseOffset)).toEqual(answers.map((_, index) => index * 400))
  const fetch = (offset: number) =>
    cluster.connection.send(node, 'fetch-test', fetchApi, {
      maxWait: 100,
      minBytes: 1,
      maxBytes: 20 << 20,
      isolation: 'read-uncommitted',
      sessionId: 0,
      sessionEpoch: -1,
      partitions: [{ topic, partition, offset, leaderEpoch: -1, maxBytes: 20 << 20 }],
      forgotten: [],
      rack: '',
    })
  const fetched = await Promise.all([fetch(0), fetch(2_000), fetch(4_000)])
  const sizes = fetched.map(({ partitions }) => partitions[0]?.records?.length ?? 0)
  expect(sizes).toEqual([batch.length * 10, batch.length * 5, 0])
})

test('while a JoinGroup waits for others, heartbeats and produce on the same broker go on', async () => {
  const cluster = await open()
  const { topic, node } = await topicOf(cluster)
  const group = unique('waiting')
  const coordinator = await cluster.coordinator('group', group, { within: 60_000 })
  expect(coordinator).toBe(node)
  const join = async (memberId: string) => {
    const protocols = [{ name: 'p', metadata: new Uint8Array() }]
    const member = {
      sessionTimeout: 30_000,
      rebalanceTimeout: 3_000,
      memberId,
      instanceId: null,
      protocolType: 'consumer',
    }
    return cluster.connection.send(node, 'join', joinGroupApi, { group, ...member, protocols }, { timeout: 60_000 })
  }
  // A new coordinator is known a moment before it takes its part.
  let first = await join('')
  await expect.poll(async () => (first.error === 79 ? 79 : (first = await join('')).error)).toBe(79)
  const { memberId, generation } = await join(first.memberId)
  const member = { group, generation, memberId, instanceId: null }
  const assignments = [{ memberId, assignment: new Uint8Array() }]
  expect((await cluster.connection.send(node, 'join', syncGroupApi, { ...member, assignments })).error).toBe(0)

  const second = await join('')
  let joined = false
  // It waits for the first member, which never joins again, until the rebalance time-out.
  const waiting = join(second.memberId).finally(() => (joined = true))
  let answered = 0
  while (!joined) {
    const beat = cluster.connection.send(node, 'control', heartbeatApi, member)
    const [{ error }] = await Promise.all([beat, produce(cluster, topic, node, batchOf(1))])
    if (!joined) answered++
    expect([0, 27, 25]).toContain(error)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  expect((await waiting).error).toBe(0)
  // Behind the JoinGroup the first of them would have waited as long.
  expect(answered).toBeGreaterThan(3)
})

test('a quota slows down and breaks nothing', async () => {
  const clientId = unique('slow')
  const [broker] = inject('kafkaBrokers')
  const who = ['--bootstrap-server', broker as string, '--alter', '--entity-type', 'clients', '--entity-name', clientId]
  const quota = (...args: string[]) => kafkaTool('kafka.admin.ConfigCommand', [...who, ...args])
  await quota('--add-config', 'producer_byte_rate=200000')
  onTestFinished(async () => void (await quota('--delete-config', 'producer_byte_rate')))
  const cluster = await open(clientId)
  const { topic, node } = await topicOf(cluster)
  const send = async (): Promise<number> => {
    const { throttleTime, partitions } = await produce(cluster, topic, node, batchOf(200, 1_000), 1_500)
    expect(partitions[0]?.error).toBe(0)
    return throttleTime
  }
  // Until one answer asks for more patience than the time-out has; the request after it must bear that.
  let throttle = 0
  // The broker counts from its answer on, of which we may learn late.
  let began = 0
  for (let i = 0; i < 60 && throttle < 2_000; i++) {
    began = performance.now()
    throttle = await send()
  }
  expect(throttle).toBeGreaterThanOrEqual(2_000)
  await send()
  expect(performance.now() - began).toBeGreaterThan(throttle)
})
