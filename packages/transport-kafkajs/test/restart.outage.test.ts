import { failure } from '@faust-tools/test-support'
import { startKafka } from '@faust-tools/services'
import type { KafkaCluster as Servers } from '@faust-tools/services'
import { isUnavailable, KafkaAdmin, produceApi } from '@faust/kafka'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { batchOf } from './support/batch-of.ts'
import { ask } from './support/connect.ts'
import { realCluster } from './support/real-cluster.ts'

let kafka: Servers

beforeAll(async () => {
  kafka = await startKafka()
})

afterAll(() => kafka.stop())

test('a broker that was killed is waited for, and everything goes on', async () => {
  const cluster = await realCluster({ brokers: kafka.brokers })
  const admin = new KafkaAdmin(cluster)
  await admin.declareTopics([{ name: 'outage', partitions: 1 }])
  const partition = { topic: 'outage', partition: 0 }
  let stop = false
  let produced = 0
  const producing = (async () => {
    while (!stop) {
      const request = () => ({
        transactionalId: null,
        acks: -1,
        timeout: 5_000,
        partitions: [{ ...partition, records: batchOf(1) }],
      })
      await cluster.sendToLeader(partition, produceApi, request, {
        what: 'Producing',
        within: 60_000,
        lane: 'produce',
        errorOf: ({ partitions }) => partitions[0]?.error ?? 0,
      })
      produced++
    }
  })()
  await expect.poll(() => produced).toBeGreaterThan(20)
  await kafka.node(0).kill()

  const before = produced
  // Refused at once, not after the time-out of ten seconds.
  const began = performance.now()
  const error = await failure(ask(cluster.connection))
  expect(isUnavailable(error)).toBe(true)
  expect(performance.now() - began).toBeLessThan(5_000)
  const across = admin.offsets([partition])

  await kafka.node(0).restart()
  await expect.poll(() => produced).toBeGreaterThan(before + 20)
  stop = true
  await producing
  await across
  // Without idempotence a lost answer may have stored one batch twice, never less than was acknowledged.
  const [{ logEnd } = { logEnd: 0 }] = await admin.offsets([partition])
  expect(logEnd).toBeGreaterThanOrEqual(produced)
  expect(logEnd - produced).toBeLessThanOrEqual(2)
})

test('a broker that hangs costs a time-out, and a fresh socket afterwards', async () => {
  const limits = { requestTimeout: 2_000, connectionTimeout: 2_000 }
  const cluster = await realCluster({ brokers: kafka.brokers, ...limits })
  await ask(cluster.connection)
  await kafka.node(0).pause()
  const errors = await Promise.all([failure(ask(cluster.connection)), failure(ask(cluster.connection, 'fetch-x'))])
  expect(errors.map(isUnavailable)).toEqual([true, true])
  expect(errors[0]?.message).toContain('did not answer Metadata within 2000 ms')
  // The kernel accepts for it: the new connection is there, but no Kafka answers on it.
  expect(errors[1]?.message).toContain('not ready after 2000 ms')
  await kafka.node(0).resume()
  await expect
    .poll(() =>
      ask(cluster.connection).then(
        () => true,
        () => false,
      ),
    )
    .toBe(true)
})
