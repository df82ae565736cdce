import {
  type App,
  type FailureOptions,
  FaustError,
  json,
  type RecordToSend,
  type Sensor,
  silentLogger,
  type Stream,
  text,
} from '@faust/core'
import { describe, expect, test } from 'vitest'
import { drive, newApp } from '../driver/programs.ts'

type Failed = Parameters<NonNullable<Sensor['onFailed']>>[0]

/** An app whose agent `work` fails at the values that `fails` tells; it notes what it was handed when, and what it finished. */
function failing(
  failures: FailureOptions,
  fails: (value: number, attempt: number) => boolean,
  options: { readonly partitions?: number; readonly concurrency?: number } = {},
) {
  const app = newApp({ failures })
  const input = app.topic<number>('input', { partitions: options.partitions ?? 1 })
  const handed: { readonly value: number; readonly at: number }[] = []
  const done: number[] = []
  const clock: { monotonic: () => number } = { monotonic: () => 0 }
  app.agent('work', input, { concurrency: options.concurrency ?? 1 }, async (stream) => {
    for await (const value of stream) {
      handed.push({ value, at: clock.monotonic() })
      const attempt = handed.filter((one) => one.value === value).length
      if (fails(value, attempt)) throw new Error(`${value} is bad`)
      done.push(value)
    }
  })
  return { app, input, handed, done, clock }
}

const values = (...list: number[]): { value: number; partition: number }[] =>
  list.map((value) => ({ value, partition: 0 }))

describe('a retry', () => {
  test('comes after a back-off that doubles up to its bound, before anything newer', async () => {
    const { app, input, handed, done, clock } = failing(
      { retries: 5, backoff: 100, maxBackoff: 500 },
      (value, attempt) => value === 2 && attempt < 6,
    )
    const driver = await drive(app)
    clock.monotonic = () => driver.clock.monotonic()
    const start = driver.clock.monotonic()
    await driver.send(input, values(1, 2, 3))
    expect(handed.filter(({ value }) => value === 2).map(({ at }) => at - start)).toEqual([
      0, 100, 300, 700, 1200, 1700,
    ])
    expect(done).toEqual([1, 2, 3])
  })

  test('does not begin later than `retryFor` after the first failure', async () => {
    const { app, input, handed } = failing({ retries: 50, backoff: 100, retryFor: 1000, otherwise: 'skip' }, () => true)
    const driver = await drive(app)
    await driver.send(input, values(1))
    // At 0, 100, 300 and 700 ms; the next would be at 1,500.
    expect(handed).toHaveLength(4)
  })

  test('stops its own partition and no other, and holds the commit at its value', async () => {
    const { app, input, handed, done, clock } = failing(
      { backoff: 1000 },
      (value, attempt) => value === 1 && attempt === 1,
      { partitions: 2 },
    )
    const driver = await drive(app)
    clock.monotonic = () => driver.clock.monotonic()
    const start = driver.clock.monotonic()
    await driver.send(input, [...values(1, 2), { value: 10, partition: 1 }, { value: 11, partition: 1 }])
    expect(handed.map(({ value, at }) => [value, at - start])).toEqual([
      [1, 0],
      [10, 0],
      [11, 0],
      [1, 1000],
      [2, 1000],
    ])
    expect(done).toEqual([10, 11, 1, 2])
  })

  test('keeps other lanes of the agent working, and the order of its key', async () => {
    const app = newApp({ failures: { backoff: 1000 } })
    const input = app.topic<number>('input', { partitions: 2 })
    const seen: string[] = []
    let failed = 0
    app.agent('work', input, { concurrency: 4 }, async (stream) => {
      for await (const { key, value, partition } of stream.events()) {
        if (partition === 0 && value === 5 && failed++ === 0) throw new Error('bad')
        seen.push(`${partition} ${key} ${value}`)
      }
    })
    const driver = await drive(app)
    const records = Array.from({ length: 400 }, (_, value) => ({
      key: `k${value % 7}`,
      value,
      partition: value % 5 === 0 ? 0 : 1,
    }))
    const begun = driver.clock.monotonic()
    await driver.send(input, records)
    expect(driver.clock.monotonic() - begun).toBe(1000)
    expect(seen).toHaveLength(400)
    for (const partition of [0, 1]) {
      for (let key = 0; key < 7; key++) {
        const mine = seen
          .filter((line) => line.startsWith(`${partition} k${key} `))
          .map((line) => Number(line.split(' ')[2]))
        expect(mine).toEqual(mine.toSorted((a, b) => a - b))
      }
    }
    // All of the other partition was done before the retry.
    const firstLate = seen.findIndex((line) => line.startsWith('0 k5 5'))
    expect(seen.slice(0, firstLate).filter((line) => line.startsWith('1 '))).toHaveLength(320)
  })

  test('is counted anew for each offset, and starts a function again that failed before it had a value', async () => {
    const app = newApp()
    const input = app.topic<number>('input', { partitions: 1 })
    let calls = 0
    const seen: number[] = []
    app.agent('connect', input, async (stream) => {
      if (++calls < 3) throw new Error('no connection yet')
      for await (const value of stream) seen.push(value)
    })
    const driver = await drive(app)
    await driver.advance(300)
    await driver.send(input, values(1))
    expect([calls, seen]).toEqual([3, [1]])
  })
})

describe('the end of a value', () => {
  test('stops the app by default, after three retries, and loses nothing', async () => {
    const { app, input, handed } = failing({}, (value) => value === 2)
    const driver = await drive(app)
    await expect(driver.send(input, values(1, 2, 3))).rejects.toMatchObject({
      code: 'FAUST_AGENT_FAILED',
      message: expect.stringContaining(
        'Agent work failed 4 times at topic input, partition 0, offset 1: 2 is bad. The record was not settled',
      ) as string,
      details: { agent: 'work', topic: 'input', partition: 0, offset: 1, attempts: 4 },
    })
    expect(handed.map(({ value }) => value)).toEqual([1, 2, 2, 2, 2])
    await driver.close()
    const again = failing({}, () => false)
    const second = await drive(again.app, { world: driver.world })
    expect(again.done).toEqual(expect.arrayContaining([2, 3]))
    await second.close()
  })

  test('can be a skip, which settles one offset', async () => {
    const facts: Failed[] = []
    const { app, input, done } = failing({ retries: 1, otherwise: 'skip' }, (value) => value === 2)
    const sensor: Sensor = {
      name: 'facts',
      contract: 1,
      start: () => Promise.resolve(),
      close: () => Promise.resolve(),
      onFailed: (one) => void facts.push(one),
    }
    const driver = await drive(app, { sensors: [sensor] })
    await driver.send(input, values(1, 2, 3))
    expect(done).toEqual([1, 3])
    expect(app.status().partitions[0]?.frontier).toBe(3)
    expect(facts.map(({ offset, attempts, outcome }) => [offset, attempts, outcome])).toEqual([
      [1, 1, 'retry'],
      [1, 2, 'skip'],
    ])
  })

  test('is the same for what can not be decoded, for operators and for sinks', async () => {
    const app = newApp({ failures: { retries: 1, otherwise: 'skip' } })
    const input = app.topic<number>('input', { partitions: 1 })
    const raw = app.topic('raw', { partitions: 1 })
    const out: number[] = []
    const sink = (value: number): void => {
      if (value === 3) throw new Error('no threes')
      out.push(value)
    }
    const checked = app.topic('checked', {
      partitions: 1,
      value: json<number>({
        '~standard': {
          version: 1,
          vendor: 'test',
          validate: (value: unknown) =>
            typeof value === 'number' ? { value } : { issues: [{ message: 'no number' }] },
        },
      }),
    })
    app.agent('forward', raw, async (stream) => {
      for await (const { value } of stream.events()) await checked.send({ value: value as number })
    })
    app.agent(
      'sum',
      checked.map((value) => {
        if (value === 2) throw new Error('no twos')
        return value
      }),
      { sinks: [sink] },
      async function* (stream) {
        for await (const value of stream) yield value
      },
    )
    app.agent('unused', input, async (stream) => {
      for await (const _ of stream);
    })
    const driver = await drive(app)
    await driver.send(
      raw,
      [1, 2, 3, 'four', 5].map((value) => ({ value })),
    )
    expect(out).toEqual([1, 5])
  })

  test('can differ for one agent', async () => {
    const app = newApp({ failures: { retries: 0, otherwise: 'skip' } })
    const input = app.topic<number>('input', { partitions: 1 })
    app.agent('lenient', input, async (stream) => {
      for await (const _ of stream) throw new Error('skipped')
    })
    app.agent('strict', input, { failures: { otherwise: 'stop' } }, async (stream) => {
      for await (const value of stream) if (value === 2) throw new Error('stopped')
    })
    const driver = await drive(app)
    await driver.send(input, values(1))
    await expect(driver.send(input, values(2))).rejects.toThrow(/^Agent strict failed .*: stopped/)
  })

  test('of a groupBy follows the agent that reads it', async () => {
    const app = newApp()
    const orders = app.topic<{ account: string | null }>('orders', { partitions: 1 })
    const seen: unknown[] = []
    app.agent(
      'count',
      orders.groupBy('account' as never),
      { failures: { retries: 0, otherwise: 'skip' } },
      async (stream) => {
        for await (const value of stream) seen.push(value)
      },
    )
    const driver = await drive(app)
    await driver.send(orders, [{ value: { account: null } }, { value: { account: 'ann' } }])
    expect(seen).toEqual([{ account: 'ann' }])
  })

  test('of a groupBy whose readers differ is that of the app, and a stop says what to do', async () => {
    const app = newApp({ failures: { retries: 0 } })
    const orders = app.topic<{ account: string | null }>('orders', { partitions: 1 })
    const byAccount = orders.groupBy('account' as never)
    for (const otherwise of ['skip', 'deadLetter'] as const) {
      app.agent(otherwise, byAccount, { failures: { otherwise } }, async (stream) => {
        for await (const _ of stream);
      })
    }
    const driver = await drive(app)
    await expect(driver.send(orders, { value: { account: null } })).rejects.toThrow(
      /^The groupBy .*give the agents that read it one policy, or the app: \{ failures/,
    )
  })
})

describe('a try that can not help', () => {
  test('is not made: the value ends at once', async () => {
    const app = newApp({ failures: { otherwise: 'skip' } })
    const input = app.topic<number>('input', { partitions: 1 })
    const mine = app.table('mine', { value: json<number>(), default: () => 0 })
    const others = app.table('others', { value: json<number>(), default: () => 0 })
    class CardDeclined extends Error {
      readonly retriable = false
    }
    const handed: number[] = []
    const done: number[] = []
    app.agent('fill', input, { tables: [others] }, async (stream) => {
      for await (const _ of stream);
    })
    app.agent('work', input, { tables: [mine] }, async (stream) => {
      for await (const value of stream) {
        handed.push(value)
        if (value === 1) await others.set('a', 1)
        if (value === 2) throw new CardDeclined()
        if (value === 3 && handed.filter((one) => one === 3).length === 1) throw new Error('a service is away')
        if (value === 4) await input.send({ value: 1n as never })
        done.push(value)
      }
    })
    const driver = await drive(app)
    await driver.send(input, values(1, 2, 3, 4, 5))
    expect(handed).toEqual([1, 2, 3, 3, 4, 5])
    expect(done).toEqual([3, 5])
  })

  test('is not made for bytes that can not be read, and is made where somebody was asked about them', async () => {
    const app = newApp({ failures: { retries: 2, otherwise: 'deadLetter' } })
    const format = (name: string, decode: () => unknown) => ({
      name,
      contract: 1,
      supports: { keys: true },
      encode: () => new Uint8Array([1]),
      decode,
    })
    let read = 0
    const torn = format('torn', () => {
      read++
      throw new Error('what is this')
    })
    let asked = 0
    const registered = format('registered', async () => {
      if (++asked < 3) throw new Error('the registry is away')
      return 'read'
    })
    const plain = app.topic('plain', { partitions: 1, value: torn })
    const remote = app.topic('remote', { partitions: 1, value: registered })
    const seen: unknown[] = []
    app.agent('plain', plain, async (stream) => {
      for await (const value of stream) seen.push(value)
    })
    app.agent('remote', remote, async (stream) => {
      for await (const value of stream) seen.push(value)
    })
    const driver = await drive(app)
    await driver.send(plain, { value: 'anything' })
    await driver.send(remote, { value: 'anything' })
    expect([seen, read, asked]).toEqual([['read'], 1, 3])
    expect(await driver.deadLetters()).toMatchObject([{ agent: 'plain', attempts: 1, code: 'FAUST_DECODE' }])
  })

  test('stops the app by default, at the first attempt', async () => {
    const app = newApp()
    const input = app.topic<number>('input', { partitions: 1 })
    app.agent('work', input, async (stream) => {
      for await (const _ of stream) throw Object.assign(new Error('never'), { retriable: false })
    })
    const driver = await drive(app)
    const begun = driver.clock.monotonic()
    await expect(driver.send(input, values(1))).rejects.toThrow(/^Agent work failed at topic input, .*: never/)
    expect(driver.clock.monotonic() - begun).toBeLessThan(100)
  })

  test('is made for what was cut short: it says nothing of the value', async () => {
    const { app, input } = failing({}, () => false)
    let tries = 0
    app.agent('call', input, async (stream) => {
      for await (const _ of stream) if (++tries < 3) throw new FaustError('FAUST_ABORTED', 'the call took too long')
    })
    const driver = await drive(app)
    await driver.send(input, values(1))
    expect(tries).toBe(3)
  })
})

describe('an error of a record', () => {
  const input = newApp().topic('input', { partitions: 1, key: text(), value: text(), tombstones: true })

  test.each<
    [
      what: string,
      record: RecordToSend<string, string | null>,
      code: string,
      problem: RegExp,
      read: (app: App) => Stream<unknown, unknown>,
    ]
  >([
    ['a value', { value: '{' }, 'FAUST_DECODE', /^The value of a record .* is not JSON/, (app) => app.topic('input')],
    [
      'a key',
      { key: '{', value: '1' },
      'FAUST_DECODE',
      /^The key of a record .* is not JSON/,
      (app) => app.topic('input', { key: json() }),
    ],
    ['a null', { value: null }, 'FAUST_NULL_VALUE', /^The value is null/, (app) => app.topic('input')],
    [
      'a missing key',
      { value: '{}' },
      'FAUST_KEY_MISSING',
      /^groupBy to .* found no key: the field account is missing/,
      (app) => app.topic<{ account: string }>('input').groupBy('account'),
    ],
  ])('says once where the record stands: %s', async (_, record, code, problem, read) => {
    const app = newApp()
    app.agent('work', read(app), async (stream) => {
      for await (const { key } of stream.events()) void key
    })
    const driver = await drive(app)
    const error: unknown = await driver.send(input, { ...record, partition: 0 }).catch((caught: unknown) => caught)
    const place = 'topic input, partition 0, offset 0: '
    expect(error).toMatchObject({ message: expect.stringContaining(`failed at ${place}`) as string })
    const [, said = '', again] = (error as Error).message.split(place)
    expect(said).toMatch(problem)
    expect(again).toBeUndefined()
    expect(error).toMatchObject({ cause: { code, message: expect.stringContaining(`At ${place}`) as string } })
  })
})

describe('a list of `take`', () => {
  function lists(failures: FailureOptions, bad: (list: readonly number[], attempt: number) => boolean) {
    const app = newApp({ failures })
    const input = app.topic<number>('input', { partitions: 1 })
    const handed: number[][] = []
    const done: number[] = []
    app.agent('batch', input, async (stream) => {
      for await (const list of stream.take(4, { within: 100 })) {
        handed.push(list)
        if (bad(list, handed.filter((other) => other.join() === list.join()).length)) throw new Error('bad list')
        done.push(...list)
      }
    })
    return { app, input, handed, done }
  }

  test('that failed comes once more as it was', async () => {
    const { app, input, handed, done } = lists({}, (list, attempt) => list.includes(2) && attempt === 1)
    const driver = await drive(app)
    await driver.send(input, values(0, 1, 2, 3, 4, 5, 6, 7))
    expect(handed).toEqual([
      [0, 1, 2, 3],
      [0, 1, 2, 3],
      [4, 5, 6, 7],
    ])
    expect(done).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  })

  test('then comes value by value, so that the policy hits only the failing one', async () => {
    const { app, input, handed, done } = lists({ retries: 3, otherwise: 'skip' }, (list) => list.includes(2))
    const driver = await drive(app)
    await driver.send(input, values(0, 1, 2, 3, 4, 5, 6, 7))
    expect(handed).toEqual([[0, 1, 2, 3], [0, 1, 2, 3], [0], [1], [2], [2], [3], [4, 5, 6, 7]])
    expect(done).toEqual([0, 1, 3, 4, 5, 6, 7])
    expect(app.status().partitions[0]?.frontier).toBe(8)
  })

  test('without retries comes value by value at once', async () => {
    const { app, input, handed } = lists({ retries: 0, otherwise: 'skip' }, (list) => list.includes(2))
    const driver = await drive(app)
    await driver.send(input, values(0, 1, 2, 3))
    expect(handed).toEqual([[0, 1, 2, 3], [0], [1], [2], [3]])
  })

  test('that was short when it failed comes as short again', async () => {
    const { app, input, handed } = lists({ backoff: 10 }, (list, attempt) => list.join() === '0,1' && attempt === 1)
    const driver = await drive(app)
    await driver.send(input, values(0, 1))
    await driver.advance(100)
    await driver.send(input, values(2, 3, 4, 5))
    expect(handed).toEqual([
      [0, 1],
      [0, 1],
      [2, 3, 4, 5],
    ])
  })
})

test('options that make no sense are refused', () => {
  const wrong = (failures: unknown): (() => unknown) => {
    return () => newApp({ failures: failures as FailureOptions, logger: silentLogger })
  }
  expect(wrong({ retries: -1 })).toThrow('createApp, failures: the option `retries` is -1')
  expect(wrong({ otherwise: 'ignore' })).toThrow("`otherwise` is ignore. It must be 'stop', 'skip' or 'deadLetter'")
  expect(wrong({ retry: 1 })).toThrow('`retry` does not exist')
  expect(wrong('skip')).toThrow('must be an object')
  expect(wrong({ deadLetters: 'a b' })).toThrow('The name of a topic for dead letters')
  const app = newApp()
  expect(() => app.agent('bad', app.topic('input'), { failures: { backoff: 1.5 } }, async () => {})).toThrow(
    'Agent bad, failures: the option `backoff` is 1.5',
  )
})
