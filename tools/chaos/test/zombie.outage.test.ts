import { type KafkaCluster, startKafka, until } from '@faust-tools/services'
import { silentLogger, systemClock } from '@faust/core'
import { kafkajsTransport } from '@faust/transport-kafkajs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { outputTopic, type Output } from '../src/program.ts'
import { type Log, readTopic } from '../src/read-topic.ts'
import { play } from '../src/scene.ts'
import { KAFKA_PROPERTIES } from '../src/settings.ts'
import type { WorkerProcess } from '../src/worker-process.ts'
import { buildWorkers, expectRight } from './support.ts'

let kafka: KafkaCluster
beforeAll(async () => {
  buildWorkers()
  kafka = await startKafka({ properties: KAFKA_PROPERTIES })
}, 180_000)
afterAll(() => kafka.stop())

/** Places of what a process has written, as `partition:offset`. */
function written(log: Log, by: number): ReadonlySet<string> {
  return new Set(
    log.flatMap((records, partition) =>
      records.filter(({ value }) => (value as Output).by === by).map(({ offset }) => `${partition}:${offset}`),
    ),
  )
}

test('owners stopped within a transaction wake up when their partitions have moved: nobody sees any of it, and they work again', async () => {
  const transport = kafkajsTransport({ brokers: kafka.brokers })
  await transport.start({ app: 'zombie-test', clock: systemClock(), logger: silentLogger })
  const options = { kafka, workers: 3, rate: 500, guarantee: 'exactly-once' as const }
  const report = await play(options, async ({ run, workers, feeder, settled, refuseDeaths }) => {
    const [first, second, third] = workers as [WorkerProcess, WorkerProcess, WorkerProcess]
    const zombies = [first, second]
    const outputs = async (isolation: 'read-committed' | 'read-uncommitted'): Promise<ReadonlySet<string>[]> => {
      const log = await readTopic(transport, outputTopic(run), { isolation })
      return zombies.map(({ pid }) => written(log, pid!))
    }
    // The one before its offsets are sent, the other when all that is missing is the commit.
    expect(await first.pauseWithin('offsets', 60_000)).toBe(true)
    expect(await second.pauseWithin('commit', 60_000)).toBe(true)
    const before = await outputs('read-uncommitted')
    await feeder.stop()
    // The third alone commits everything, the partitions of both among it.
    await settled()
    feeder.start()
    for (const zombie of zombies) zombie.resume()
    for (const zombie of zombies) {
      await until('its transaction to fail', 60_000, () => zombie.said.includes('A transaction failed'))
    }
    // They work again: with the third gone everything is theirs, from the records that still come on.
    await third.kill()
    await until('both to write again', 120_000, async () => {
      const now = await outputs('read-committed')
      return zombies.every((_, at) => [...now[at]!].some((place) => !before[at]!.has(place)))
    })
    await feeder.stop()
    await settled()
    refuseDeaths()
    const after = await outputs('read-committed')
    const unseen = zombies.flatMap((_, at) => [...before[at]!].filter((place) => !after[at]!.has(place)))
    expect(unseen.length).toBeGreaterThan(0)
    feeder.start()
  })
  await transport.close()
  // What the transactions held was done by others: each record has one output.
  expectRight(report)
}, 300_000)
