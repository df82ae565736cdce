import { readFile } from 'node:fs/promises'
import type { App, Topic } from '@faust/core'
import { expect, test } from 'vitest'
import { virtualClock } from '../../src/index.ts'
import { drive, newApp, realTime, shout } from './programs.ts'

test('take within hands over when the clock has come so far', async () => {
  const app = newApp()
  const source = app.topic<number>('source', { partitions: 1 })
  const lists = app.topic<number[]>('lists')
  app.agent('gather', source, async (stream) => {
    for await (const values of stream.take(3, { within: 500 })) await lists.send({ value: values })
  })
  const driver = await drive(app)
  const read = async (): Promise<number[][]> => (await driver.read(lists)).map(({ value }) => value)
  await driver.send(source, [{ value: 1 }, { value: 2 }])
  await driver.advance(499)
  expect(await read()).toEqual([])
  await driver.advance(1)
  expect(await read()).toEqual([[1, 2]])
  await driver.send(source, [{ value: 3 }, { value: 4 }, { value: 5 }, { value: 6 }])
  expect(await read()).toEqual([[3, 4, 5]])
})

test('a handler that sleeps holds up nobody; advance wakes it', async () => {
  const clock = virtualClock()
  const app = newApp()
  const source = app.topic<string>('source')
  const target = app.topic<string>('target')
  app.agent('sleep', source, async (stream) => {
    for await (const value of stream) {
      await new Promise<void>((resolve) => void clock.setTimeout(resolve, 3000))
      await target.send({ value })
    }
  })
  const driver = await drive(app, { clock })
  expect(driver.clock).toBe(clock)
  await driver.send(source, { key: 'k', value: 'late' })
  expect(await driver.read(target)).toEqual([])
  await driver.advance(2999)
  expect(await driver.read(target)).toEqual([])
  await driver.advance(1)
  expect(await driver.read(target)).toMatchObject([{ value: 'late' }])
})

test('a commit and a close let the time pass that they need', async () => {
  const app = newApp()
  const source = app.topic<string>('source')
  let done = false
  app.agent('sleep', source, async (stream) => {
    for await (const _ of stream) {
      await new Promise<void>((resolve) => void driver.clock.setTimeout(resolve, 3000))
      done = true
    }
  })
  const driver = await drive(app)
  const begun = driver.clock.monotonic()
  await driver.send(source, { value: 'late' })
  expect(await driver.commit()).toBe(true)
  expect(driver.clock.monotonic() - begun).toBe(100)
  await driver.close()
  expect(done).toBe(true)
  expect(driver.clock.monotonic() - begun).toBe(3000)
})

test('timers run at their moments, commits too, and tasks at the start', async () => {
  const app = newApp({ commitInterval: 200 })
  const ticks = app.topic<number>('ticks', { partitions: 1 })
  app.task('first', () => ticks.send({ value: -1 }))
  app.timer('tick', 1000, () => ticks.send({ value: driver.clock.monotonic() - begun }))
  app.agent('read', ticks, async (stream) => {
    for await (const _ of stream) continue
  })
  const driver = await drive(app)
  const begun = driver.clock.monotonic()
  expect(await driver.read(ticks)).toMatchObject([{ value: -1 }])
  await driver.advance(3500)
  expect((await driver.read(ticks)).map(({ value }) => value)).toEqual([1000, 2000, 3000])
  expect(app.status().partitions[0]?.committed).toBe(4)
})

test('concurrent handlers sleep side by side, and one key keeps its order', async () => {
  const app = newApp()
  const source = app.topic<number>('source', { partitions: 1 })
  const target = app.topic<number>('target', { partitions: 1 })
  let inHand = 0
  let most = 0
  app.agent('work', source, { concurrency: 8 }, async (stream) => {
    for await (const event of stream.events()) {
      most = Math.max(most, ++inHand)
      await new Promise<void>((resolve) => void driver.clock.setTimeout(resolve, 1000 - event.value))
      inHand--
      await target.send({ key: event.key, value: event.value })
    }
  })
  const driver = await drive(app)
  const records = Array.from({ length: 40 }, (_, index) => ({ key: `key-${index % 20}`, value: index }))
  await driver.send(source, records)
  expect(most).toBeGreaterThan(4)
  const before = driver.clock.monotonic()
  while (app.status().partitions[0]!.frontier < 40) await driver.advance(100)
  expect(driver.clock.monotonic() - before).toBeLessThan(20_000)
  const found = await driver.read(target)
  expect(found).toHaveLength(40)
  for (let index = 0; index < 20; index++) {
    const ofKey = found.filter(({ key }) => key === `key-${index}`)
    expect(ofKey.map(({ value }) => value)).toEqual([index, index + 20])
  }
})

test('a handler that does real work is waited for', async () => {
  const app = newApp()
  const source = app.topic<number>('source')
  const target = app.topic<number>('target')
  app.agent('work', source, async (stream) => {
    for await (const value of stream) {
      const bytes = await readFile(new URL(import.meta.url))
      await realTime(40)
      await target.send({ value: value + bytes.length })
    }
  })
  const driver = await drive(app, { patience: 500 })
  const begun = driver.clock.monotonic()
  // Together they take longer than the patience, which counts from the last movement.
  await driver.send(
    source,
    Array.from({ length: 15 }, (_, value) => ({ value })),
  )
  expect(await driver.read(target)).toHaveLength(15)
  expect(driver.clock.monotonic()).toBe(begun)
})

test('a handler that waits for the test needs a call that is not awaited yet', async () => {
  const app = newApp()
  const source = app.topic<string>('source')
  const target = app.topic<string>('target')
  let open = (): void => {}
  app.agent('wait', source, async (stream) => {
    for await (const value of stream) {
      await new Promise<void>((resolve) => (open = resolve))
      await target.send({ value })
    }
  })
  const driver = await drive(app)
  const sent = driver.send(source, { value: 'x' })
  while (app.status().partitions.every(({ agents }) => agents[0]!.inHand === 0)) await realTime(1)
  expect(await driver.read(target)).toEqual([])
  open()
  await sent
  expect(await driver.read(target)).toHaveLength(1)
})

test('without patience a call leaves in hand what waits for the test', async () => {
  const { app, source, release } = stuck()
  const driver = await drive(app, { patience: 0 })
  await driver.send(source, { value: 'x' })
  await driver.advance(1000)
  expect(app.status().partitions.flatMap(({ agents }) => agents.map(({ inHand }) => inHand))).toContain(1)
  release()
  await driver.advance(0)
  expect(app.status().partitions.flatMap(({ agents }) => agents.map(({ inHand }) => inHand))).not.toContain(1)
})

test('a handler that never comes back is named', async () => {
  const { app, source, release } = stuck()
  const driver = await drive(app, { patience: 30 })
  await expect(driver.send(source, { key: 'k', value: 'x' })).rejects.toMatchObject({
    code: 'FAUST_TIMEOUT',
    message: expect.stringMatching(
      /^Handlers have had values in hand for 30 ms of real time, and nothing moved: agent stuck \(1 of source, partition \d, from offset 0\)\./,
    ) as string,
  })
  release()
  await driver.advance(0)
})

test('the same seed gives the same run, another one another', async () => {
  const run = async (seed: number): Promise<unknown> => {
    const { app, said, shouted } = shout()
    const driver = await drive(app, { seed })
    const values = Array.from({ length: 50 }, () => ({ value: driver.clock.uuid() }))
    await driver.send(said, values)
    await driver.advance(10_000)
    await driver.send(said, values)
    await driver.close()
    return [
      await driver.read(said),
      await driver.read(shouted),
      driver.clock.monotonic(),
      app.monitor.snapshot().totals,
    ]
  }
  const one = await run(7)
  expect(await run(7)).toEqual(one)
  expect(await run(8)).not.toEqual(one)
})

/** A program whose handler waits until it is released. */
function stuck(): { app: App; source: Topic<string, string>; release: () => void } {
  const app = newApp()
  const source = app.topic<string>('source')
  const gate = new AbortController()
  const released = new Promise<void>((resolve) => gate.signal.addEventListener('abort', () => resolve()))
  app.agent('stuck', source, async (stream) => {
    for await (const _ of stream) await released
  })
  return { app, source, release: () => gate.abort() }
}

test('a timer waits a whole interval first, never overlaps itself and leaves out what it was too slow for', async () => {
  const clock = virtualClock()
  const begun = clock.now()
  const app = newApp()
  const runs: number[] = []
  app.timer('slow', 1000, async () => {
    runs.push(clock.now() - begun)
    await new Promise<void>((resolve) => void clock.setTimeout(resolve, 2500))
  })
  const driver = await drive(app, { clock })
  await driver.advance(9000)
  expect(runs).toEqual([1000, 3500, 6000, 8500])
})

test('a cron runs at its moments, each once, and leaves out those that come while it runs', async () => {
  const clock = virtualClock({ start: Date.UTC(2026, 2, 1, 8, 58, 30) })
  const app = newApp()
  const runs: string[] = []
  const note = (what: string): void => void runs.push(`${what} ${new Date(clock.now()).toISOString().slice(11, 19)}`)
  app.cron('morning', '0 10 * * *', { timeZone: 'Europe/Berlin' }, () => note('morning'))
  app.cron('slow', '* * * * *', async () => {
    note('slow')
    await new Promise<void>((resolve) => void clock.setTimeout(resolve, 90_000))
  })
  const driver = await drive(app, { clock })
  await driver.advance(5 * 60_000)
  expect(runs).toEqual(['slow 08:59:00', 'morning 09:00:00', 'slow 09:01:00', 'slow 09:03:00'])
})

test('a cron comes once for each of its moments, however the clock is set meanwhile', async () => {
  const clock = virtualClock({ start: Date.UTC(2026, 2, 1, 9, 59, 30) })
  const app = newApp()
  const runs: string[] = []
  app.cron('hourly', '0 * * * *', () => void runs.push(new Date(clock.now()).toISOString().slice(11, 16)))
  const driver = await drive(app, { clock })
  await driver.advance(60_000)
  clock.jump(-10 * 60_000)
  await driver.advance(30 * 60_000)
  expect(runs).toEqual(['10:00'])
  clock.jump(35 * 60_000)
  await driver.advance(6 * 60_000)
  expect(runs).toEqual(['10:00', '11:00'])
})
