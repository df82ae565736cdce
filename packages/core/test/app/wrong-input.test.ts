import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  type App,
  bytes,
  compose,
  createApp,
  embeddedStore,
  embeddedTransport,
  isFaustError,
  json,
  type Serializer,
  silentLogger,
  text,
} from '../../src/index.ts'
import { createEmbeddedLog } from '../../src/transport/embedded/log/embedded-log.ts'
import { testApp } from '../support/test-app.ts'
import { until } from '../support/until.ts'

/** The error that `work` throws or rejects with. */
async function errorOf(work: () => unknown): Promise<{ code: string; message: string }> {
  try {
    await work()
  } catch (error) {
    if (!isFaustError(error)) throw error
    return error
  }
  throw new Error('nothing was thrown')
}

function agentWith(options: object): void {
  const app = testApp()
  app.agent('a', app.topic('t'), options, async () => {})
}

describe('declarations', () => {
  test.each([
    ['orders!', 'FAUST_NAME_INVALID', /"orders!".*"!"/],
    ['', 'FAUST_NAME_INVALID', /empty/],
    [undefined as unknown as string, 'FAUST_NAME_INVALID', /of a topic is missing/],
    [{ a: 1 } as unknown as string, 'FAUST_NAME_INVALID', /The name of a topic is of type object, not a string\.$/],
    ['x'.repeat(250), 'FAUST_NAME_INVALID', /250 characters/],
    ['..', 'FAUST_NAME_INVALID', /path/],
  ])('topic %s', async (name, code, message) => {
    const error = await errorOf(() => testApp().topic(name))
    expect(error.code).toBe(code)
    expect(error.message).toMatch(message)
  })

  test.each([
    [
      'agent',
      (app: App) => app.agent(app.topic('t') as never, (() => {}) as never, undefined as never),
      /of an agent is of type object/,
    ],
    ['task', (app: App) => app.task((() => {}) as never, undefined as never), /of a task is of type function, not/],
    [
      'timer',
      (app: App) => app.timer(30 as never, (() => {}) as never, undefined as never),
      /of a timer is of type number/,
    ],
    ['cron', (app: App) => app.cron(undefined as never, '* * * * *', () => {}), /of a cron is missing/],
    ['setTable', (app: App) => app.setTable(null as never), /of a table is null/],
  ])('%s without a name', async (_, declare, message) => {
    const error = await errorOf(() => declare(testApp()))
    expect(error.code).toBe('FAUST_NAME_INVALID')
    expect(error.message).toMatch(message)
    expect(error.message.length).toBeLessThan(200)
  })

  test.each([
    [{ id: 'a', commitIntervall: 5 }, /commitIntervall.*does not exist/],
    [{ id: 'a', commitInterval: 0 }, /commitInterval.*is 0/],
    [{ id: 'a', commitInterval: 1.5 }, /commitInterval.*1\.5/],
    [{ id: 'a', copyRetention: 59_999 }, /copyRetention.*rebalanceTimeout/],
    [{ id: 'a', sessionTimeout: 1000 }, /heartbeatInterval.*third of sessionTimeout/],
    [{ id: 'a', version: 'two' }, /version.*two/],
  ])('option %j', async (options, message) => {
    const error = await errorOf(() => createApp(options as never))
    expect(error.code).toBe('FAUST_SETTING_INVALID')
    expect(error.message).toMatch(message)
  })

  test.each([
    ['topic', () => testApp().topic('t', { partition: 4 } as never), /Topic t: the option `partition` does not exist/],
    ['topic', () => testApp().topic('t', { partitions: -1 }), /`partitions` is -1/],
    ['topic', () => testApp().topic('t', { startAt: 'late' as never }), /`startAt` is late/],
    ['topic', () => testApp().topic('t', { value: json as never }), /`value` is a function: call it/],
    ['topic', () => testApp().topic('t', { value: 'json' as never }), /`value` is no serializer/],
    [
      'topic',
      () => testApp().topic('t', { value: z.string() as never }),
      /Topic t: .*`value` is a schema.*json\(schema\)/,
    ],
    [
      'topic',
      () => testApp().topic('t', { value: Object.assign(() => {}, { '~standard': z.string()['~standard'] }) as never }),
      /is a schema/,
    ],
    ['json', () => json({ a: z.string() } as never), /json\(schema\): this is no schema.*json\(z\.object/],
    ['json', () => json(null as never), /this is no schema/],
    ['table', () => testApp().table('t', { defualt: 0 } as never), /Table t: the option `defualt` does not exist/],
    ['table', () => testApp().table('t', { default: 0 as never }), /`default` must be a function/],
    [
      'tumbling',
      () =>
        testApp()
          .table('t')
          .tumbling(undefined as never),
      /Table t, tumbling: the options are undefined\. Give an object; its options are size, grace/,
    ],
    [
      'hopping',
      () =>
        testApp()
          .table('t')
          .hopping(60 as never),
      /Table t, hopping: the options are 60/,
    ],
    [
      'sliding',
      () =>
        testApp()
          .table('t')
          .sliding(null as never),
      /Table t, sliding: the options are null/,
    ],
    [
      'session',
      () =>
        testApp()
          .table('t')
          .session(undefined as never),
      /Table t, session: the options are undefined/,
    ],
    [
      'session',
      () =>
        testApp()
          .table('t')
          .session({ size: 5 } as never),
      /Table t, session: the option `size` does not exist\. Options are gap, merge/,
    ],
    [
      'groupBy',
      () =>
        testApp()
          .topic('t')
          .groupBy('a' as never, { nam: 'x' } as never),
      /`nam` does not exist/,
    ],
    ['channel', () => testApp().channel({ capacty: 1 } as never), /`capacty` does not exist/],
    ['transport', () => embeddedTransport({ dir: 'x' } as never), /`dir` does not exist/],
    ['transport', () => embeddedTransport({ partitions: 0 }), /`partitions` is 0/],
    ['app', () => createApp(undefined as never), /createApp: the options are undefined/],
    ['agent', () => agentWith({ tables: testApp().table('t') }), /Agent a: `tables` must be a list/],
    ['agent', () => agentWith({ sinks: ['output'] }), /Agent a: `sinks` must list topics/],
    ['agent', () => agentWith({ sinks: testApp().topic('t') }), /Agent a: `sinks` must list topics/],
    ['task', () => testApp().task('t', undefined as never), /app\.task\(name, async/],
    ['cron', () => testApp().cron('t', '* * * * *', undefined as never), /app\.cron\(name, '0 9 \* \* \*', async/],
    ['cron', () => testApp().cron('t', '* * * * *', (() => {}) as never, {} as never), /app\.cron\(name/],
    ['cron', () => testApp().cron('t', '* * * * *', { zone: 'UTC' } as never, () => {}), /`zone` does not exist/],
    ['timer', () => testApp().timer('t', 5, undefined as never), /app\.timer\(name, interval, async/],
    ['app', () => createApp({ id: 'a', sensors: {} as never }), /`sensors` must be a list/],
    ['app', () => createApp({ id: 'a', logger: { ...silentLogger, child: 1 } as never }), /no function `child`/],
    ['compose', () => compose(undefined as never), /The serializer is undefined/],
  ])('an option of a %s that does not exist or cannot be', async (_, declare, message) => {
    const error = await errorOf(declare)
    expect(error.code).toBe('FAUST_SETTING_INVALID')
    expect(error.message).toMatch(message)
  })

  test('an app id that can name no group', async () => {
    expect((await errorOf(() => createApp({ id: 'my app' }))).code).toBe('FAUST_NAME_INVALID')
  })

  test('an adapter of another contract', async () => {
    const store = { ...embeddedStore(), name: 'strange', contract: 99 }
    const error = await errorOf(() => createApp({ id: 'a', store }))
    expect(error.code).toBe('FAUST_CONTRACT_UNSUPPORTED')
    expect(error.message).toMatch(/store strange.*99.*speaks version 1.*Update @faust\/core/)
  })

  test.each([
    ['a factory', { store: embeddedStore }, /The store is the function embeddedStore.*embeddedStore\(…\)/],
    ['a name', { store: 'level' }, /The store is level.*docs\/plugins\/store\.md/],
    ['something else', { sensors: [{}] }, /The sensor has no `contract`/],
    ['half a sensor', { sensors: [{ name: 's', contract: 1, start() {} }] }, /The sensor s has no function `close`/],
  ])('%s in the place of an adapter', async (_, options, message) => {
    const error = await errorOf(() => createApp({ id: 'a', ...(options as object) }))
    expect(error.code).toBe('FAUST_SETTING_INVALID')
    expect(error.message).toMatch(message)
  })

  test('final results of a table that no agent fills, read or sent to a topic', async () => {
    const app = testApp()
    app.agent('other', app.topic('input'), async () => {})
    app.table('counts').tumbling({ size: 1000 }).final(app.topic('output'))
    const error = await errorOf(() => app.start())
    expect(error.code).toBe('FAUST_SETTING_INVALID')
    expect(error.message).toMatch(/final results of table counts .* no agent fills it\. Add it to the options/)
  })

  test('a serializer of another contract', async () => {
    const error = await errorOf(() => testApp().topic('input', { value: { ...text(), name: 'old', contract: 0 } }))
    expect(error.code).toBe('FAUST_CONTRACT_UNSUPPORTED')
    expect(error.message).toMatch(/serializer old.*version 0.*Update old/)
  })

  test('a store that outlives its log, also before there is a table', async () => {
    const store = embeddedStore()
    Object.defineProperty(store, 'supports', { value: { ...store.supports, persistent: true } })
    const app = createApp({ id: 'a', store, logger: silentLogger })
    app.done.catch(() => {})
    const error = await errorOf(() => app.start())
    expect(error.code).toBe('FAUST_STORE_OUTLIVES_LOG')
    expect(error.message).toMatch(/directory.*leave the store out/)
  })

  test('a stream or a table of another app, also one of the same name', async () => {
    const read = async (stream: AsyncIterable<unknown>): Promise<void> => {
      for await (const _ of stream);
    }
    const [one, other] = [testApp(), testApp()]
    const stream = await errorOf(() => one.agent('read', other.topic('input'), read))
    expect(stream.message).toMatch(/topic or stream of this app/)
    const table = await errorOf(() => one.agent('read', one.topic('input'), { tables: [other.table('t')] }, read))
    expect(table.message).toMatch(/table t was declared with another app/)
  })

  test('one name twice, and a declaration after the start', async () => {
    const app = testApp()
    app.topic('input')
    expect((await errorOf(() => app.topic('input'))).code).toBe('FAUST_NAME_TAKEN')
    await app.start()
    expect((await errorOf(() => app.topic('late'))).code).toBe('FAUST_TOO_LATE')
    expect((await errorOf(() => app.configure({}))).code).toBe('FAUST_TOO_LATE')
  })

  test('two different groupBy that reach one name, and the name that resolves it', async () => {
    const declare = (name?: string) => {
      const app = testApp()
      const input = app.topic('input', { value: json<{ a: string }>() })
      const read = async (stream: AsyncIterable<unknown>): Promise<void> => {
        for await (const _ of stream);
      }
      app.agent('one', input.groupBy('a'), read)
      app.agent('two', input.filter(({ a }) => a !== '').groupBy('a', { name }), read)
      return app
    }
    const error = await errorOf(() => declare().start())
    expect(error.code).toBe('FAUST_NAME_TAKEN')
    expect(error.message).toMatch(/name/)
    await declare('nonempty-a').start()
  })

  test('the same groupBy twice is one', async () => {
    const app = testApp()
    const input = app.topic('input', { value: json<{ a: string }>() })
    const seen: [string, unknown][] = []
    for (const name of ['one', 'two']) {
      app.agent(name, input.groupBy('a'), async (stream) => {
        for await (const value of stream) seen.push([name, value])
      })
    }
    await app.start()
    await input.send({ value: { a: 'x' } })
    await until('both have it', () => seen.length === 2)
    await app.commit()
    expect(seen.map(([name]) => name).toSorted((a, b) => (a < b ? -1 : 1))).toEqual(['one', 'two'])
    expect(app.monitor.snapshot().totals.sent).toBe(2)
  })
})

describe('the log', () => {
  test('a topic that must exist', async () => {
    const app = testApp()
    app.topic('absent', { create: false })
    const error = await errorOf(() => app.start())
    expect(error.code).toBe('FAUST_TOPIC_MISSING')
    expect(error.message).toMatch(/absent/)
  })

  test('a topic with another partition count', async () => {
    const log = createEmbeddedLog({})
    const first = testApp({ log, id: 'first' })
    first.topic('input', { partitions: 2 })
    await first.start()
    const second = testApp({ log, id: 'second' })
    second.topic('input', { partitions: 3 })
    const error = await errorOf(() => second.start())
    expect(error.code).toBe('FAUST_TOPIC_DIFFERS')
    expect(error.message).toMatch(/input has 2 partitions, but 3 were declared/)
  })

  test('sending before the start, to no such partition, or too much', async () => {
    const app = testApp()
    const input = app.topic('input', { value: text() })
    expect((await errorOf(() => input.send({ value: 'x' }))).code).toBe('FAUST_NOT_STARTED')
    await app.start()
    const error = await errorOf(() => input.send({ value: 'x', partition: 9 }))
    expect(error.code).toBe('FAUST_PARTITION_UNKNOWN')
    expect(error.message).toMatch(/0 to 3, not 9/)
    const large = await errorOf(() => input.send({ value: 'x'.repeat(2_000_000) }))
    expect(large.code).toBe('FAUST_RECORD_TOO_LARGE')
    expect(large.message).toMatch(/input.*max\.message\.bytes/)
  })
})

describe('serializers that fail', () => {
  const broken: Serializer<string> = {
    ...text(),
    name: 'broken',
    encode: () => {
      throw new Error('no ink')
    },
  }

  test('in a send: the sender learns it', async () => {
    const app = testApp()
    const input = app.topic('input', { value: broken })
    await app.start()
    const error = await errorOf(() => input.send({ value: 'x' }))
    expect(error.code).toBe('FAUST_ENCODE')
    expect(error.message).toMatch(/value of a record for topic input.*broken.*no ink/)
  })

  test.each([
    ['a string', String, /a string.*TextEncoder/],
    ['nothing', () => undefined, /gave undefined/],
    ['a string, later', async () => 'x', /a string/],
  ])('in a send and in a table: %s is no bytes', async (_, encode, message) => {
    const app = testApp()
    const wrong = { ...text(), name: 'wrong', encode } as unknown as Serializer<string>
    const input = app.topic('input', { value: wrong })
    const good = app.topic('good', { value: text() })
    const table = app.table('things', { value: wrong })
    app.agent('write', good, { tables: [table] }, async (stream) => {
      for await (const { key, value } of stream.events()) await table.set(key!, value)
    })
    await app.start()
    const sent = await errorOf(() => input.send({ value: 'x' }))
    expect(sent.code).toBe('FAUST_ENCODE')
    expect(sent.message).toMatch(/value of a record for topic input.*wrong/)
    expect(sent.message).toMatch(message)
    await good.send({ key: 'a', value: 'x' })
    const kept = await errorOf(() => app.done)
    expect(kept.code).toBe('FAUST_ENCODE')
    expect(kept.message).toMatch(/Table things/)
    expect(kept.message).toMatch(message)
  })

  test('in a send: a value that json can not write is named once', async () => {
    const app = testApp()
    const input = app.topic('input', { value: json() })
    await app.start()
    const error = await errorOf(() => input.send({ value: { n: 1n } }))
    expect(error.code).toBe('FAUST_ENCODE')
    expect(error.message).toMatch(/^The value of a record of 'input' has at n a bigint/)
    expect(error.message.match(/record/g)).toHaveLength(1)
  })

  test('in a send: a promise is no value, and no key, in any format', async () => {
    const app = testApp()
    const input = app.topic('input', { key: bytes(), value: bytes() })
    await app.start()
    for (const part of ['key', 'value'] as const) {
      const record = { key: Uint8Array.of(1), value: Uint8Array.of(1), [part]: Promise.resolve(Uint8Array.of(1)) }
      const error = await errorOf(() => input.send(record))
      expect(error).toMatchObject({ code: 'FAUST_ENCODE', details: { topic: 'input', part } })
      expect(error.message).toBe(`The ${part} of a record for topic input is a promise: await it first.`)
    }
  })

  test('in a send: a value that was left out is no null', async () => {
    const app = testApp()
    const input = app.topic<string | null>('input', { tombstones: true })
    await app.start()
    const error = await errorOf(() => input.send({ key: 'a' } as never))
    expect(error).toMatchObject({ code: 'FAUST_ENCODE', details: { topic: 'input', part: 'value' } })
    expect(error.message).toContain('has no value')
    await input.send({ key: 'a', value: null })
  })

  test('in a table: the app stops, nothing is committed', async () => {
    const app = testApp()
    const input = app.topic('input', { value: text() })
    const table = app.table('things', { value: broken })
    app.agent('write', input, { tables: [table] }, async (stream) => {
      for await (const { key, value } of stream.events()) await table.set(key!, value)
    })
    await app.start()
    await input.send({ key: 'a', value: 'x' })
    const error = await errorOf(() => app.done)
    expect(error.code).toBe('FAUST_ENCODE')
    expect(error.message).toMatch(/Table things, partition \d.*no ink/)
    expect(app.monitor.snapshot().totals.commits).toBe(0)
  })

  test('in a groupBy: the record is named', async () => {
    const app = testApp()
    const input = app.topic('input', { value: json<{ n: number }>() })
    app.agent('read', input.groupBy('n', { key: text() as never }), async (stream) => {
      for await (const _ of stream);
    })
    await app.start()
    await input.send({ value: { n: 1 } })
    const error = await errorOf(() => app.done)
    expect(error.code).toBe('FAUST_AGENT_FAILED')
    expect(error.message).toMatch(/groupBy test-input-n-repartition.*topic input.*offset 0.*text\(\) writes strings/)
  })
})

test('embedded transports refuse use before the start', async () => {
  const error = await errorOf(() => embeddedTransport().admin)
  expect(error.code).toBe('FAUST_NOT_STARTED')
})
