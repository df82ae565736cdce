import { describe, expect, test } from 'vitest'
import {
  type Clock,
  embeddedTransport,
  isFaustError,
  json,
  type Logger,
  silentLogger,
  systemClock,
  text,
  type Admin,
} from '../../src/index.ts'
import { createEmbeddedLog, type EmbeddedLog } from '../../src/transport/embedded/log/embedded-log.ts'
import { testApp } from '../support/test-app.ts'
import { byText, until } from '../support/until.ts'

describe('one actor', () => {
  test('sees the values of each partition in order', async () => {
    const app = testApp()
    const input = app.topic('input', { value: json<{ partition: number; n: number }>() })
    const seen: number[][] = [[], [], [], []]
    app.agent('read', input, async (stream) => {
      for await (const { partition, n } of stream) seen[partition]!.push(n)
    })
    await app.start()
    for (let n = 0; n < 400; n++) await input.send({ value: { partition: n % 4, n }, partition: n % 4 })
    await until('all are seen', () => seen.flat().length === 400)
    for (const [partition, values] of seen.entries()) {
      expect(values).toEqual(Array.from({ length: 100 }, (_, index) => index * 4 + partition))
    }
  })

  test('is called again after its function returns, and the last value is settled', async () => {
    const app = testApp()
    const input = app.topic('input', { value: json<number>(), partitions: 1 })
    const calls: number[][] = []
    app.agent('three', input, async (stream) => {
      const mine: number[] = []
      calls.push(mine)
      for await (const value of stream) {
        mine.push(value)
        if (mine.length === 3) break
      }
    })
    await app.start()
    for (let value = 0; value < 7; value++) await input.send({ value })
    await until('all are seen', () => calls.flat().length === 7)
    expect(calls).toEqual([[0, 1, 2], [3, 4, 5], [6]])
  })

  test('fails when its function does not read the stream', async () => {
    const app = testApp()
    app.agent('lazy', app.topic('input'), async () => {})
    await app.start().catch(() => {})
    await expect(app.done).rejects.toMatchObject({ code: 'FAUST_AGENT_ENDED' })
  })

  test.each([{ concurrency: 3 }, { isolatedPartitions: true }])(
    'says once that what it yields goes nowhere: %o',
    async (options) => {
      const warnings: unknown[] = []
      const logger: Logger = {
        ...silentLogger,
        warn: (...args: unknown[]) => void warnings.push(args),
        child: () => logger,
      }
      const app = testApp({ logger })
      const input = app.topic('input', { value: json<number>(), partitions: 3 })
      let seen = 0
      app.agent('unheard', input, options, async function* (stream) {
        for await (const value of stream) {
          seen++
          yield value
          if (value % 2 === 0) return
        }
      })
      app.agent('heard', input, { sinks: [() => {}] }, async function* (stream) {
        for await (const value of stream) yield value
      })
      await app.start()
      for (let value = 0; value < 9; value++) await input.send({ value, partition: value % 3 })
      await until('all are seen', () => seen === 9)
      expect(warnings).toEqual([
        [{ agent: 'unheard' }, expect.stringMatching(/^Agent unheard has no sinks: .* goes nowhere.*sinks: \[topic\]/)],
      ])
    },
  )

  test('fails when it has sinks and its function yields nothing, whatever its policy', async () => {
    const app = testApp()
    const input = app.topic('input', { value: json<number>() })
    const sinks = [app.topic('output', { value: json<number>() })]
    app.agent('silent', input, { sinks, failures: { otherwise: 'skip' } }, async (stream) => {
      for await (const _ of stream);
    })
    await app.start().catch(() => {})
    await expect(app.done).rejects.toMatchObject({
      code: 'FAUST_SETTING_INVALID',
      message: expect.stringMatching(/silent has sinks.*yields nothing.*async function\*/),
    })
  })

  test('refuses a second loop over its stream', async () => {
    const app = testApp()
    const input = app.topic('input', { value: json<number>() })
    app.agent('twice', input, async (stream) => {
      const loop = async (): Promise<void> => {
        for await (const _ of stream);
      }
      await Promise.all([loop(), loop()])
    })
    await app.start().catch(() => {})
    await expect(app.done).rejects.toMatchObject({
      code: 'FAUST_AGENT_FAILED',
      cause: expect.objectContaining({ code: 'FAUST_STREAM_CONSUMED' }),
    })
  })
})

describe('a handler that throws', () => {
  test('stops the app, names the record, and loses nothing', async () => {
    const log = createEmbeddedLog({})
    const seen: number[] = []
    let broken = true
    const program = () => {
      const app = testApp({ log })
      const input = app.topic('input', { value: json<number>(), partitions: 1 })
      app.agent('picky', input, async (stream) => {
        for await (const value of stream) {
          if (value === 5 && broken) throw new Error('five is bad')
          seen.push(value)
        }
      })
      return { app, input }
    }
    const first = program()
    await first.app.start()
    for (let value = 0; value < 10; value++) await first.input.send({ value })
    const error: unknown = await first.app.done.catch((caught: unknown) => caught)
    expect(error).toMatchObject({
      code: 'FAUST_AGENT_FAILED',
      details: { agent: 'picky', topic: 'input', partition: 0, offset: 5 },
    })
    expect(isFaustError(error) && error.message).toMatch(
      /Agent picky failed 4 times at topic input, partition 0, offset 5: five is bad/,
    )
    await first.app.stop()
    broken = false
    const second = program()
    await second.app.start()
    await until('the rest is seen', () => seen.includes(9))
    expect(new Set(seen)).toEqual(new Set([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]))
    expect(seen.filter((value) => value >= 5)).toEqual([5, 6, 7, 8, 9])
  })

  test('a record that cannot be decoded stops the app with its place', async () => {
    const log = createEmbeddedLog({})
    const writer = testApp({ log, id: 'writer' })
    const raw = writer.topic('input', { value: text(), partitions: 1 })
    await writer.start()
    await raw.send({ value: '{"fine":1}' })
    await raw.send({ value: 'not json' })
    const app = testApp({ log })
    const input = app.topic('input', { value: json() })
    const seen: unknown[] = []
    app.agent('read', input, async (stream) => {
      try {
        for await (const value of stream) seen.push(value)
      } catch {
        // Swallowed on purpose: the record must not be settled by that.
      }
    })
    await app.start().catch(() => {})
    await expect(app.done).rejects.toMatchObject({
      code: 'FAUST_AGENT_FAILED',
      details: { offset: 1 },
      cause: expect.objectContaining({ code: 'FAUST_DECODE' }),
    })
    expect(seen).toEqual([{ fine: 1 }])
  })
})

describe('concurrency', () => {
  test('works on several keys at once and keeps the order of each', async () => {
    const app = testApp()
    const input = app.topic('input', { value: json<number>() })
    const seen = new Map<string, number[]>()
    let running = 0
    let most = 0
    app.agent('slow', input, { concurrency: 8 }, async (stream) => {
      for await (const event of stream.events()) {
        most = Math.max(most, ++running)
        await new Promise((resolve) => setTimeout(resolve, event.value % 3))
        running--
        seen.set(event.key!, [...(seen.get(event.key!) ?? []), event.value])
      }
    })
    await app.start()
    const sends: Promise<void>[] = []
    for (let n = 0; n < 400; n++) sends.push(input.send({ key: `key-${n % 20}`, value: n }))
    await Promise.all(sends)
    await until('all are seen', () => [...seen.values()].flat().length === 400)
    expect(most).toBeGreaterThan(3)
    expect(most).toBeLessThanOrEqual(8)
    for (const [key, values] of seen) {
      const n = Number(key.slice(4))
      expect(values).toEqual(Array.from({ length: 20 }, (_, index) => index * 20 + n))
    }
  })

  test('commits nothing beyond an unfinished value, whatever finished first', async () => {
    const log = createEmbeddedLog({})
    const app = testApp({ log })
    const input = app.topic('input', { value: json<number>(), partitions: 1 })
    let release!: () => void
    const gate = new Promise<void>((resolve) => (release = resolve))
    const seen: number[] = []
    app.agent('gated', input, { concurrency: 4 }, async (stream) => {
      for await (const value of stream) {
        if (value === 2) await gate
        seen.push(value)
      }
    })
    await app.start()
    for (let value = 0; value < 20; value++) await input.send({ key: null, value })
    await until('the others are done', () => seen.length === 19)
    await app.commit()
    const committed = async (): Promise<number | null> => {
      const admin = await testAdmin(log)
      const [offset] = await admin.committedOffsets('test', [{ topic: 'input', partition: 0 }], { requireStable: true })
      return offset!.offset
    }
    expect(await committed()).toBe(2)
    release()
    await until('it is done', () => seen.length === 20)
    await app.commit()
    expect(await committed()).toBe(20)
  })
})

test('isolated partitions have an actor each', async () => {
  const app = testApp()
  const input = app.topic('input', { value: json<number>() })
  const byCall: Set<number>[] = []
  app.agent('isolated', input, { isolatedPartitions: true }, async (stream) => {
    const mine = new Set<number>()
    byCall.push(mine)
    for await (const event of stream.events()) mine.add(event.partition)
  })
  await app.start()
  for (let n = 0; n < 40; n++) await input.send({ value: n, partition: n % 4 })
  await until('all partitions are seen', () => byCall.filter((mine) => mine.size > 0).length === 4)
  expect(byCall.map((mine) => [...mine])).toEqual(expect.arrayContaining([[0], [1], [2], [3]]))
  expect(byCall).toHaveLength(4)
})

describe('results', () => {
  test('go to the sinks in order, a topic under the key of the value', async () => {
    const app = testApp()
    const input = app.topic('input', { value: json<number>() })
    const output = app.topic('output', { value: json<string>() })
    const channel = app.channel<string>()
    const heard: string[] = []
    const listening = (async () => {
      for await (const value of channel) heard.push(value)
    })()
    const called: string[] = []
    app.agent(
      'double',
      input,
      { sinks: [output, channel, (value: string) => void called.push(value)] },
      async function* (stream) {
        for await (const value of stream) yield `${value} twice is ${value * 2}`
      },
    )
    const received: [string | null, string][] = []
    app.agent('receive', output, async (stream) => {
      for await (const event of stream.events()) received.push([event.key, event.value])
    })
    await app.start()
    for (let value = 0; value < 3; value++) await input.send({ key: `k${value}`, value })
    await until('all are received', () => received.length === 3)
    expect(received.toSorted(byText)).toEqual([
      ['k0', '0 twice is 0'],
      ['k1', '1 twice is 2'],
      ['k2', '2 twice is 4'],
    ])
    expect(called.toSorted(byText)).toEqual(received.map(([, value]) => value).toSorted(byText))
    channel.close()
    await listening
    expect(heard.toSorted(byText)).toEqual(called.toSorted(byText))
  })
})

async function testAdmin(log: EmbeddedLog): Promise<Admin> {
  const transport = embeddedTransport({ log })
  await transport.start({ app: 'admin', clock: systemClock(), logger: silentLogger })
  return transport.admin
}

test('a hot key does not keep the other lanes waiting until its own is empty', async () => {
  const app = testApp()
  const input = app.topic('input', { value: json<number>(), partitions: 1 })
  const order: string[] = []
  app.agent('work', input, { concurrency: 4 }, async (stream) => {
    for await (const { key } of stream.events()) {
      order.push(key!)
      if (key === 'hot') await new Promise((resolve) => setTimeout(resolve, 1))
    }
  })
  await app.start()
  const keys = [...Array.from({ length: 66 }, () => 'hot'), ...Array.from({ length: 30 }, (_, n) => `cold-${n}`)]
  await Promise.all(keys.map((key, value) => input.send({ key, value })))
  await until('all are worked on', () => order.length === 96)
  expect(order.findIndex((key) => key !== 'hot')).toBeLessThan(20)
})

test('gathering in lanes does not hold up commits', async () => {
  const machine = systemClock()
  const delays: number[] = []
  const clock: Clock = {
    ...machine,
    setTimeout: (callback, delay) => {
      delays.push(delay)
      return machine.setTimeout(callback, delay)
    },
  }
  const app = testApp({ commitInterval: 3_600_000, clock })
  const input = app.topic('input', { value: json<number>(), partitions: 1 })
  let seen = 0
  app.agent('gather', input, { concurrency: 4 }, async (stream) => {
    for await (const list of stream.take(7)) seen += list.length
  })
  await app.start()
  await Promise.all(Array.from({ length: 400 }, (_, value) => input.send({ key: `key-${value % 50}`, value })))
  await until('most are seen', () => seen > 370)
  delays.length = 0
  await app.commit()
  // A task that is not quiet is waited for, 100 ms at most.
  expect(delays).not.toContain(100)
})
