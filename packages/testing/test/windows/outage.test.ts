import { createEmbeddedLog, embeddedTransport, silentLogger } from '@faust/core'
import { afterEach, expect, test } from 'vitest'
import { virtualClock } from '../../src/index.ts'
import { TroubledLink } from '../core/embedded-faults.ts'
import { at, pageViews, topic, type Views } from './views.ts'

const clock = virtualClock()
let running: Views | undefined

afterEach(async () => {
  await clock.run(() => running!.app.stop())
})

/** A running app whose way to the log can be cut, and a producer whose way cannot. */
async function behindLink(idle: number) {
  const log = createEmbeddedLog({ clock, initialRebalanceDelay: 0 })
  const link = new TroubledLink(clock)
  const views = pageViews(
    { idle },
    {
      transport: embeddedTransport({ log, link: (broker) => link.wrap(broker) }),
      clock,
      logger: silentLogger,
      sessionTimeout: 60_000,
    },
  )
  const outside = embeddedTransport({ log })
  await outside.start({ app: 'outside', clock, logger: silentLogger })
  await outside.admin.declareTopics([{ name: 'pages', ...topic }])
  const producer = outside.producer()
  await clock.run(() => producer.init())
  await clock.run(() => views.app.start())
  running = views
  const view = async (second: number): Promise<void> => {
    const { key, timestamp, value } = at(second)
    const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
    await clock.run(() =>
      producer.send('pages', 0, [{ key: bytes(key), value: bytes(JSON.stringify(value)), timestamp }]),
    )
  }
  return { ...views, link, view }
}

test('a log out of reach is not quiet: what was written meanwhile is not late, however long that was', async () => {
  const { app, link, taken, view, views } = await behindLink(5000)
  await view(40)
  await view(65)
  await clock.advance(2000)
  link.cut()
  // The first minute closes at 70 s: 5 s after the record, if nothing comes.
  await clock.advance(20_000)
  await view(30)
  link.mend()
  await clock.advance(3000)
  expect(taken).toEqual([1, 1, 1])
  expect(await views.get('a', 30_000)).toBe(2)
  expect(app.monitor.snapshot().tables['views']!.late).toBe(0)
  // It is quiet from then on, and the log says so.
  await clock.advance(10_000)
  await view(31)
  await clock.advance(1000)
  expect(taken).toEqual([1, 1, 1, 0])
})

test('an outage in which nothing was written was quiet', async () => {
  const { link, taken, view } = await behindLink(5000)
  await view(40)
  await view(65)
  await clock.advance(2000)
  link.cut()
  await clock.advance(20_000)
  link.mend()
  await clock.advance(3000)
  await view(30)
  await clock.advance(1000)
  expect(taken).toEqual([1, 1, 0])
})
