import { afterAll, beforeAll, expect, test } from 'vitest'
import { type KafkaCluster, kafkaTool, liveBrokers, startKafka, until } from '../src/index.ts'

let kafka: KafkaCluster

beforeAll(async () => {
  kafka = await startKafka({ nodes: 3 })
})

afterAll(() => kafka.stop())

async function sees(observer: number, expected: readonly number[], within = 120_000): Promise<void> {
  const { address } = kafka.node(observer)
  await until(`node ${observer} to see ${expected.join()}`, within, async () => {
    return String(await liveBrokers(address)) === String(expected)
  })
}

test('every node knows all three from the start', async () => {
  await Promise.all([0, 1, 2].map((node) => sees(node, [0, 1, 2])))
})

test('one killed: the others notice and go on; it comes back with what it had', async () => {
  const tool = (...args: string[]) =>
    kafkaTool('org.apache.kafka.tools.TopicCommand', ['--bootstrap-server', kafka.node(0).address, ...args])
  await tool('--create', '--topic', 'orders', '--replication-factor', '3')
  await kafka.node(2).kill()
  await sees(0, [0, 1])
  await sees(1, [0, 1])
  await tool('--create', '--topic', 'payments', '--replication-factor', '2')

  await kafka.node(2).restart()
  await sees(2, [0, 1, 2])
  const { stdout } = await tool('--describe', '--topic', 'orders')
  expect(stdout).toContain('Replicas:')
})

test('one paused longer than its session is left out until it is resumed', async () => {
  await kafka.node(1).pause()
  await sees(0, [0, 2])
  await kafka.node(1).resume()
  await sees(0, [0, 1, 2])
})

test('one stopped in order is gone at once, not after its session', async () => {
  await kafka.node(0).stop()
  // A session is six seconds.
  await sees(1, [1, 2], 4_000)
  await kafka.node(0).restart()
  await sees(1, [0, 1, 2])
})

test('two killed and restarted together', async () => {
  await Promise.all([kafka.node(0).kill(), kafka.node(1).kill()])
  await Promise.all([kafka.node(0).restart(), kafka.node(1).restart()])
  await sees(2, [0, 1, 2])
})
