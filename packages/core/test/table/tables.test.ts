import { describe, expect, test } from 'vitest'
import { json, type RunningStream, text } from '../../src/index.ts'
import { createEmbeddedLog } from '../../src/transport/embedded/log/embedded-log.ts'
import { testApp } from '../support/test-app.ts'
import { byText, collect, until } from '../support/until.ts'

/** An app with one table and an agent that does `work` with each value; answers what became of each. */
async function withTable<R>(
  work: (table: ReturnType<typeof declare>['table'], value: string) => Promise<R>,
  values: readonly string[],
): Promise<{ results: (R | { code: string; message: string })[]; app: ReturnType<typeof declare> }> {
  const results: (R | { code: string; message: string })[] = []
  const parts = declare(async (table, value) => {
    try {
      results.push(await work(table, value))
    } catch (error) {
      const { code, message } = error as { code: string; message: string }
      results.push({ code, message })
    }
  })
  await parts.app.start()
  for (const value of values) await parts.input.send({ key: value, value })
  await until('all values are worked on', () => results.length === values.length)
  return { results, app: parts }
}

function declare(work: (table: never, value: string) => Promise<void>) {
  const app = testApp()
  const input = app.topic('input', { value: text(), partitions: 1 })
  const table = app.table('things', { value: json<{ n: number }>() })
  app.agent('work', input, { tables: [table] }, async (stream: RunningStream<string>) => {
    for await (const value of stream) await work(table as never, value)
  })
  return { app, input, table }
}

describe('reading and writing in a handler', () => {
  test('sees its own writes at once', async () => {
    const { results } = await withTable(
      async (table, key) => {
        const before = await table.get(key)
        await table.set(key, { n: 1 })
        const between = await table.get(key)
        const updated = await table.update(key, (old) => ({ n: (old?.n ?? 0) + 1 }))
        const has = await table.has(key)
        const deleted = [await table.delete(key), await table.delete(key)]
        return { before, between, updated, has, deleted, after: await table.get(key) }
      },
      ['a'],
    )
    expect(results).toEqual([
      { before: undefined, between: { n: 1 }, updated: { n: 2 }, has: true, deleted: [true, false], after: undefined },
    ])
  })

  test('lists keys in order, with writes of this very moment', async () => {
    const { results } = await withTable(
      async (table, key) => {
        await table.set(key, { n: key.charCodeAt(0) })
        if (key === 'c') await table.delete('b')
        return collect(table.keys())
      },
      ['b', 'a', 'c'],
    )
    expect(results).toEqual([['b'], ['a', 'b'], ['a', 'c']])
  })

  test('a failing change leaves the value as it was', async () => {
    const { results } = await withTable(
      async (table, key) => {
        await table.set(key, { n: 1 })
        await expect(table.update(key, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
        await expect(
          table.update(key, () => {
            throw new Error('no')
          }),
        ).rejects.toThrow('no')
        return table.get(key)
      },
      ['a'],
    )
    expect(results).toEqual([{ n: 1 }])
  })

  test('updates of one key never interleave, also asynchronous ones', async () => {
    const { results } = await withTable(
      async (table, key) => {
        const order: number[] = []
        await Promise.all(
          Array.from({ length: 20 }, (_, index) =>
            table.update(key, async (old) => {
              order.push(index)
              await new Promise((resolve) => setTimeout(resolve, (20 - index) % 3))
              return { n: (old?.n ?? 0) + 1 }
            }),
          ),
        )
        return { value: await table.get(key), order }
      },
      ['a'],
    )
    expect(results).toEqual([{ value: { n: 20 }, order: Array.from({ length: 20 }, (_, index) => index) }])
  })
})

describe('refused', () => {
  test('writing outside a handler', async () => {
    const { app } = await withTable(async () => 0, ['a'])
    await expect(app.table.set('a', { n: 1 })).rejects.toMatchObject({ code: 'FAUST_TABLE_OUTSIDE_AGENT' })
  })

  test('a table that the agent does not name', async () => {
    const app = testApp()
    const input = app.topic('input', { value: text() })
    const table = app.table('things')
    const errors: unknown[] = []
    app.agent('other', input, async (stream) => {
      for await (const value of stream) await table.set(value, 1).catch((error: unknown) => errors.push(error))
    })
    await app.start()
    await input.send({ value: 'a' })
    await until('it has tried', () => errors.length > 0)
    expect(errors[0]).toMatchObject({
      code: 'FAUST_TABLE_NOT_DECLARED',
      message: expect.stringContaining('agent other'),
    })
  })

  test('a key of another partition, also when that partition is here', async () => {
    const app = testApp()
    const input = app.topic('input', { value: text() })
    const table = app.table('things', { value: json<number>() })
    const codes = new Map<string, string>()
    app.agent('work', input, { tables: [table] }, async (stream) => {
      for await (const value of stream) {
        await table.set(value, 1).then(
          () => codes.set(value, 'fine'),
          (error: { code: string; message: string }) => codes.set(value, error.code),
        )
      }
    })
    await app.start()
    await input.send({ key: 'a', value: 'a' })
    await input.send({ key: 'a', value: 'b', partition: 1 })
    await input.send({ key: 'a', value: 'b', partition: 2 })
    await until('both are tried', () => codes.size === 2)
    expect(codes.get('a')).toBe('fine')
  })

  test('a table whose keys have other bytes than its topic', () => {
    const app = testApp()
    const input = app.topic('input', { key: json<string>() })
    const table = app.table('things', { key: text() })
    expect(() => app.agent('work', input, { tables: [table] }, async () => {})).toThrow(
      /keys by text, topic input by json/,
    )
  })

  test('two topics with different partition counts that meet in a table', async () => {
    const app = testApp()
    const table = app.table('things')
    for (const [name, partitions] of [
      ['one', 2],
      ['two', 3],
    ] as const) {
      app.agent(name, app.topic(`topic-${name}`, { partitions }), { tables: [table] }, async (stream) => {
        for await (const _ of stream);
      })
    }
    await expect(app.start()).rejects.toMatchObject({
      code: 'FAUST_PARTITION_MISMATCH',
      message: expect.stringMatching(/2.*3|3.*2/),
    })
  })
})

describe('after a restart', () => {
  test('a table is rebuilt from its changelog, with deletions', async () => {
    const log = createEmbeddedLog({})
    const run = async (values: readonly string[]): Promise<[string, number][]> => {
      const app = testApp({ log })
      const input = app.topic('input', { value: text() })
      const counts = app.table('counts', { value: json<number>(), default: () => 0 })
      let seen = 0
      app.agent('count', input, { tables: [counts] }, async (stream) => {
        for await (const value of stream) {
          if (value.startsWith('-')) await counts.delete(value.slice(1))
          else await counts.update(value, (n) => n + 1)
          seen++
        }
      })
      await app.start()
      for (const value of values) await input.send({ key: value.replace('-', ''), value })
      await until('all is seen', () => seen === values.length)
      const entries = await collect(counts.entries())
      await app.stop()
      return entries.toSorted(byText)
    }
    expect(await run(['a', 'b', 'a', 'c', '-c'])).toEqual([
      ['a', 2],
      ['b', 1],
    ])
    expect(await run(['b', '-a', 'd'])).toEqual([
      ['b', 2],
      ['d', 1],
    ])
    expect(await run([])).toEqual([
      ['b', 2],
      ['d', 1],
    ])
  })
})

test('many writes begin a commit before its time, whatever tables they are to', async () => {
  const app = testApp({ commitInterval: 3_600_000, tableBufferBytes: 1_000_000 })
  const input = app.topic('input', { value: json<number>(), partitions: 2 })
  const one = app.table('one', { value: json<number>() })
  const other = app.table('other', { value: json<number>(), partitionBy: 'source' })
  app.agent('write', input, { tables: [one, other] }, async (stream) => {
    for await (const event of stream.events()) {
      for (let n = 0; n < event.value; n++) await other.of(event).set(`key-${n}`, n)
      await one.set(event.key!, event.value)
    }
  })
  await app.start()
  await input.send({ key: 'a', value: 1000 })
  await until('it is handled', () => app.status().partitions.some(({ frontier }) => frontier === 1))
  expect(app.monitor.snapshot().totals.commits).toBe(0)
  await input.send({ key: 'a', value: 4000 })
  await until('it commits', () => app.monitor.snapshot().totals.commits > 0)
  expect(app.status().partitions.some(({ committed }) => committed === 2)).toBe(true)
})
