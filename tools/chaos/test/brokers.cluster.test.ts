import { setTimeout as sleep } from 'node:timers/promises'
import { OLDER_KAFKA_VERSION, startKafka } from '@faust-tools/services'
import { beforeAll, expect, test } from 'vitest'
import { runChaos } from '../src/chaos.ts'
import { play } from '../src/scene.ts'
import { buildWorkers, expectRight } from './support.ts'

beforeAll(() => buildWorkers(), 180_000)

const setting = { workers: 2, rate: 500, guarantee: 'at-least-once' } as const

test('one of three brokers is killed and its leaders move: the work goes on before it is back', async () => {
  await using kafka = await startKafka({ nodes: 3 })
  const report = await play({ ...setting, kafka }, async ({ feeder, settled, refuseDeaths }) => {
    await sleep(1000)
    await kafka.node(0).kill()
    await sleep(1000)
    // The sender has moved to other leaders, too: what it was told is there is there.
    await feeder.stop()
    await settled()
    refuseDeaths()
    feeder.start()
    await kafka.node(0).restart()
    await sleep(1000)
  })
  expectRight(report)
}, 240_000)

test('workers killed at random on Kafka 3.9', async () => {
  await using kafka = await startKafka({ version: OLDER_KAFKA_VERSION })
  const said: string[] = []
  const report = await runChaos({
    ...setting,
    kafka,
    seed: '3.9',
    seconds: 6,
    strikes: { workers: 1, brokers: 0 },
    kinds: new Set(['kill']),
    say: (line) => said.push(line),
  })
  expectRight(report)
  expect(report.tally.kills).toBeGreaterThan(0)
  expect(said.at(-1)).toMatch(/^\d+ s: \d+ records, \d+ kills/)
}, 240_000)
