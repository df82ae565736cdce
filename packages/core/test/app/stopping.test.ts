import { expect, test } from 'vitest'
import { json, type Sensor, SENSOR_CONTRACT } from '../../src/index.ts'
import { createEmbeddedLog } from '../../src/transport/embedded/log/embedded-log.ts'
import { testApp } from '../support/test-app.ts'
import { until } from '../support/until.ts'

test('a value in hand is finished and committed, what is queued is left', async () => {
  const app = testApp()
  const input = app.topic('input', { value: json<number>(), partitions: 1 })
  const output = app.topic('output', { value: json<number>() })
  const begun: number[] = []
  const done: number[] = []
  app.agent('slow', input, async (stream) => {
    for await (const value of stream) {
      begun.push(value)
      await new Promise((resolve) => setTimeout(resolve, 50))
      await output.send({ value })
      await output.publish({ value })
      done.push(value)
    }
  })
  await app.start()
  await Promise.all([0, 1, 2, 3, 4, 5].map((value) => input.send({ value })))
  await until('it has begun', () => begun.length === 2)
  await app.stop()
  expect(done).toEqual([0, 1])
  expect(begun).toEqual([0, 1])
  expect(app.state).toBe('stopped')
  expect(app.monitor.snapshot().totals.failed).toBe(0)
})

test.each(['task', 'timer', 'handler'])('from a %s it begins at once and waits for nothing', async (where) => {
  const app = testApp({ stopTimeout: 60_000 })
  const input = app.topic('input', { value: json<number>() })
  let returned = false
  const stop = async (): Promise<void> => {
    await app.stop()
    returned = true
  }
  app.agent('read', input, async (stream) => {
    for await (const _ of stream) await stop()
  })
  if (where === 'task') app.task('end', stop)
  if (where === 'timer') app.timer('end', 5, stop)
  await app.start()
  if (where === 'handler') await input.send({ value: 1 })
  await app.done
  expect(returned).toBe(true)
  expect(app.state).toBe('stopped')
})

test('a task and a handler that hang keep nothing that others did from being committed, within stopTimeout', async () => {
  const log = createEmbeddedLog()
  const app = testApp({ log, stopTimeout: 600, commitInterval: 600_000 })
  const stuck = app.topic('stuck', { value: json<number>(), partitions: 1 })
  const sound = app.topic('sound', { value: json<number>(), partitions: 1 })
  let hanging = false
  app.agent('hang', stuck, async (stream) => {
    for await (const _ of stream) {
      hanging = true
      await new Promise(() => {})
    }
  })
  const done: number[] = []
  app.agent('work', sound, async (stream) => {
    for await (const value of stream) done.push(value)
  })
  app.task('sleep', () => new Promise(() => {}))
  await app.start()
  await stuck.send({ value: 1 })
  await sound.send({ value: 1 })
  await until('both are in hand', () => hanging && done.length === 1)
  const begun = performance.now()
  await app.stop()
  expect(performance.now() - begun).toBeLessThan(1500)
  const places = ['stuck', 'sound'].map((topic) => ({ topic, partition: 0 }))
  const offsets = log.fetchOffsets('test', places, { requireStable: true })
  expect(offsets.map(({ offset }) => offset)).toEqual([null, 1])
})

test('feeders end with the app', async () => {
  const app = testApp()
  const input = app.topic('input', { value: json<number>() })
  let sent = 0
  app.task('feed', async () => {
    for (;;) {
      await input.send({ value: sent++ })
    }
  })
  app.agent('read', input, async (stream) => {
    for await (const _ of stream);
  })
  await app.start()
  await until('it feeds', () => sent > 100)
  await app.stop()
  await app.done
})

test('before the start, twice, and together', async () => {
  const app = testApp()
  app.topic('input')
  await app.start()
  await Promise.all([app.stop(), app.stop()])
  await app.stop()
  await expect(app.start()).rejects.toMatchObject({ code: 'FAUST_TOO_LATE' })
  const never = testApp()
  await never.stop()
  await never.done
})

test('while it starts', async () => {
  const app = testApp()
  app.agent('read', app.topic('input'), async (stream) => {
    for await (const _ of stream);
  })
  let tasks = 0
  app.task('count', () => tasks++)
  const outcome = app.start().catch((error: unknown) => error)
  await app.stop()
  expect(await outcome).toMatchObject({ code: 'FAUST_ABORTED' })
  await app.done
  expect(app.state).toBe('stopped')
  expect(tasks).toBe(0)
})

test('a failing task ends the app with its cause', async () => {
  const app = testApp()
  app.task('break', () => {
    throw new Error('no')
  })
  await app.start().catch(() => {})
  await expect(app.done).rejects.toMatchObject({
    code: 'FAUST_WORK_FAILED',
    message: expect.stringMatching(/task break.*no/),
  })
})

test('a loop over a channel ends with the app', async () => {
  const app = testApp({ stopTimeout: 60_000 })
  const channel = app.channel<number>()
  const heard: number[] = []
  app.task('listen', async () => {
    for await (const value of channel) heard.push(value)
  })
  await app.start()
  await until('it listens', () => channel.subscribers === 1)
  await channel.send(1)
  await app.stop()
  expect(heard).toEqual([1])
})

test('a handler that fails at once is what start rejects with', async () => {
  const log = createEmbeddedLog({})
  const writer = testApp({ log, id: 'writer' })
  const filled = writer.topic('input', { value: json<number>() })
  await writer.start()
  await filled.send({ value: 1 })
  const app = testApp({ log })
  let fail!: () => void
  const failed = new Promise<void>((resolve) => (fail = resolve))
  app.agent('break', app.topic('input', { value: json<number>() }), async (stream) => {
    for await (const _ of stream) {
      fail()
      throw new Error('no')
    }
  })
  const starting = app.start().catch((error: unknown) => error)
  await failed
  await expect(app.done).rejects.toMatchObject({ code: 'FAUST_AGENT_FAILED' })
  const outcome = await starting
  expect(outcome === undefined || (outcome as { code: string }).code === 'FAUST_AGENT_FAILED').toBe(true)
  await app.stop()
  expect(app.state).toBe('crashed')
})

test('sensors are told that it stops, or has crashed, while they still run', async () => {
  const heard: string[] = []
  const sensor = (name: string): Sensor => ({
    name,
    contract: SENSOR_CONTRACT,
    start: async () => {},
    close: async () => void heard.push(`${name} closed`),
    onState: ({ state }) => void heard.push(`${name} ${state}`),
  })
  const one = testApp({ sensors: [sensor('one')] })
  await one.start()
  await one.stop()
  const two = testApp({ sensors: [sensor('two')] })
  two.task('fail', () => Promise.reject(new Error('boom')))
  await two.start()
  await expect(two.done).rejects.toThrow('boom')
  await two.stop().catch(() => {})
  expect(heard).toEqual([
    'one starting',
    'one running',
    'one stopping',
    'one closed',
    'one stopped',
    'two starting',
    'two running',
    'two crashed',
    'two closed',
  ])
})
