import { createApp, json, silentLogger } from '@faust/core'
import { expect, test } from 'vitest'
import { doubleWorld } from './support/double-world.ts'

/** Ms that the stop of a busy app takes whose cluster has gone; `hangs` says whether its task and its handler never end. */
async function stopWithoutKafka(
  guarantee: 'at-least-once' | 'exactly-once',
  stopTimeout: number,
  hangs: boolean,
): Promise<number> {
  const world = doubleWorld(3)
  return world.clock.run(async () => {
    const app = createApp({
      id: 'shop',
      transport: world.double.transport({ requestTimeout: 2000 }),
      clock: world.clock,
      logger: silentLogger,
      guarantee,
      stopTimeout,
    })
    app.done.catch(() => {})
    const orders = app.topic<{ id: number }>('orders')
    const counts = app.table('counts', { value: json<number>(), default: () => 0 })
    let away = false
    const hang = async (): Promise<void> => {
      if (away && hangs) await new Promise(() => {})
    }
    app.agent('count', orders, { tables: [counts] }, async (stream) => {
      for await (const { key } of stream.events()) {
        await counts.update(key!, (count) => count + 1)
        await hang()
      }
    })
    app.task('feed', async ({ signal }) => {
      for (let id = 0; !signal.aborted; id++) {
        await orders.send({ key: `k${id}`, value: { id } }).catch(() => {})
        await world.pause(20)
      }
      await hang()
    })
    await app.start()
    await world.pause(2000)
    away = true
    await world.pause(30)
    for (const node of [1, 2, 3]) world.double.stop(node)
    await world.pause(200)
    const begun = world.clock.monotonic()
    await app.stop({ leave: true }).catch(() => {})
    return world.clock.monotonic() - begun
  })
}

for (const guarantee of ['at-least-once', 'exactly-once'] as const) {
  for (const [timeout, hangs] of [
    [3000, false],
    [3000, true],
    [30_000, false],
    [30_000, true],
  ] as const) {
    const name = `${guarantee}, ${timeout} ms${hangs ? ', with a task and a handler that hang' : ''}`
    test(`a stop without Kafka takes no longer than stopTimeout, all in all: ${name}`, async () => {
      expect(await stopWithoutKafka(guarantee, timeout, hangs)).toBeLessThanOrEqual(timeout + 10)
    })
  }
}
