import { bytes, createApp, type DeclaredTable, json, text, type Topic } from '@faust/core'
import { describe, expect, test } from 'vitest'
import { collect, drive, topic } from '../windows/views.ts'

interface Fruit {
  readonly app: ReturnType<typeof createApp>
  readonly input: Topic<string, number>
  readonly fruit: DeclaredTable<string, number>
  readonly seen: string[][]
}

/** A table of fruit; each value also lists the keys, which it deletes and adds to meanwhile. */
function fruits(options: { readonly ttl?: number } = {}): Fruit {
  const app = createApp({ id: 'fruits' })
  const input = app.topic('input', { ...topic, value: json<number>() })
  const fruit = app.table('fruit', { value: json<number>(), ...options })
  const seen: string[][] = []
  app.agent('sort', input, { tables: [fruit] }, async (stream) => {
    for await (const { key, value } of stream.events()) {
      if (value >= 0) {
        await fruit.set(key!, value)
        continue
      }
      const keys: string[] = []
      for await (const name of fruit.keys()) {
        keys.push(name)
        await fruit.delete('banana')
        await fruit.set('zucchini', 1)
      }
      seen.push(keys)
    }
  })
  return { app, input, fruit, seen }
}

const NAMES = ['apricot', 'banana', 'apple', 'cherry', 'äpfel', 'app']
const all = NAMES.map((key, value) => ({ key, value }))

test('what a language takes for nothing is a value, also where a key was deleted before, and after a restart', async () => {
  const program = () => {
    const app = createApp({ id: 'nothing' })
    const input = app.topic('input', { ...topic, value: json() })
    const things = app.table('things', { value: json(), default: () => 'missing' })
    app.agent('put', input, { tables: [things] }, async (stream) => {
      for await (const { key, value } of stream.events()) {
        await things.set(key!, 1)
        await things.delete(key!)
        await things.set(key!, value)
      }
    })
    return { app, input, things }
  }
  const values = [0, '', [], {}, false]
  const first = program()
  const driver = await drive(first.app)
  const expected = values.map((value) => [JSON.stringify(value), value] as const)
  await driver.send(
    first.input,
    expected.map(([key, value]) => ({ key, value })),
  )
  expect(await driver.table(first.things)).toEqual(new Map(expected))
  await driver.commit()
  await driver.crash()
  const second = program()
  const again = await drive(second.app, { world: driver.world })
  expect(await again.table(second.things)).toEqual(new Map(expected))
  expect(await second.things.get('0')).toBe(0)
})

describe('ranges', () => {
  test('give keys between two, by their beginning, backwards, and so many', async () => {
    const { app, input, fruit } = fruits()
    const driver = await drive(app)
    await driver.send(input, all)
    const keys = (range: Parameters<typeof fruit.keys>[0]): Promise<string[]> => collect(fruit.keys(range))
    for (const committed of [false, true]) {
      if (committed) await driver.commit()
      expect(await keys({})).toEqual(['app', 'apple', 'apricot', 'banana', 'cherry', 'äpfel'])
      expect(await keys({ prefix: 'ap' })).toEqual(['app', 'apple', 'apricot'])
      expect(await keys({ prefix: 'app', reverse: true })).toEqual(['apple', 'app'])
      expect(await keys({ from: 'apple', to: 'banana' })).toEqual(['apple', 'apricot'])
      expect(await keys({ from: 'b', limit: 2 })).toEqual(['banana', 'cherry'])
      expect(await keys({ reverse: true, limit: 1 })).toEqual(['äpfel'])
      expect(await keys({ limit: 0 })).toEqual([])
      expect(await collect(fruit.entries({ prefix: 'ä' }))).toEqual([['äpfel', 4]])
    }
  })

  test('lay writes that are not committed over those that are', async () => {
    const { app, input, fruit } = fruits()
    const driver = await drive(app)
    await driver.send(input, all)
    await driver.commit()
    await driver.send(input, [
      { key: 'apple', value: 70 },
      { key: 'aardvark', value: 8 },
    ])
    expect(await collect(fruit.entries({ to: 'apricot', limit: 3 }))).toEqual([
      ['aardvark', 8],
      ['app', 5],
      ['apple', 70],
    ])
  })

  test('are as they were when they began, whatever is written meanwhile', async () => {
    const { app, input, seen, fruit } = fruits()
    const driver = await drive(app)
    await driver.send(input, all)
    await driver.commit()
    await driver.send(input, { key: 'look', value: -1 })
    expect(seen).toEqual([['app', 'apple', 'apricot', 'banana', 'cherry', 'äpfel']])
    expect(await collect(fruit.keys({ from: 'b' }))).toEqual(['cherry', 'zucchini', 'äpfel'])
  })

  test('refuse what they can’t give', async () => {
    const { app } = fruits()
    const numbers = app.table<string, number>('numbers', { key: json<number>() })
    await drive(app)
    await expect(collect(numbers.keys({ prefix: 1 }))).rejects.toMatchObject({ code: 'FAUST_SETTING_INVALID' })
    await expect(collect(numbers.keys({ limit: -1 }))).rejects.toMatchObject({ code: 'FAUST_SETTING_INVALID' })
  })
})

describe('time to live', () => {
  const write = (key: string, second: number, value = second) => ({ key, value, timestamp: second * 1000 })

  test('takes keys that were not written for so long, by the records’ time', async () => {
    const { app, input, fruit } = fruits({ ttl: 60_000 })
    const driver = await drive(app)
    await driver.send(input, [write('a', 10), write('b', 20), write('a', 50)])
    await driver.commit()
    await driver.send(input, write('c', 79))
    await driver.commit()
    expect(await collect(fruit.keys())).toEqual(['a', 'b', 'c'])
    await driver.send(input, write('c', 80))
    // It is over at once, and dropped by the next commit.
    await driver.commit()
    expect(await fruit.has('b')).toBe(false)
    expect(await fruit.get('a')).toBe(50)
    expect(await collect(fruit.keys())).toEqual(['a', 'c'])
    await driver.send(input, write('c', 110))
    await driver.commit()
    expect(await collect(fruit.keys({ prefix: '' }))).toEqual(['c'])
  })

  test('goes on after a restart, and leaves nothing behind', async () => {
    const first = fruits({ ttl: 60_000 })
    const before = await drive(first.app)
    await before.send(first.input, [write('a', 10), write('b', 30)])
    await before.close()
    const second = fruits({ ttl: 60_000 })
    const after = await drive(second.app, { world: before.world })
    await after.send(second.input, write('c', 75))
    await after.commit()
    expect(await collect(second.fruit.keys())).toEqual(['b', 'c'])
    await after.send(second.input, write('d', 1000))
    await after.commit()
    await after.commit()
    // Looked at as bytes, its changelog holds the last key with its timer and nothing else.
    await after.close()
    const bare = createApp({ id: 'bare' })
    const changelog = bare.topic('fruits-fruit-changelog', { key: bytes(), value: bytes() })
    const raw = bare.globalTable('raw', { from: changelog })
    bare.agent('look', bare.topic('other'), { tables: [raw] }, async (stream) => {
      for await (const _ of stream);
    })
    await drive(bare, { world: before.world })
    expect(await collect(raw.keys())).toHaveLength(2)
  })
})

describe('set tables', () => {
  function tags() {
    const app = createApp({ id: 'tags' })
    const input = app.topic('input', { ...topic, value: text() })
    const sets = app.setTable('sets')
    const answers: unknown[] = []
    app.agent('tag', input, { tables: [sets] }, async (stream) => {
      for await (const { key, value } of stream.events()) {
        const element = value.slice(1)
        if (value === '!') answers.push(await sets.clear(key!))
        else answers.push(await (value[0] === '+' ? sets.add(key!, element) : sets.delete(key!, element)))
      }
    })
    return { app, input, sets, answers }
  }

  test('hold each element once, and tell what changed', async () => {
    const { app, input, sets, answers } = tags()
    const driver = await drive(app)
    const send = (key: string, ...values: string[]): Promise<void> =>
      driver.send(
        input,
        values.map((value) => ({ key, value })),
      )
    await send('a', '+x', '+y', '+x', '-y', '-y', '+', '+z')
    await send('a\u0000', '+x')
    await send('ab', '+q')
    expect(answers.slice(0, 7)).toEqual([true, true, false, true, false, true, true])
    expect(await collect(sets.members('a'))).toEqual(['', 'x', 'z'])
    expect(await sets.has('a', 'x')).toBe(true)
    expect(await sets.has('a', 'y')).toBe(false)
    expect(await sets.size('a')).toBe(3)
    await driver.commit()
    expect(await collect(sets.keys())).toEqual(['a', 'a\u0000', 'ab'])
    expect((await collect(sets.entries())).at(-1)).toEqual(['ab', 'q'])
    await send('a', '!')
    expect(answers.at(-1)).toBe(3)
    expect(await collect(sets.keys())).toEqual(['a\u0000', 'ab'])
  })

  test('are rebuilt from one record an element', async () => {
    const first = tags()
    const before = await drive(first.app)
    await before.send(first.input, [
      { key: 'a', value: '+x' },
      { key: 'a', value: '+y' },
    ])
    await before.commit()
    await before.send(first.input, { key: 'a', value: '-x' })
    await before.close()
    const second = tags()
    await drive(second.app, { world: before.world })
    expect(await collect(second.sets.members('a'))).toEqual(['y'])
  })
})

describe('tables by the partitions of their source', () => {
  test('have a shard for each partition, which is asked for by an event', async () => {
    const app = createApp({ id: 'source' })
    const input = app.topic('input', { value: json<string>(), partitions: 2 })
    const counts = app.table('counts', { value: json<number>(), default: () => 0, partitionBy: 'source' })
    const codes: string[] = []
    app.agent('count', input, { tables: [counts] }, async (stream) => {
      for await (const event of stream.events()) {
        await counts.of(event).update(event.value, (count) => count + 1)
        const other = counts.of({ partition: 1 - event.partition })
        await other.get(event.value).catch(({ code }: { code: string }) => codes.push(code))
        await collect(other.keys()).catch(({ code }: { code: string }) => codes.push(code))
      }
    })
    const driver = await drive(app)
    await driver.send(input, [
      { value: 'x', partition: 0 },
      { value: 'x', partition: 1 },
      { value: 'x', partition: 1 },
    ])
    expect(await counts.of({ partition: 0 }).get('x')).toBe(1)
    expect(await counts.of({ partition: 1 }).get('x')).toBe(2)
    expect(await collect(counts.of({ partition: 1 }).entries())).toEqual([['x', 2]])
    expect(new Set(codes)).toEqual(new Set(['FAUST_TABLE_WRONG_PARTITION']))
    expect(codes).toHaveLength(6)
  })
})
