import { readFile } from 'node:fs/promises'
import { type AppOptions, json, type Serializer } from '@faust/core'
import { describe, expect, test } from 'vitest'
import { drive, newApp, realTime } from './programs.ts'

/** A format that asks somebody, as one with a registry does: each answer takes real time. */
function asking<T>(format: Serializer<T>): Serializer<T> {
  const ask = async (): Promise<void> => {
    await readFile(new URL(import.meta.url))
    await realTime(20)
  }
  return {
    ...format,
    name: `asking ${format.name}`,
    encode: async (value, context) => {
      await ask()
      return format.encode(value, context)
    },
    decode: async (bytes, context) => {
      await ask()
      return format.decode(bytes, context)
    },
  }
}

test('a sleeping handler keeps no format from being waited for; one that never answers ends the call', async () => {
  const app = newApp()
  const source = app.topic<number>('source')
  const silent: Serializer<number> = { ...json<number>(), encode: () => new Promise(() => {}) }
  const target = app.topic('target', { value: silent })
  const slow = app.topic<number>('slow')
  const done = app.topic('done', { value: asking(json<number>()) })
  app.agent('work', source, async (stream) => {
    for await (const value of stream) await target.send({ value })
  })
  app.agent('sleep', slow, { concurrency: 4 }, async (stream) => {
    for await (const value of stream) {
      if (value > 0) await new Promise<void>((resolve) => void driver.clock.setTimeout(resolve, value))
      await done.send({ value })
    }
  })
  // Longer than a busy machine lets the real answers wait.
  const driver = await drive(app, { patience: 2000 })
  await driver.send(slow, [{ value: 3000 }, { value: 0 }])
  expect(await driver.read(done)).toMatchObject([{ value: 0 }])
  await driver.advance(3000)
  expect(await driver.read(done)).toMatchObject([{ value: 3000 }])
  await expect(driver.send(source, { value: 1 })).rejects.toMatchObject({
    code: 'FAUST_TIMEOUT',
    message: expect.stringContaining('A serializer has not answered') as string,
  })
  await driver.crash()
})

describe.each(['at-least-once', 'exactly-once'] as const)(
  '%s: formats that answer after real I/O are waited for',
  (guarantee) => {
    const options: Partial<AppOptions> = { guarantee }

    test('of what an agent reads and sends', async () => {
      const app = newApp(options)
      const source = app.topic('source', { value: asking(json<number>()) })
      const target = app.topic('target', { value: asking(json<number>()) })
      app.agent('work', source, async (stream) => {
        for await (const value of stream) await target.send({ value: value + 1 })
      })
      const driver = await drive(app)
      const begun = driver.clock.monotonic()
      await driver.send(source, [{ value: 1 }, { value: 2 }, { value: 3 }])
      expect(await driver.read(target)).toHaveLength(3)
      expect(driver.clock.monotonic()).toBe(begun)
    })

    test('of what it sends without waiting', async () => {
      const app = newApp(options)
      const source = app.topic<number>('source')
      const target = app.topic('target', { value: asking(json<number>()) })
      app.agent('work', source, async (stream) => {
        for await (const value of stream) void target.send({ value: value + 1 })
      })
      const driver = await drive(app)
      await driver.send(source, [{ value: 1 }, { value: 2 }, { value: 3 }])
      expect(await driver.read(target)).toHaveLength(3)
    })

    test('of what it yields', async () => {
      const app = newApp(options)
      const source = app.topic<number>('source')
      const target = app.topic('target', { value: asking(json<number>()) })
      app.agent('work', source, { sinks: [target] }, async function* (stream) {
        for await (const value of stream) yield value + 1
      })
      const driver = await drive(app)
      await driver.send(source, [{ value: 1 }, { value: 2 }, { value: 3 }])
      expect(await driver.read(target)).toHaveLength(3)
    })

    test('of a repartition topic, and of tables', async () => {
      const app = newApp(options)
      const source = app.topic<{ to: string }>('source')
      const counts = app.table('counts', {
        key: asking(json<string>()),
        value: asking(json<number>()),
        default: () => 0,
      })
      app.agent(
        'count',
        source.groupBy('to', { key: asking(json<string>()) }),
        { tables: [counts] },
        async (stream) => {
          for await (const { to } of stream) await counts.update(to, (count) => count + 1)
        },
      )
      const driver = await drive(app)
      await driver.send(source, [{ value: { to: 'a' } }, { value: { to: 'b' } }, { value: { to: 'a' } }])
      expect(await driver.table(counts)).toEqual(
        new Map([
          ['a', 2],
          ['b', 1],
        ]),
      )
      const begun = driver.clock.monotonic()
      expect(await driver.commit()).toBe(true)
      expect(driver.clock.monotonic() - begun).toBeLessThan(200)
      await driver.crash()
    })

    test('of what is gathered', async () => {
      const app = newApp(options)
      const source = app.topic('source', { value: asking(json<number>()), partitions: 1 })
      const lists = app.topic<number[]>('lists')
      app.agent('gather', source, async (stream) => {
        for await (const values of stream.take(2)) await lists.send({ value: values })
      })
      const driver = await drive(app)
      await driver.send(source, [{ value: 1 }, { value: 2 }, { value: 3 }])
      expect((await driver.read(lists)).map(({ value }) => value)).toEqual([[1, 2]])
    })

    test('of what comes from outside of agents', async () => {
      const app = newApp(options)
      const target = app.topic('target', { value: asking(json<number>()) })
      app.task('first', () => target.send({ value: 1 }))
      app.timer('tick', 1000, () => target.send({ value: 2 }))
      const driver = await drive(app)
      expect(await driver.read(target)).toHaveLength(1)
      await driver.advance(1000)
      expect(await driver.read(target)).toHaveLength(1)
      const begun = driver.clock.monotonic()
      const sent = target.send({ value: 3 })
      await driver.advance(0)
      expect(await driver.read(target)).toHaveLength(1)
      expect(driver.clock.monotonic()).toBe(begun)
      await sent
    })

    test('of final windows', async () => {
      const app = newApp(options)
      const source = app.topic<number>('source', { partitions: 1 })
      const target = app.topic('target', { value: asking(json()) })
      const counts = app.table('counts', { value: asking(json<number>()), default: () => 0 }).tumbling({ size: 1000 })
      app.agent('count', source, { tables: [counts] }, async (stream) => {
        for await (const { key } of stream.events()) await counts.update(key!, (count) => count + 1)
      })
      app.agent('tell', counts.final(), async (stream) => {
        for await (const value of stream) await target.send({ value })
      })
      const driver = await drive(app)
      await driver.send(source, { key: 'a', value: 1, timestamp: 500 })
      await driver.send(source, { key: 'a', value: 1, timestamp: 5000 })
      await driver.commit()
      expect(await driver.read(target)).toHaveLength(1)
    })
  },
)
