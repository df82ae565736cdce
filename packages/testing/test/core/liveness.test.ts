import { type AppOptions, embeddedTransport, type Sensor, type Stall } from '@faust/core'
import { intercepted } from '@faust-tools/test-support'
import { describe, expect, test } from 'vitest'
import { virtualClock } from '../../src/index.ts'
import { drive, newApp } from '../driver/programs.ts'

/** An agent that hangs at the values that `hangs` tells, until the clock says `ever`. */
function hanging(hangs: (value: number, attempt: number) => boolean, options: Partial<AppOptions> = {}) {
  const clock = virtualClock()
  const app = newApp({ stallTimeout: 1000, ...options })
  const input = app.topic<number>('input', { partitions: 2 })
  const seen: number[] = []
  const attempts = new Map<number, number>()
  app.agent('hang', input, { concurrency: 2 }, async (stream) => {
    for await (const value of stream) {
      attempts.set(value, (attempts.get(value) ?? 0) + 1)
      if (hangs(value, attempts.get(value)!)) await new Promise<void>((resolve) => void clock.setTimeout(resolve, 5000))
      seen.push(value)
    }
  })
  return { app, clock, input, seen }
}

const stalls = (list: readonly Stall[]): readonly object[] =>
  list.map(({ agent, kind, offset, partition, topic }) => ({ kind, agent, topic, partition, offset }))

describe('a handler that does not end', () => {
  test('is named with agent, partition and offset, and health says so until it moves', async () => {
    const { app, clock, input, seen } = hanging((value) => value === 2)
    const driver = await drive(app, { clock })
    await driver.send(
      input,
      [1, 2].map((value) => ({ value, partition: 1 })),
    )
    await driver.advance(900)
    expect(app.status()).toMatchObject({ healthy: true, stalls: [] })
    await driver.advance(600)
    expect(app.status().healthy).toBe(false)
    expect(stalls(app.status().stalls)).toEqual([
      { kind: 'handler', agent: 'hang', topic: 'input', partition: 1, offset: 1 },
    ])
    await driver.advance(5000)
    expect(seen).toEqual([1, 2])
    expect(app.status()).toMatchObject({ healthy: true, stalls: [] })
  })

  test('ends by `restart`, and its value is tried again', async () => {
    const { app, clock, input, seen } = hanging((value, attempt) => value === 2 && attempt === 1, {
      onStall: 'restart',
      revokeTimeout: 100,
    })
    const driver = await drive(app, { clock })
    await driver.send(
      input,
      [1, 2, 3].map((value) => ({ key: 'k', value, partition: 1 })),
    )
    await driver.advance(2000)
    expect(seen).toEqual([1, 2, 3])
    expect(app.status()).toMatchObject({ healthy: true })
  })

  test('that hangs each time ends by its policy', async () => {
    const { app, clock, input, seen } = hanging((value) => value === 2, {
      onStall: 'restart',
      revokeTimeout: 100,
      failures: { retries: 1, otherwise: 'skip' },
    })
    const driver = await drive(app, { clock })
    await driver.send(
      input,
      [1, 2, 3].map((value) => ({ key: 'k', value, partition: 1 })),
    )
    await driver.advance(4000)
    expect(seen.slice(0, 2)).toEqual([1, 3])
    expect(app.status().partitions.find(({ topic, partition }) => topic === 'input' && partition === 1)?.frontier).toBe(
      3,
    )
  })

  test('stops the app by `stop`', async () => {
    const { app, clock, input } = hanging((value) => value === 2, { onStall: 'stop' })
    const driver = await drive(app, { clock })
    await driver.send(input, { value: 2, partition: 0 })
    await expect(driver.advance(2000)).rejects.toMatchObject({
      code: 'FAUST_STALLED',
      message: expect.stringContaining(
        'Agent hang has had the value at topic input, partition 0, offset 0 in hand',
      ) as string,
      details: { kind: 'handler', agent: 'hang', topic: 'input', partition: 0, offset: 0 },
    })
  })

  test('is no value that waits for another try, nor one that `take` gathers', async () => {
    const app = newApp({ stallTimeout: 100, failures: { backoff: 1000 } })
    const input = app.topic<number>('input', { partitions: 1 })
    app.agent('gather', input, async (stream) => {
      for await (const _ of stream.take(5));
    })
    const driver = await drive(app)
    driver.failNext('gather', new Error('once'))
    await driver.send(input, { value: 1 })
    await driver.advance(10_000)
    expect(app.status().stalls).toEqual([])
  })
})

/** A transport of which a test may hold up one kind of call. */
function holding() {
  const held = { commit: false, poll: false }
  const sought: number[] = []
  const never = new Promise<never>(() => {})
  const transport = intercepted(embeddedTransport(), {
    consumer(made) {
      const [commit, poll, seek] = [made.commit.bind(made), made.poll.bind(made), made.seek.bind(made)]
      made.commit = (offsets) => (held.commit ? never : commit(offsets))
      made.poll = async (given) => {
        const batches = await poll(given)
        return held.poll ? [] : batches
      }
      // Whatever the consumer had lost, it begins anew.
      made.seek = (place, offset) => {
        held.poll = false
        sought.push(offset)
        seek(place, offset)
      }
    },
  })
  return { transport, held, sought }
}

/** An app of which a commit hangs, or which fetches nothing of what the log has, at offset 1 of its only partition. */
async function standingStill(what: 'commit' | 'fetch', onStall: 'log' | 'restart' | 'stop') {
  const clock = virtualClock()
  const { transport, held, sought } = holding()
  const told: Stall[] = []
  const sensor: Sensor = {
    name: 'told',
    contract: 1,
    start: () => Promise.resolve(),
    close: () => Promise.resolve(),
    onStall: (stall) => void told.push(stall),
  }
  const app = newApp({ transport, clock, stallTimeout: 1000, stopTimeout: 500, onStall, sensors: [sensor] })
  const input = app.topic<number>('input', { partitions: 1 })
  const seen: number[] = []
  app.agent('read', input, async (stream) => {
    for await (const value of stream) seen.push(value)
  })
  const done = app.done.then(
    () => undefined,
    (error: unknown) => error,
  )
  await clock.run(() => app.start())
  await clock.run(() => input.send({ value: 1 }))
  await clock.advance(50)
  held[what === 'fetch' ? 'poll' : what] = true
  sought.length = 0
  if (what === 'fetch') await clock.run(() => input.send({ value: 2 }))
  await clock.advance(4000)
  return { app, clock, done, held, seen, sought, told }
}

const HERE = { topic: 'input', partition: 0, offset: 1 }

describe.each(['commit', 'fetch'] as const)('a %s that hangs', (kind) => {
  test('is named with its partition and offset, by `log` no more', async () => {
    const { app, clock, held, told } = await standingStill(kind, 'log')
    expect(app.status()).toMatchObject({ state: 'running', healthy: false })
    expect(stalls(app.status().stalls)).toEqual([{ kind, ...HERE }])
    expect(stalls(told)).toEqual([{ kind, ...HERE }])
    held.commit = held.poll = false
    await clock.run(() => app.stop().catch(() => {}))
  })

  test('stops the app by `stop`', async () => {
    const { app, clock, done, told } = await standingStill(kind, 'stop')
    expect(await clock.run(() => done)).toMatchObject({ code: 'FAUST_STALLED', details: { kind, ...HERE } })
    expect(stalls(told)).toEqual([{ kind, ...HERE }])
    expect(app.status().healthy).toBe(false)
  })
})

test('a commit that hangs stops the app by `restart`: nothing else can end it', async () => {
  const { clock, done } = await standingStill('commit', 'restart')
  expect(await clock.run(() => done)).toMatchObject({ code: 'FAUST_STALLED', details: { kind: 'commit', ...HERE } })
})

test('a fetch that hangs begins anew by `restart`, at the same offset', async () => {
  const { app, clock, seen, sought, told } = await standingStill('fetch', 'restart')
  expect(stalls(told)).toEqual([{ kind: 'fetch', ...HERE }])
  expect([sought, seen]).toEqual([[1], [1, 2]])
  expect(app.status()).toMatchObject({ state: 'running', healthy: true, stalls: [] })
  await clock.run(() => app.stop())
})
