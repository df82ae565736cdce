import { describe, expect, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import { type Event, json, type RunningStream, type Stream, text, type TextField } from '../../src/index.ts'
import { createEmbeddedLog } from '../../src/transport/embedded/log/embedded-log.ts'
import { testApp } from '../support/test-app.ts'
import { byText, until } from '../support/until.ts'

/** Runs `read` over numbers 0 to `count` - 1 of one partition until `done`. */
async function over(
  count: number,
  read: (stream: RunningStream<number, string>) => Promise<void>,
  done: () => boolean,
): Promise<ReturnType<typeof testApp>> {
  const app = testApp()
  const input = app.topic('input', { value: json<number>(), partitions: 1 })
  app.agent('read', input, read)
  await app.start()
  await Promise.all(
    Array.from({ length: count }, (_, value) => input.send({ key: `k${value}`, value, timestamp: 1000 + value })),
  )
  await until('it is done', done)
  return app
}

describe('running streams', () => {
  test('filter, map and enumerate run in the order they are written', async () => {
    const seen: [number, string][] = []
    await over(
      10,
      async (stream) => {
        const odd = stream.filter((value) => value % 2 === 1).map(async (value) => `<${value}>`)
        for await (const pair of odd.enumerate(1)) seen.push(pair)
      },
      () => seen.length === 5,
    )
    expect(seen).toEqual([
      [1, '<1>'],
      [2, '<3>'],
      [3, '<5>'],
      [4, '<7>'],
      [5, '<9>'],
    ])
  })

  test('events carry the mapped value with key, place and time', async () => {
    const seen: Event<string, string>[] = []
    await over(
      2,
      async (stream) => {
        for await (const event of stream.map((value) => `v${value}`).events()) seen.push(event)
      },
      () => seen.length === 2,
    )
    const { key, value, topic, partition, offset, timestamp, headers } = seen[1]!
    expect({ key, value, topic, partition, offset, timestamp, headers }).toEqual({
      key: 'k1',
      value: 'v1',
      topic: 'input',
      partition: 0,
      offset: 1,
      timestamp: 1001,
      headers: [],
    })
  })

  test('filtered values are settled', async () => {
    let seen = 0
    const app = await over(
      10,
      async (stream) => {
        for await (const _ of stream.filter((value) => value < 3)) seen++
      },
      () => seen === 3,
    )
    await until('all is settled', () => app.status().partitions[0]!.frontier === 10)
  })
})

describe('take', () => {
  test('gathers full lists, and smaller ones when the time is up', async () => {
    const lists: number[][] = []
    await over(
      25,
      async (stream) => {
        for await (const list of stream.take(10, { within: 40 })) lists.push(list)
      },
      () => lists.flat().length === 25,
    )
    expect(lists.map((list) => list.length)).toEqual([10, 10, 5])
    expect(lists.flat()).toEqual(Array.from({ length: 25 }, (_, value) => value))
  })

  test('settles a list only when the next one is asked for', async () => {
    let release!: () => void
    const gate = new Promise<void>((resolve) => (release = resolve))
    let lists = 0
    const app = await over(
      10,
      async (stream) => {
        for await (const _ of stream.take(5)) {
          lists++
          if (lists === 2) await gate
        }
      },
      () => lists === 2,
    )
    expect(app.status().partitions[0]!.frontier).toBe(5)
    release()
    await until('all is settled', () => app.status().partitions[0]!.frontier === 10)
  })

  test('hands over what it has when the app stops', async () => {
    const lists: number[][] = []
    let asked = false
    const app = await over(
      3,
      async (stream) => {
        asked = true
        for await (const list of stream.take(100)) lists.push(list)
      },
      () => asked,
    )
    await until('they are gathered', () => app.status().partitions[0]!.agents[0]!.gathering === 3)
    expect(lists).toEqual([])
    await app.stop()
    expect(lists).toEqual([[0, 1, 2]])
  })

  test('never mixes partitions, so a handler may use its table for the whole list', async () => {
    const app = testApp()
    const input = app.topic('input', { value: text() })
    const sums = app.table('sums', { value: json<number>(), default: () => 0 })
    const failures: unknown[] = []
    let seen = 0
    app.agent('sum', input, { tables: [sums] }, async (stream) => {
      for await (const list of stream.events().take(20, { within: 20 })) {
        for (const { key } of list)
          await sums.update(key!, (n) => n + 1).catch((error: unknown) => failures.push(error))
        seen += list.length
      }
    })
    await app.start()
    await Promise.all(Array.from({ length: 200 }, (_, n) => input.send({ key: `key-${n % 30}`, value: '' })))
    await until('all are seen', () => seen === 200)
    expect(failures).toEqual([])
    expect(await sums.get('key-0')).toBe(7)
  })

  test('refuses sizes and times that make no sense', async () => {
    let error: unknown
    await over(
      1,
      async (stream) => {
        try {
          stream.take(0)
        } catch (caught) {
          error = caught
        }
        for await (const _ of stream);
      },
      () => error !== undefined,
    )
    expect(error).toMatchObject({ code: 'FAUST_SETTING_INVALID' })
  })

  test('what it has gathered comes again after the function returns', async () => {
    const seen: number[] = []
    let calls = 0
    await over(
      9,
      async (stream) => {
        calls++
        for await (const list of stream.take(4, { within: 30 })) {
          seen.push(...list)
          if (calls === 1) return
        }
      },
      () => seen.length === 9,
    )
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
  })
})

describe('declared streams', () => {
  test('groupBy keeps headers and timestamps, and filters first', async () => {
    const app = testApp()
    const input = app.topic('input', { value: json<{ to: string; n: number }>() })
    const seen: unknown[] = []
    app.agent('read', input.filter(({ n }) => n > 0).groupBy('to'), async (stream) => {
      for await (const { key, value, timestamp, headers, topic } of stream.events()) {
        seen.push({ key, value, timestamp, headers: headers.map(([name, bytes]) => [name, String(bytes)]), topic })
      }
    })
    await app.start()
    await input.send({ value: { to: 'x', n: 0 } })
    await input.send({
      key: 'old',
      value: { to: 'y', n: 1 },
      timestamp: 5,
      headers: [
        ['h', new Uint8Array([1, 2])],
        ['h', null],
      ],
    })
    await until('it is seen', () => seen.length === 1)
    expect(seen).toEqual([
      {
        key: 'y',
        value: { to: 'y', n: 1 },
        timestamp: 5,
        headers: [
          ['h', '1,2'],
          ['h', 'null'],
        ],
        topic: 'test-input-to-repartition',
      },
    ])
  })

  test('groupBy by a function, twice in a row, with mapped values', async () => {
    const app = testApp()
    const input = app.topic('input', { value: json<number>(), partitions: 3 })
    const words = input.map((n) => `w${n % 5}`).groupBy((word) => word, { name: 'word' })
    const lengths = words.map((word) => ({ word, size: word.length })).groupBy('size', { key: json<number>() })
    const seen: [unknown, unknown][] = []
    app.agent('read', lengths, async (stream) => {
      for await (const { key, value } of stream.events()) seen.push([key, value])
    })
    await app.start()
    for (let n = 0; n < 10; n++) await input.send({ value: n })
    await until('all are seen', () => seen.length === 10)
    expect(new Set(seen.map(([key]) => key))).toEqual(new Set([2]))
    expect(seen.map(([, value]) => value)).toContainEqual({ word: 'w3', size: 2 })
  })

  test('through writes to a topic and goes on from there', async () => {
    const app = testApp()
    const input = app.topic('input', { value: json<number>() })
    const doubled = app.topic('doubled', { value: json<number>() })
    const seen: [unknown, number, string, number][] = []
    app.agent('read', input.map((n) => n * 2).through(doubled), async (stream) => {
      for await (const { key, value, topic, timestamp } of stream.events()) seen.push([key, value, topic, timestamp])
    })
    await app.start()
    await input.send({ key: 'k', value: 21, timestamp: 7 })
    await until('it is seen', () => seen.length === 1)
    expect(seen).toEqual([['k', 42, 'doubled', 7]])
  })

  test('values are validated by any Standard Schema, with the path in the error', async () => {
    const app = testApp()
    const Order = z.object({ id: z.string(), lines: z.array(z.object({ amount: z.number() })) })
    const raw = app.topic('other')
    const log = createEmbeddedLog({})
    const writer = testApp({ log, id: 'writer' })
    const loose = writer.topic('orders', { value: json() })
    await writer.start()
    await loose.send({ value: { id: 'a', lines: [{ amount: 'many' }] } })
    const reader = testApp({ log, id: 'reader' })
    const orders = reader.topic('orders', { value: json(Order) })
    reader.agent('read', orders, async (stream) => {
      for await (const order of stream) expectTypeOf(order).toEqualTypeOf<{ id: string; lines: { amount: number }[] }>()
    })
    await reader.start().catch(() => {})
    await expect(reader.done).rejects.toMatchObject({
      cause: expect.objectContaining({ code: 'FAUST_VALIDATION', message: expect.stringMatching(/lines.*0.*amount/) }),
    })
    expect(raw.name).toBe('other')
  })

  test('a null value needs tombstones', async () => {
    const log = createEmbeddedLog({})
    const writer = testApp({ log, id: 'writer' })
    const loose = writer.topic('input', { value: json(), tombstones: true })
    await writer.start()
    await loose.send({ key: 'a', value: null })
    const lenient = testApp({ log, id: 'lenient' })
    const seen: unknown[] = []
    lenient.agent('read', lenient.topic<number>('input', { tombstones: true }), async (stream) => {
      for await (const value of stream) {
        expectTypeOf(value).toEqualTypeOf<number | null>()
        seen.push(value)
      }
    })
    await lenient.start()
    await until('the null is seen', () => seen.length === 1)
    expect(seen).toEqual([null])
    const strict = testApp({ log, id: 'strict' })
    strict.agent('read', strict.topic('input'), async (stream) => {
      for await (const _ of stream);
    })
    await strict.start().catch(() => {})
    await expect(strict.done).rejects.toMatchObject({ cause: expect.objectContaining({ code: 'FAUST_NULL_VALUE' }) })
  })

  test('types: the key comes from the declaration', () => {
    const app = testApp()
    const input = app.topic('input', { key: json<{ id: number }>(), value: json<number>() })
    app.agent(
      'read',
      input.filter((n) => n > 0),
      async (stream) => {
        for await (const { key, value } of stream.map(String).events()) {
          expectTypeOf(key).toEqualTypeOf<{ id: number } | null>()
          expectTypeOf(value).toEqualTypeOf<string>()
        }
      },
    )
  })

  test('types: operators that need a topic are not among those of a running stream', () => {
    expectTypeOf<keyof RunningStream<{ a: string }>>().not.toEqualTypeOf<'groupBy'>()
    expectTypeOf<Extract<keyof RunningStream<number>, 'groupBy' | 'through'>>().toBeNever()
    expectTypeOf<Extract<keyof Stream<string, number>, 'groupBy' | 'through'>>().toEqualTypeOf<'groupBy' | 'through'>()
  })

  test('types: groupBy takes a field that is a string by its name alone, and names those in the error of another one', () => {
    interface Order {
      readonly account: string
      readonly kind: 'large' | 'small'
      readonly amount: number
      readonly note?: string
    }
    type Orders = Stream<string, Order>
    expectTypeOf<TextField<Order>>().toEqualTypeOf<'account' | 'kind'>()
    expectTypeOf<TextField<Record<string, string>>>().toEqualTypeOf<string>()
    expectTypeOf<TextField<{ t: 'a'; k: string } | { t: 'b'; k: number }>>().toEqualTypeOf<'t'>()
    expectTypeOf((orders: Orders) => orders.groupBy('kind')).returns.toEqualTypeOf<Stream<'large' | 'small', Order>>()
    const byAmount = (orders: Orders) => orders.groupBy('amount', { key: json<number>() })
    expectTypeOf(byAmount).returns.toEqualTypeOf<Stream<number, Order>>()
    const byFunction = (orders: Orders) => orders.groupBy(({ kind }) => kind, { name: 'kind' })
    expectTypeOf(byFunction).returns.toEqualTypeOf<Stream<string, Order>>()
    // @ts-expect-error Argument of type '"acount"' is not assignable to parameter of type '"account" | "kind"'.
    const typo = (orders: Orders) => orders.groupBy('acount')
    // @ts-expect-error A field that is no string needs a serializer for the new key.
    const number = (orders: Orders) => orders.groupBy('amount')
    // @ts-expect-error The same.
    const maybe = (orders: Orders) => orders.groupBy('note')
    // @ts-expect-error The serializer is one of the field.
    const other = (orders: Orders) => orders.groupBy('amount', { key: text() })
    // @ts-expect-error A function needs a name.
    const nameless = (orders: Orders) => orders.groupBy((order: Order) => order.account)
    expect([typo, number, maybe, other, nameless]).toHaveLength(5)
  })
})

test('a slow agent pauses its partition, and loses and reorders nothing', async () => {
  const app = testApp({ queueRecords: 50 })
  const input = app.topic('input', { value: json<number>(), partitions: 2 })
  const seen: [number[], number[]] = [[], []]
  let most = 0
  app.agent('slow', input, { isolatedPartitions: true }, async (stream) => {
    for await (const { partition, value } of stream.events()) {
      most = Math.max(most, ...app.status().partitions.map(({ queued }) => queued))
      if (partition === 0 && value % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 2))
      seen[partition as 0 | 1].push(value)
    }
  })
  await app.start()
  await Promise.all(Array.from({ length: 2000 }, (_, n) => input.send({ value: n, partition: n % 2 })))
  await until('all are seen', () => seen.flat().length === 2000)
  expect(seen[0]).toEqual(seen[0].toSorted((a, b) => a - b))
  expect(seen[1]).toEqual(seen[1].toSorted((a, b) => a - b))
  expect(app.monitor.snapshot().totals.backPressure).toBeGreaterThan(0)
  expect(most).toBeLessThanOrEqual(50 + 50)
})

test('an agent that stands still on a full topic holds up no other topic', async () => {
  const app = testApp({ queueRecords: 10 })
  const slow = app.topic('slow', { value: json<number>(), partitions: 1 })
  const fast = app.topic('fast', { value: json<number>(), partitions: 1 })
  let release!: () => void
  const released = new Promise<void>((resolve) => (release = resolve))
  let [stuck, passed] = [0, 0]
  app.agent('stuck', slow, async (stream) => {
    for await (const _ of stream) {
      stuck++
      await released
    }
  })
  app.agent('go-on', fast, async (stream) => {
    for await (const _ of stream) passed++
  })
  await app.start()
  await Promise.all(Array.from({ length: 200 }, (_, value) => slow.send({ value })))
  await until('the slow one is full', () => app.monitor.snapshot().topics['slow']!.backPressure > 0)
  await Promise.all(Array.from({ length: 200 }, (_, value) => fast.send({ value })))
  await until('the fast one is through', () => passed === 200)
  expect(stuck).toBe(1)
  release()
  await until('the slow one is through', () => stuck === 200)
})

test('a channel gives every listener every value', async () => {
  const channel = testApp().channel<number>({ capacity: 2 })
  const heard: string[] = []
  const listen = async (name: string): Promise<void> => {
    for await (const value of channel) heard.push(`${name}${value}`)
  }
  const listening = [listen('a'), listen('b')]
  for (let value = 0; value < 5; value++) await channel.send(value)
  channel.close()
  await Promise.all(listening)
  expect(heard.toSorted(byText)).toEqual(['a0', 'a1', 'a2', 'a3', 'a4', 'b0', 'b1', 'b2', 'b3', 'b4'])
  await expect(channel.send(1)).rejects.toMatchObject({ code: 'FAUST_CLOSED' })
})

test('a channel keeps the order of senders that wait', async () => {
  const channel = testApp().channel<number>({ capacity: 1 })
  const loop = channel[Symbol.asyncIterator]()
  const sends = [channel.send(1), channel.send(2)]
  expect((await loop.next()).value).toBe(1)
  sends.push(channel.send(3))
  expect((await loop.next()).value).toBe(2)
  expect((await loop.next()).value).toBe(3)
  await Promise.all(sends)
})

test('gathering keeps its call when a partition it only gathered from goes', async () => {
  const log = createEmbeddedLog({})
  let calls = 0
  const lists: number[][] = []
  const declare = (): {
    app: ReturnType<typeof testApp>
    send: (value: number, partition: number) => Promise<void>
  } => {
    const app = testApp({ log })
    const input = app.topic('input', { value: json<number>(), partitions: 2 })
    app.agent('gather', input, async (stream) => {
      calls++
      for await (const list of stream.take(2)) lists.push(list)
    })
    return { app, send: (value, partition) => input.send({ value, partition }) }
  }
  const first = declare()
  await first.app.start()
  await first.send(1, 0)
  await first.send(2, 1)
  await until('both are gathered', () =>
    first.app.status().partitions.every(({ agents }) => agents[0]!.gathering === 1),
  )
  await declare().app.start()
  await until('a partition has gone', () => first.app.status().partitions.length === 1)
  expect(calls).toBe(2)
  await first.send(3, 0)
  await first.send(4, 1)
  await until('both lists are full', () => lists.length === 2)
  expect(lists.toSorted(byText)).toEqual([
    [1, 3],
    [2, 4],
  ])
  expect(calls).toBe(2)
})

test('a failure while gathering leaves no timer behind', async () => {
  const app = testApp()
  const input = app.topic('input', { value: text(), partitions: 1 })
  const numbers = input.map((value) => {
    if (value === 'bad') throw new Error('bad')
    return value
  })
  app.agent('gather', numbers, async (stream) => {
    for await (const _ of stream.take(10, { within: 3_600_000 }));
  })
  const before = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
  await app.start()
  await input.send({ value: 'good' })
  await input.send({ value: 'bad' })
  await expect(app.done).rejects.toMatchObject({ code: 'FAUST_AGENT_FAILED' })
  await app.stop()
  expect(process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length).toBeLessThanOrEqual(before)
})
