import { describe, expect, test } from 'vitest'
import { type App, type Clock, systemClock } from '../../src/index.ts'
import { deferred } from '../../src/service/deferred.ts'
import { createEmbeddedLog, type EmbeddedLog } from '../../src/transport/embedded/log/embedded-log.ts'
import { testApp } from '../support/test-app.ts'
import { until } from '../support/until.ts'

test('an app that does not run has nothing in hand', async () => {
  const app = testApp()
  expect(app.status()).toEqual({
    state: 'idle',
    healthy: false,
    guarantee: 'at-least-once',
    joining: false,
    partitions: [],
    standbys: [],
    stalls: [],
    failing: [],
    sending: 0,
    serializing: 0,
  })
  await app.start()
  await app.stop()
  expect(app.status()).toEqual({
    state: 'stopped',
    healthy: false,
    guarantee: 'at-least-once',
    joining: false,
    partitions: [],
    standbys: [],
    stalls: [],
    failing: [],
    sending: 0,
    serializing: 0,
  })
})

test('says how far each partition is, and what its agents have in hand', async () => {
  const app = testApp()
  const source = app.topic<number>('source', { partitions: 1 })
  const gate = deferred()
  app.agent('slow', source, async (stream) => {
    for await (const value of stream) if (value === 2) await gate.promise
  })
  app.agent('pairs', source, async (stream) => {
    for await (const _ of stream.take(2)) continue
  })
  await app.start()
  for (const value of [1, 2, 3]) await source.send({ value })
  await until('the third is gathered', () => {
    const [slow, pairs] = app.status().partitions[0]?.agents ?? []
    return slow?.inHand === 1 && pairs?.frontier === 2 && pairs.gathering === 1
  })
  expect(app.status()).toMatchObject({
    state: 'running',
    joining: false,
    sending: 0,
    partitions: [
      {
        topic: 'source',
        partition: 0,
        live: true,
        position: 3,
        logEnd: 3,
        agents: [
          { agent: 'slow', frontier: 1, inHand: 1, gathering: 0, waiting: 0 },
          { agent: 'pairs', frontier: 2, inHand: 0, gathering: 1, waiting: 0 },
        ],
      },
    ],
  })
  gate.resolve()
  await until('the slow one is done', () => app.status().partitions[0]?.agents[0]?.frontier === 3)
  await app.commit()
  expect(app.status().partitions[0]).toMatchObject({ committed: 2, frontier: 2 })
})

describe.each(['at-least-once', 'exactly-once'] as const)('before the first record comes, under %s', (guarantee) => {
  const program = (log: EmbeddedLog) => {
    const app = testApp({ log, guarantee })
    const source = app.topic<number>('source', { partitions: 2 })
    const news = app.topic<number>('news', { partitions: 1, startAt: 'latest' })
    const copy = app.topic<number>('copy', { partitions: 1 })
    app.agent('copies', source, { sinks: [copy] }, async function* (stream) {
      yield* stream
    })
    for (const topic of [news, copy])
      app.agent(`reads-${topic.definition.name}`, topic, async (stream) => {
        for await (const _ of stream);
      })
    return { app, source, news }
  }
  const seen = (app: App) =>
    app.status().partitions.map(({ topic, partition, logEnd, frontier }) => ({
      topic,
      partition,
      logEnd,
      lag: logEnd - frontier,
    }))

  test('the end of a log is what it was when the partition was opened: an empty one has no lag', async () => {
    const log = createEmbeddedLog()
    const first = program(log)
    await first.app.start()
    expect(seen(first.app)).toEqual([
      { topic: 'copy', partition: 0, logEnd: 0, lag: 0 },
      { topic: 'news', partition: 0, logEnd: 0, lag: 0 },
      { topic: 'source', partition: 0, logEnd: 0, lag: 0 },
      { topic: 'source', partition: 1, logEnd: 0, lag: 0 },
    ])
    for (const value of [1, 2, 3]) await first.source.send({ value, partition: 0 })
    await first.news.send({ value: 1 })
    await until('all is copied', () =>
      seen(first.app).every(({ topic, lag, logEnd }) => lag === 0 && (topic !== 'copy' || logEnd >= 3)),
    )
    await first.app.stop()

    const { app } = program(log)
    await app.start()
    expect(seen(app).slice(1)).toMatchObject([{ logEnd: 1 }, { logEnd: 3 }, { logEnd: 0 }])
    await until('nothing is left', () => seen(app).every(({ lag }) => lag === 0))
  })
})

test('names agents whose function failed before it had a value, until it is called again', async () => {
  // A timer of Node may fire a moment before its time.
  const clock: Clock = { ...systemClock(), setTimeout: (fire, delay) => systemClock().setTimeout(fire, delay - 100) }
  const app = testApp({ clock, failures: { backoff: 500 } })
  const source = app.topic<number>('source', { partitions: 1 })
  const gate = deferred()
  let calls = 0
  app.agent('connect', source, async (stream) => {
    if (++calls === 1) throw new Error('no database')
    for await (const _ of stream) gate.resolve()
  })
  await app.start()
  await until('it has failed', () => app.status().failing.length === 1)
  const { failing } = app.status()
  expect(failing).toMatchObject([{ agent: 'connect', attempts: 1, error: 'no database' }])
  expect(failing[0]!.in).toBeLessThanOrEqual(500)
  await source.send({ value: 1 })
  await gate.promise
  expect(app.status().failing).toEqual([])
})
