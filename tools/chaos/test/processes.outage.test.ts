import { setTimeout as sleep } from 'node:timers/promises'
import { type KafkaCluster, startKafka, until } from '@faust-tools/services'
import { afterAll, beforeAll, test } from 'vitest'
import { play } from '../src/scene.ts'
import { WORKER_SETTINGS } from '../src/settings.ts'
import { buildWorkers, expectRight } from './support.ts'

let kafka: KafkaCluster
beforeAll(async () => {
  buildWorkers()
  kafka = await startKafka()
}, 180_000)
afterAll(() => kafka.stop())

const options = () => ({ kafka, workers: 2, rate: 500, guarantee: 'at-least-once' as const })
const PAST_SESSION = WORKER_SETTINGS.sessionTimeout + 3000

test('SIGSTOP past the session: another takes over, and after SIGCONT the stopped one joins again and harms nothing', async () => {
  const report = await play(options(), async ({ workers: [first, second], feeder, settled }) => {
    await sleep(1000)
    // At rest: a worker stopped in the middle of a commit may repeat half of it later, which at-least-once allows.
    await feeder.stop()
    await settled()
    first!.pause()
    feeder.start()
    await sleep(PAST_SESSION)
    await feeder.stop()
    // Alone it commits everything, the partitions of the stopped one among it.
    await settled()
    feeder.start()
    first!.resume()
    await until('the stopped one to notice', 30_000, () => first!.said.includes('Membership of the group was lost'))
    await sleep(1000)
    // It works again: without the other everything is still done.
    await second!.kill()
    await sleep(PAST_SESSION)
    await feeder.stop()
    await settled()
  })
  expectRight(report)
}, 180_000)

test('the broker is away for thirty seconds: everybody waits, nobody dies, nothing is lost', async () => {
  const report = await play(options(), async ({ feeder, settled, refuseDeaths }) => {
    await sleep(1000)
    const node = kafka.node(0)
    await node.kill()
    await sleep(30_000)
    refuseDeaths()
    await node.restart()
    await feeder.stop()
    await settled()
    refuseDeaths()
  })
  expectRight(report)
}, 180_000)
