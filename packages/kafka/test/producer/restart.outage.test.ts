import { startKafka } from '@faust-tools/services'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { outcome } from './support/bench.ts'
import { RealCluster, sendTo, unique } from './support/real-cluster.ts'

let kafka: Awaited<ReturnType<typeof startKafka>>

beforeAll(async () => {
  kafka = await startKafka()
})

afterAll(() => kafka.stop())

test('a broker that is killed and comes back: every acknowledged record is there once, in order', async () => {
  await using client = await RealCluster.connect(kafka.brokers)
  const topic = await client.topic(2)
  const producer = await client.producer()
  const results: [string, unknown][] = []
  let isRunning = true
  const send = async (partition: number): Promise<void> => {
    for (let turn = 0; isRunning; turn++) {
      const value = `${partition}.${turn}`
      results.push([value, await outcome(sendTo(producer, topic, partition, value))])
    }
  }
  const senders = [send(0), send(1)]
  const more = (): Promise<void> => {
    const before = results.length
    return expect.poll(() => results.length).toBeGreaterThan(before + 50)
  }
  for (let turn = 0; turn < 2; turn++) {
    await more()
    await kafka.node(0).kill()
    await kafka.node(0).restart()
  }
  await more()
  isRunning = false
  await Promise.all(senders)
  for (const partition of [0, 1]) {
    const mine = results.filter(([value]) => value.startsWith(`${partition}.`))
    expect(mine.filter(([, result]) => typeof result !== 'number')).toEqual([])
    expect(await client.read(topic, partition)).toEqual(mine.map(([value]) => value))
  }
})

test('transactions through the death of their broker are whole or not there', async () => {
  await using client = await RealCluster.connect(kafka.brokers)
  const topic = await client.topic(2)
  const producer = await client.producer({ transactionalId: unique(), transactionTimeout: 30_000 })
  const committed: string[] = []
  let isRunning = true
  const run = async (): Promise<void> => {
    for (let turn = 0; isRunning; turn++) {
      const value = `t${turn}`
      const failed = await outcome(
        (async () => {
          producer.beginTransaction()
          await Promise.all([0, 1].map((partition) => sendTo(producer, topic, partition, value)))
          await producer.commitTransaction()
          committed.push(value)
        })(),
      )
      if (failed !== undefined) await producer.init()
    }
  }
  const running = run()
  await expect.poll(() => committed.length).toBeGreaterThan(20)
  await kafka.node(0).kill()
  await kafka.node(0).restart()
  const before = committed.length
  await expect.poll(() => committed.length).toBeGreaterThan(before + 20)
  isRunning = false
  await running
  const [one, two] = [await client.read(topic, 0), await client.read(topic, 1)]
  expect(one).toEqual(two)
  expect(one.filter((value) => committed.includes(value))).toEqual(committed)
  expect(new Set(one).size).toBe(one.length)
})
