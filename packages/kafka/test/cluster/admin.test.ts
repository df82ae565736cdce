import { isFaustError, silentLogger } from '@faust/core'
import { virtualClock } from '@faust/testing'
import { expect, test } from 'vitest'
import { createTopicsApi } from '../../src/cluster/admin/create-topics.ts'
import type { CreateTopicsRequest } from '../../src/cluster/admin/create-topics.ts'
import { deleteTopicsApi } from '../../src/cluster/admin/delete-topics.ts'
import type { DeleteTopicsRequest } from '../../src/cluster/admin/delete-topics.ts'
import { describeConfigsApi } from '../../src/cluster/admin/describe-configs.ts'
import type { DescribeConfigsRequest } from '../../src/cluster/admin/describe-configs.ts'
import { KafkaAdmin } from '../../src/cluster/admin/kafka-admin.ts'
import { KafkaCluster } from '../../src/cluster/kafka-cluster.ts'
import { unavailable } from '../../src/connection/faults.ts'
import type { OffsetFetchRequest } from '../../src/requests/offset-fetch.ts'
import { FakeBroker, FakeConnection, topic } from './fake-connection.ts'

/** Three brokers with one log of topics; the first is the controller unless told otherwise. */
async function setUp() {
  const clock = virtualClock()
  const nodes = [1, 2, 3].map((node) => new FakeBroker(node))
  const connection = new FakeConnection(clock, nodes)
  const cluster = new KafkaCluster({ connection, clock, logger: silentLogger })
  const log = { topics: [topic('old', 'O', [1, 0], [-1, 3])], controller: 1, lose: 0, unstable: 0 }
  const spread = (): void => {
    for (const node of nodes) node.topics = log.topics
  }
  spread()
  for (const broker of nodes) {
    broker.answer = (api, request) => {
      const isController = broker.address.node === log.controller
      const has = (name: string): boolean => log.topics.some((each) => each.name === name)
      if (api.name === 'CreateTopics') {
        const answer = (request as CreateTopicsRequest).topics.map(({ name, partitions }) => {
          if (!isController) return { name, error: 41, message: null }
          if (has(name)) return { name, error: 36, message: null }
          const leaders = Array.from({ length: Math.max(partitions, 1) }, () => [1, 0] as const)
          log.topics = [...log.topics, topic(name, String(log.topics.length), ...leaders)]
          clock.setTimeout(spread, 30)
          return { name, error: 0, message: null }
        })
        if (log.lose-- > 0) return unavailable('lost', true, { broker: broker.address, lane: 'control' })
        return { throttleTime: 0, topics: answer }
      }
      if (api.name === 'DeleteTopics') {
        const answer = (request as DeleteTopicsRequest).names.map((name) => {
          return { name, error: isController ? (has(name) ? 0 : 3) : 41, message: null }
        })
        if (isController) log.topics = log.topics.filter(({ name }) => !answer.some((each) => each.name === name))
        clock.setTimeout(spread, 50)
        return { throttleTime: 0, topics: answer }
      }
      if (api.name === 'OffsetFetch') {
        const { partitions } = request as OffsetFetchRequest
        const error = log.unstable-- > 0 ? 88 : 0
        const found = (partitions ?? []).map((each) => ({ ...each, offset: 4, leaderEpoch: 1, metadata: null, error }))
        return { throttleTime: 0, error: 0, partitions: found }
      }
      const configs = (request as DescribeConfigsRequest).topics.map((name) => {
        return {
          name,
          error: broker.topics.some((each) => each.name === name) ? 0 : 3,
          message: null,
          config: { a: 'b' },
        }
      })
      return { throttleTime: 0, topics: configs }
    }
  }
  await clock.run(() => cluster.start({ within: 1_000 }))
  return { clock, connection, cluster, admin: new KafkaAdmin(cluster), log, nodes }
}

test('a topic is declared once its leaders are known, whatever is wrong with others', async () => {
  const { clock, admin, connection } = await setUp()
  const declared = await clock.run(() => admin.declareTopics([{ name: 'new', partitions: 2 }, { name: 'old' }]))
  expect(declared.map(({ name, created, partitions }) => [name, created, partitions])).toEqual([
    ['new', true, 2],
    ['old', false, 2],
  ])
  expect(connection.count('CreateTopics')).toBe(1)
  expect(clock.monotonic()).toBeGreaterThan(30)
})

test('the controller is followed, and a lost answer does not make a topic fail', async () => {
  const { clock, admin, connection, log } = await setUp()
  log.controller = 2
  const declaring = admin.declareTopics([{ name: 'moved' }]).catch((error: unknown) => error)
  // Metadata of the fake always names 1: it is asked again and again until that is true.
  await clock.advance(3_000)
  log.controller = 1
  log.lose = 1
  const declared = await clock.run(() => declaring)
  expect(declared).toMatchObject([{ name: 'moved', config: { a: 'b' } }])
  expect(connection.count('CreateTopics')).toBeLessThan(12)
})

test('deleting waits until brokers have heard of it', async () => {
  const { clock, admin, log } = await setUp()
  await clock.run(() => admin.deleteTopics(['old', 'never']))
  expect(log.topics).toEqual([])
  expect(await clock.run(() => admin.describeTopics(['old']))).toEqual([])
})

test('unstable offsets are waited for, but not for ever', async () => {
  const { clock, admin, log } = await setUp()
  const asked = [{ topic: 'old', partition: 0 }]
  log.unstable = 20
  const read = () => admin.committedOffsets('g', asked, { requireStable: true })
  expect(await clock.run(read)).toEqual([{ topic: 'old', partition: 0, offset: 4, metadata: '', leaderEpoch: 1 }])
  log.unstable = Infinity
  const error: unknown = await clock.run(() => read().catch((error: unknown) => error))
  expect(isFaustError(error, 'FAUST_OFFSETS_UNSTABLE')).toBe(true)
  expect(clock.monotonic()).toBeLessThan(6_500)
})

test('requests and answers go through bytes unchanged', () => {
  const create = { topics: [{ name: 'a', partitions: 3, replicas: -1, config: { 'retention.ms': '1' } }], timeout: 5 }
  expect(createTopicsApi.decodeRequest(createTopicsApi.encode(create))).toEqual(create)
  const created = { throttleTime: 1, topics: [{ name: 'a', error: 40, message: 'no' }] }
  expect(createTopicsApi.decode(createTopicsApi.encodeResponse(created))).toEqual(created)
  const remove = { names: ['a', 'b'], timeout: 7 }
  expect(deleteTopicsApi.decodeRequest(deleteTopicsApi.encode(remove))).toEqual(remove)
  const removed = { throttleTime: 0, topics: [{ name: 'a', error: 3, message: null }] }
  expect(deleteTopicsApi.decode(deleteTopicsApi.encodeResponse(removed))).toEqual(removed)
  const describe = { topics: ['a'] }
  expect(describeConfigsApi.decodeRequest(describeConfigsApi.encode(describe))).toEqual(describe)
  const described = { throttleTime: 0, topics: [{ name: 'a', error: 0, message: null, config: { x: 'y', z: '' } }] }
  expect(describeConfigsApi.decode(describeConfigsApi.encodeResponse(described))).toEqual(described)
})
