import { expect, test } from 'vitest'
import { type App, embeddedTransport } from '../../src/index.ts'
import type { Broker } from '../../src/transport/embedded/log/broker.ts'
import { createEmbeddedLog } from '../../src/transport/embedded/log/embedded-log.ts'
import { testApp } from '../support/test-app.ts'
import { until } from '../support/until.ts'

/** Long enough that no session ends within the test: nobody is saved by a time-out. */
const SESSION = 60_000

test('a partition that a named worker gave up before it died is dealt when the worker is back', async () => {
  const log = createEmbeddedLog({})
  const start = (workerId: string, link?: (broker: Broker) => Broker) => {
    const transport = embeddedTransport({ log, ...(link && { link }) })
    const app = testApp({ transport, workerId, sessionTimeout: SESSION, heartbeatInterval: 20, stopTimeout: 200 })
    const topic = app.topic('input', { partitions: 4 })
    app.agent('work', topic, async (stream) => {
      for await (const _ of stream);
    })
    return { app, transport }
  }
  const owned = (app: App): number[] => app.status().partitions.map(({ partition }) => partition)

  // The first to come has everything, gives half of it up for the second, and dies before it has joined again.
  let joins = 0
  let dead = false
  const first = start('first', (broker) => {
    return new Proxy(broker, {
      get: (target, name) => {
        const operation: unknown = Reflect.get(target, name, target)
        if (typeof operation !== 'function') return operation
        return (...args: unknown[]): unknown => {
          if (name !== 'joinGroup' || ++joins < 3) return Reflect.apply(operation, target, args)
          first.transport.kill()
          dead = true
          return new Promise(() => {})
        }
      },
    })
  })
  await first.app.start()
  expect(owned(first.app)).toHaveLength(4)
  const second = start('second')
  await second.app.start()
  await until('the first is dead', () => dead)

  const again = start('first')
  await again.app.start()
  await until('all partitions are somebody’s', () => owned(again.app).length + owned(second.app).length === 4)
  expect([...owned(again.app), ...owned(second.app)].toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3])
})
