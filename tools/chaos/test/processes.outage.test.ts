import { setTimeout as sleep } from 'node:timers/promises'
import { type KafkaCluster, startKafka } from '@faust-tools/services'
import { afterAll, beforeAll, test } from 'vitest'
import { play } from '../src/scene.ts'
import { SCENES } from '../src/scenes.ts'
import { KAFKA_PROPERTIES } from '../src/settings.ts'
import { buildWorkers, expectRight } from './support.ts'

let kafka: KafkaCluster
beforeAll(async () => {
  buildWorkers()
  kafka = await startKafka({ properties: KAFKA_PROPERTIES })
}, 180_000)
afterAll(() => kafka.stop())

test.each([
  ['pause', 'at-least-once'],
  ['rolling', 'at-least-once'],
  ['restore', 'at-least-once'],
  ['kill', 'exactly-once'],
  ['restore', 'exactly-once'],
] as const)(
  '%s, %s',
  async (name, guarantee) => {
    const { setting, disturb } = SCENES[name]!
    const report = await play({ ...setting, kafka, guarantee }, disturb)
    expectRight(report)
  },
  300_000,
)

test('the broker is away for thirty seconds: everybody waits, nobody dies, nothing is lost', async () => {
  const report = await play(
    { kafka, workers: 2, rate: 500, guarantee: 'at-least-once' },
    async ({ feeder, settled, refuseDeaths }) => {
      await sleep(1000)
      const node = kafka.node(0)
      await node.kill()
      await sleep(30_000)
      refuseDeaths()
      await node.restart()
      await feeder.stop()
      await settled()
      refuseDeaths()
    },
  )
  expectRight(report)
}, 300_000)
