import { json, type FailureOptions } from '@faust/core'
import { describe, expect, test } from 'vitest'
import type { TestDriver } from '../../src/index.ts'
import { drive, newApp } from '../driver/programs.ts'

/** Counts into a table and sends, and then fails at `bad` as often as `fails` says. */
function counting(failures: FailureOptions, bad: number, fails: number) {
  const app = newApp({ guarantee: 'exactly-once', failures })
  const input = app.topic<number>('input', { partitions: 1 })
  const output = app.topic<string>('output', { partitions: 1 })
  const counts = app.table<number>('counts', { value: json<number>(), default: () => 0 })
  const handed: number[] = []
  let failed = 0
  app.agent('count', input, { tables: [counts] }, async (stream) => {
    for await (const { key, value } of stream.events()) {
      handed.push(value)
      const count = await counts.update(key!, (before) => before + 1)
      await output.send({ key, value: `${value} is number ${count}` })
      if (value === bad && failed++ < fails) throw new Error('bad')
    }
  })
  return { app, input, output, counts, handed }
}

const records = (...values: number[]) => values.map((value) => ({ key: 'k', value }))

async function outputs(driver: TestDriver, output: ReturnType<typeof counting>['output']): Promise<readonly string[]> {
  await driver.commit()

  return (await driver.read(output)).map(({ value }) => value)
}

describe('an attempt that wrote and failed', () => {
  test('is undone before the next one', async () => {
    const { app, input, output, counts, handed } = counting({}, 2, 2)
    const driver = await drive(app)
    await driver.send(input, records(1, 2, 3))
    expect(await outputs(driver, output)).toEqual(['1 is number 1', '2 is number 2', '3 is number 3'])
    expect(await driver.table(counts)).toEqual(new Map([['k', 3]]))
    // What was done since the last commit is done again.
    expect(handed).toEqual([1, 2, 1, 2, 1, 2, 3])
  })

  test('is undone before a skip, which does not hand the value over again', async () => {
    const { app, input, output, counts, handed } = counting({ retries: 1, otherwise: 'skip' }, 2, 99)
    const driver = await drive(app)
    await driver.send(input, records(1, 2, 3))
    expect(await outputs(driver, output)).toEqual(['1 is number 1', '3 is number 2'])
    expect(await driver.table(counts)).toEqual(new Map([['k', 2]]))
    expect(handed).toEqual([1, 2, 1, 2, 1, 3])
    expect(app.status().partitions[0]).toMatchObject({ frontier: 3, committed: 3 })
  })

  test('leaves one dead letter and nothing else', async () => {
    const { app, input, output } = counting({ retries: 2, otherwise: 'deadLetter' }, 2, 99)
    const driver = await drive(app)
    await driver.send(input, records(1, 2, 3))
    expect(await outputs(driver, output)).toEqual(['1 is number 1', '3 is number 2'])
    const second = counting({ otherwise: 'deadLetter' }, 2, 99)
    await driver.close()
    await drive(second.app, { world: driver.world })
    expect(second.handed).toEqual([])
  })

  test('that wrote nothing is tried again without undoing anything', async () => {
    const app = newApp({ guarantee: 'exactly-once' })
    const input = app.topic<number>('input', { partitions: 1 })
    const output = app.topic<number>('output', { partitions: 1 })
    const handed: number[] = []
    app.agent('pass', input, async (stream) => {
      for await (const value of stream) {
        handed.push(value)
        if (value === 2 && handed.length < 3) throw new Error('bad')
        await output.send({ value })
      }
    })
    const driver = await drive(app)
    await driver.send(input, records(1, 2, 3))
    expect(handed).toEqual([1, 2, 2, 3])
    await driver.commit()

    expect((await driver.read(output)).map(({ value }) => value)).toEqual([1, 2, 3])
  })

  test('in a list is undone with the list', async () => {
    const app = newApp({ guarantee: 'exactly-once', failures: { retries: 3, otherwise: 'skip' } })
    const input = app.topic<number>('input', { partitions: 1 })
    const output = app.topic<number>('output', { partitions: 1 })
    const handed: number[][] = []
    app.agent('batch', input, async (stream) => {
      for await (const list of stream.take(3, { within: 1000 })) {
        handed.push(list)
        for (const value of list) await output.send({ value })
        if (list.includes(2)) throw new Error('bad')
      }
    })
    const driver = await drive(app)
    await driver.send(input, records(1, 2, 3, 4, 5, 6))
    await driver.commit()

    expect((await driver.read(output)).map(({ value }) => value)).toEqual([1, 3, 4, 5, 6])
    expect(handed.slice(0, 3)).toEqual([[1, 2, 3], [1, 2, 3], [1]])
    expect(handed.at(-1)).toEqual([4, 5, 6])
  })
})

test('a list that is gathered goes early when another agent is ahead, so that a crash repeats nothing', async () => {
  const program = () => {
    const app = newApp({ guarantee: 'exactly-once' })
    const input = app.topic<number>('input', { partitions: 1 })
    const sent = app.topic<string>('sent', { partitions: 1 })
    app.agent('gather', input, async (stream) => {
      for await (const list of stream.take(4)) await sent.send({ value: `list ${list.join()}` })
    })
    app.agent('each', input, async (stream) => {
      for await (const value of stream) await sent.send({ value: `one ${value}` })
    })
    return { app, input, sent }
  }
  const first = program()
  const driver = await drive(first.app)
  await driver.send(first.input, records(1, 2, 3, 4, 5, 6))
  await driver.commit()

  const sent = (await driver.read(first.sent)).map(({ value }) => value)
  expect(sent.toSorted()).toEqual(['list 1,2,3,4', 'list 5,6', 'one 1', 'one 2', 'one 3', 'one 4', 'one 5', 'one 6'])
  await driver.crash()
  const second = program()
  const again = await drive(second.app, { world: driver.world })
  await again.advance(20_000)
  expect(await again.read(second.sent)).toEqual([])
})
