import { isFaustError, type KeptLetter } from '@faust/core'
import { describe, expect, test } from 'vitest'
import { drive, newApp } from './programs.ts'

const utf8 = (bytes: Uint8Array | null): string | null => bytes && new TextDecoder().decode(bytes)

function letters(guarantee: 'at-least-once' | 'exactly-once' = 'at-least-once') {
  const app = newApp({ guarantee, failures: { retries: 1, otherwise: 'deadLetter' } })
  const input = app.topic<number>('input', { partitions: 2 })
  const output = app.topic<number>('output', { partitions: 1 })
  const seen: number[] = []
  const bad = new Set([2])
  app.agent('work', input, async (stream) => {
    for await (const value of stream) {
      if (bad.has(value)) throw new Error(`${value} is bad`)
      seen.push(value)
      await output.send({ value })
    }
  })
  return { app, input, output, seen, bad }
}

test('an agent fails when the test wants it to, and its policy follows', async () => {
  const app = newApp({ failures: { retries: 1, otherwise: 'skip' } })
  const input = app.topic<number>('input', { partitions: 1 })
  const seen: number[] = []
  app.agent('work', input, async (stream) => {
    for await (const value of stream) seen.push(value)
  })
  const driver = await drive(app)
  driver.failNext('work', new Error('down'))
  await driver.send(input, { value: 1 })
  expect(seen).toEqual([1])
  driver.failNext('work', new Error('down'), 2)
  await driver.send(input, [{ value: 2 }, { value: 3 }])
  expect(seen).toEqual([1, 3])
  expect(() => driver.failNext('work', new Error('down'), 0)).toThrow('at least 1')
})

describe.each(['at-least-once', 'exactly-once'] as const)('a dead letter under %s', (guarantee) => {
  test('is the record as it was, with what has happened to it', async () => {
    const { app, input, seen } = letters(guarantee)
    const driver = await drive(app)
    await driver.send(input, { key: 'k', value: 1, partition: 1 })
    const header = ['trace', new Uint8Array([7])] as const
    await driver.send(input, { key: 'k', value: 2, partition: 1, headers: [header], timestamp: 1234 })
    await driver.send(input, { key: 'k', value: 3, partition: 1 })
    expect(seen).toEqual([1, 3])
    await driver.commit()
    const [letter, ...others] = await driver.deadLetters({ agent: 'work' })
    expect(others).toEqual([])
    expect(letter).toMatchObject({
      agent: 'work',
      source: { topic: 'input', partition: 1, offset: 1 },
      timestamp: 1234,
      body: 'kept',
      attempts: 2,
      error: '2 is bad',
      code: undefined,
      headers: [header],
      place: { topic: 'test-work-dead-letters', partition: 1, offset: 0 },
      replayed: false,
    } satisfies Partial<KeptLetter>)
    expect([utf8(letter!.key), utf8(letter!.value)]).toEqual(['k', '2'])
    expect(letter!.stack).toContain('Error: 2 is bad')
    expect(
      app.status().partitions.find(({ topic, partition }) => topic === 'input' && partition === 1)?.committed,
    ).toBe(3)
  })

  test('is replayed once, to its agent alone, from its partition', async () => {
    const { app, input, output, seen, bad } = letters(guarantee)
    const others: number[] = []
    app.agent('other', input, async (stream) => {
      for await (const value of stream) others.push(value)
    })
    const driver = await drive(app)
    await driver.send(
      input,
      [1, 2, 3].map((value) => ({ value, partition: 1 })),
    )
    await driver.commit()
    bad.clear()
    expect(await driver.replayDeadLetters({ where: ({ error }) => error.includes('nothing like it') })).toBe(0)
    expect(await driver.replayDeadLetters({ agent: 'work' })).toBe(1)
    expect(await driver.replayDeadLetters()).toBe(0)
    expect(seen).toEqual([1, 3, 2])
    expect(others).toEqual([1, 2, 3])
    expect((await driver.deadLetters()).map(({ replayed }) => replayed)).toEqual([true])
    await driver.commit()
    expect((await driver.read(output)).map(({ value }) => value)).toEqual([1, 3, 2])
    expect(
      app.status().partitions.find(({ topic, partition }) => topic === 'test-work-replay' && partition === 1)
        ?.committed,
    ).toBeGreaterThan(0)
  })

  test('is replayed again when it is asked for, whichever worker did it before', async () => {
    const first = letters(guarantee)
    const driver = await drive(first.app)
    await driver.send(
      first.input,
      [2, 3].map((value) => ({ value, partition: 1 })),
    )
    first.bad.clear()
    expect(await driver.replayDeadLetters()).toBe(1)
    await driver.close()

    const { app, bad, seen } = letters(guarantee)
    bad.clear()
    const next = await drive(app, { world: driver.world })
    expect((await next.deadLetters()).map(({ replayed }) => replayed)).toEqual([true])
    seen.length = 0
    expect(await next.replayDeadLetters()).toBe(0)
    expect(await next.replayDeadLetters({ again: true, where: ({ replayed }) => !replayed })).toBe(0)
    expect(await next.replayDeadLetters({ again: true })).toBe(1)
    expect(seen).toEqual([2])
    expect(await next.deadLetters()).toHaveLength(1)
  })

  test('that fails again after its replay is another letter', async () => {
    const { app, input } = letters(guarantee)
    const driver = await drive(app)
    await driver.send(input, { value: 2, partition: 0 })
    await driver.commit()
    expect(await driver.replayDeadLetters()).toBe(1)
    await driver.commit()
    expect(await driver.deadLetters()).toMatchObject([
      { source: { topic: 'input', offset: 0 }, replayed: true },
      { source: { topic: 'test-work-replay', offset: 0 }, replayed: false },
    ])
  })
})

test('letters of what can not be decoded, and of a groupBy, are kept as well', async () => {
  const app = newApp({ failures: { retries: 0, otherwise: 'deadLetter', deadLetters: 'all-letters' } })
  const input = app.topic<{ account: string }>('input', { partitions: 1 })
  app.agent('work', input.groupBy('account'), async (stream) => {
    for await (const _ of stream);
  })
  const driver = await drive(app)
  await driver.send(input, { value: {} as never })
  const found = await driver.deadLetters()
  expect(found).toMatchObject([
    { code: 'FAUST_KEY_MISSING', agent: 'groupBy test-input-account-repartition', place: { topic: 'all-letters' } },
  ])
})

describe('apps that share a topic of letters, with agents of one name', () => {
  const app = (id: string, version = 1) => {
    const made = newApp({ id, version, failures: { retries: 0, otherwise: 'deadLetter', deadLetters: 'letters' } })
    const input = made.topic<string>(`${id}-${version}-input`, { partitions: 1 })
    const seen: string[] = []
    const bad = { now: true }
    made.agent('work', input, async (stream) => {
      for await (const value of stream) {
        if (bad.now) throw new Error(`${value} is bad`)
        seen.push(value)
      }
    })
    return { app: made, input, seen, bad }
  }

  test.each([
    ['another app', app('shop'), app('bank')],
    ['another version', app('shop'), app('shop', 2)],
  ])('list and replay their own: %s', async (_, one, two) => {
    const first = await drive(one.app)
    await first.send(one.input, { value: 'mine' })
    const second = await drive(two.app, { world: first.world })
    await second.send(two.input, { value: 'yours' })
    expect(await first.deadLetters()).toMatchObject([{ app: 'shop', error: 'mine is bad' }])
    one.bad.now = two.bad.now = false
    expect(await first.replayDeadLetters()).toBe(1)
    expect(one.seen).toEqual(['mine'])
    expect(await second.deadLetters()).toMatchObject([{ error: 'yours is bad', replayed: false }])
    expect(await second.replayDeadLetters()).toBe(1)
    expect(two.seen).toEqual(['yours'])
  })

  test.each([
    ['no app', {}],
    ['no partition', { partition: '' }],
    ['a partition that can not be', { partition: -7 }],
    ['no time', { timestamp: '' }],
    ['a time that can not be', { timestamp: -5 }],
  ])('take also letters that tell %s', async (_, told) => {
    const { app: made, bad, seen } = app('shop')
    const letters = made.topic('letters', { partitions: 1 })
    const driver = await drive(made)
    const facts = { agent: 'work', topic: 'shop-1-input', partition: 0, offset: 0, timestamp: 1234, ...told }
    await driver.send(letters, {
      value: 'of before',
      headers: Object.entries(facts).map(([name, value]) => [
        `faust.dead-letter.${name}`,
        new TextEncoder().encode(String(value)),
      ]),
    })
    bad.now = false
    expect(await driver.deadLetters()).toMatchObject([{ app: undefined, agent: 'work' }])
    expect(await driver.replayDeadLetters()).toBe(1)
    expect(seen).toEqual(['of before'])
  })
})

test('asking for letters of an agent that has none says who has', async () => {
  const { app } = letters()
  const driver = await drive(app)
  const error: unknown = await driver.deadLetters({ agent: 'nobody' }).catch((caught: unknown) => caught)
  expect(isFaustError(error, 'FAUST_SETTING_INVALID') && error.message).toContain('Those that have are work')
})
