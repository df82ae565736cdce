import {
  type InjectFacts,
  json,
  type Headers,
  type ProcessFacts,
  type ProcessSpan,
  type Sensor,
  SENSOR_CONTRACT,
  type SpanOutcome,
  text,
  type TracedHeaders,
} from '@faust/core'
import { describe, expect, test } from 'vitest'
import { drive, newApp } from '../driver/programs.ts'

const encoder = new TextEncoder()

/** A tracer that names its spans by what they process, and writes the name into the header `trace`. */
function recorder() {
  const spans: RecordedSpan[] = []
  const injected: (InjectFacts & { readonly by: string })[] = []
  let current: () => ProcessSpan | undefined = () => undefined
  const carry = (by: string, facts: InjectFacts): TracedHeaders => {
    injected.push({ ...facts, by })
    return [...facts.headers.filter(([name]) => name !== 'trace'), ['trace', encoder.encode(by)]]
  }
  class RecordedSpan implements ProcessSpan {
    readonly facts: ProcessFacts
    readonly ends: SpanOutcome[] = []
    error: unknown
    constructor(facts: ProcessFacts) {
      this.facts = facts
    }
    get name(): string {
      const { agent, attempt, records } = this.facts
      return `${agent} ${records.map(({ offset }) => offset).join('+')}${attempt > 1 ? ` try ${attempt}` : ''}`
    }
    inject(facts: InjectFacts): TracedHeaders {
      return carry(this.name, facts)
    }
    end(outcome: SpanOutcome, error?: unknown): void {
      this.ends.push(outcome)
      this.error = error
    }
  }
  const sensor: Sensor = {
    name: 'sensor-recorder',
    contract: SENSOR_CONTRACT,
    async start() {},
    async close() {},
    trace: {
      run(now, body) {
        current = now
        return body()
      },
      process(facts) {
        const span = new RecordedSpan(facts)
        spans.push(span)
        return span
      },
      inject: (facts) => carry('nobody', facts),
    },
  }
  return {
    sensor,
    spans,
    injected,
    now: () => (current() as RecordedSpan | undefined)?.name,
    ended: () => spans.map(({ ends, name }) => `${name}: ${ends.join()}`),
  }
}

const traceOf = (headers: Headers): string | undefined => {
  const value = headers.find(([name]) => name === 'trace')?.[1]
  return value === undefined ? undefined : new TextDecoder().decode(value ?? new Uint8Array())
}

const one = { partitions: 1, key: text(), value: json<number>() }

describe('where an app is traced', () => {
  test('each value has a span of its own while it is in hand, and what leaves on its behalf is told so', async () => {
    const { ended, injected, now, sensor, spans } = recorder()
    const app = newApp()
    const input = app.topic<number>('input', one)
    const output = app.topic<number>('output', one)
    const sums = app.table<number>('sums', { key: text(), value: json<number>(), default: () => 0 })
    const seen: unknown[] = []
    app.agent('sum', input, { tables: [sums] }, async (stream) => {
      seen.push(now())
      for await (const { key, value, headers } of stream.filter((each) => each !== 2).events()) {
        await Promise.resolve()
        seen.push(now())
        const sum = await sums.update(key!, (before) => before + value)
        await output.send({ key, value: sum, headers })
      }
    })
    const driver = await drive(app, { sensors: [sensor] })
    const own = ['own', encoder.encode('x')] as const
    await driver.send(input, [
      { key: 'a', value: 1, headers: [own] },
      { key: 'a', value: 2 },
      { key: 'b', value: 3 },
    ])
    expect(seen).toEqual([undefined, 'sum 0', 'sum 2'])
    expect(ended()).toEqual(['sum 0: done', 'sum 1: filtered', 'sum 2: done'])
    expect(spans[0]!.facts).toMatchObject({ agent: 'sum', topic: 'input', partition: 0, attempt: 1 })
    expect(spans[0]!.facts.records[0]!.headers).toEqual([own])
    const sent = await driver.read(output)
    expect(sent.map(({ headers, value }) => [value, traceOf(headers)])).toEqual([
      [1, 'sum 0'],
      [3, 'sum 2'],
    ])
    expect(sent[0]!.headers[0]).toEqual(own)

    await driver.commit()
    const changelog = newApp().topic<number>('test-sums-changelog', one)
    const entries = await driver.read(changelog)
    expect(entries.map(({ headers, key }) => [key, traceOf(headers)])).toEqual([
      ['a', 'sum 0'],
      ['b', 'sum 2'],
    ])
    expect(injected.map(({ by, kind, topic }) => [kind, topic, by])).toEqual([
      ['send', 'output', 'sum 0'],
      ['send', 'output', 'sum 2'],
      ['changelog', 'test-sums-changelog', 'sum 0'],
      ['changelog', 'test-sums-changelog', 'sum 2'],
    ])
  })

  test('a changelog entry is of the value that wrote it last', async () => {
    const { sensor } = recorder()
    const app = newApp()
    const input = app.topic<number>('input', one)
    const last = app.table<number>('last', { key: text(), value: json<number>() })
    app.agent('keep', input, { tables: [last] }, async (stream) => {
      for await (const { key, value } of stream.events()) await last.set(key!, value)
    })
    const driver = await drive(app, { sensors: [sensor] })
    await driver.send(
      input,
      [1, 2, 3].map((value) => ({ key: 'a', value })),
    )
    await driver.commit()
    await driver.send(input, { key: 'a', value: 4 })
    await driver.commit()
    const entries = await driver.read(newApp().topic<number>('test-last-changelog', one))
    expect(entries.map(({ headers }) => traceOf(headers))).toEqual(['keep 2', 'keep 3'])
  })

  test('a list has one span, which its sends carry on', async () => {
    const { ended, sensor } = recorder()
    const app = newApp()
    const input = app.topic<number>('input', one)
    const output = app.topic<number>('output', one)
    app.agent('pair', input, async (stream) => {
      for await (const list of stream.take(2)) await output.send({ value: list.length })
    })
    const driver = await drive(app, { sensors: [sensor] })
    await driver.send(
      input,
      [1, 2, 3, 4].map((value) => ({ value })),
    )
    expect(ended()).toEqual(['pair 0+1: done', 'pair 2+3: done'])
    expect((await driver.read(output)).map(({ headers }) => traceOf(headers))).toEqual(['pair 0+1', 'pair 2+3'])
  })

  test('every try has a span; a dead letter and its replay carry the last one on', async () => {
    const { ended, sensor, spans } = recorder()
    const app = newApp({ failures: { retries: 1, backoff: 10, otherwise: 'deadLetter' } })
    const input = app.topic<number>('input', one)
    let bad = true
    app.agent('work', input, async (stream) => {
      for await (const value of stream) if (bad && value === 1) throw new Error('bad')
    })
    const driver = await drive(app, { sensors: [sensor] })
    await driver.send(input, [{ value: 1 }, { value: 2 }])
    expect(ended()).toEqual(['work 0: failed', 'work 0 try 2: failed', 'work 1: done'])
    expect(spans[0]!.error).toMatchObject({ message: 'bad' })
    const [letter] = await driver.deadLetters()
    expect(traceOf(letter!.headers)).toBe('work 0 try 2')
    bad = false
    await driver.replayDeadLetters()
    expect(spans.at(-1)!.ends).toEqual(['done'])
    expect(traceOf(spans.at(-1)!.facts.records[0]!.headers as Headers)).toBe('work 0 try 2')
  })

  test('what groupBy writes is told of its own span, and so on from topic to topic', async () => {
    const { ended, injected, sensor } = recorder()
    const app = newApp()
    const orders = app.topic<{ account: string }>('orders', { partitions: 1 })
    app.agent('count', orders.groupBy('account'), async (stream) => {
      for await (const _ of stream);
    })
    const driver = await drive(app, { sensors: [sensor] })
    await driver.send(orders, { value: { account: 'a' } })
    const group = 'groupBy test-orders-account-repartition'
    expect(ended()).toEqual([`${group} 0: done`, 'count 0: done'])
    expect(injected).toMatchObject([{ kind: 'send', topic: 'test-orders-account-repartition', by: `${group} 0` }])
  })

  test('a send outside of handlers is told, too', async () => {
    const { injected, sensor } = recorder()
    const app = newApp()
    const output = app.topic<number>('output', one)
    app.task('feed', async () => {
      await output.send({ value: 1 })
      await output.publish({ value: 2 })
    })
    const driver = await drive(app, { sensors: [sensor] })
    expect((await driver.read(output)).map(({ headers }) => traceOf(headers))).toEqual(['nobody', 'nobody'])
    expect(injected.map(({ by }) => by)).toEqual(['nobody', 'nobody'])
  })

  test('a tracer that throws is dropped, and every record goes on as if there were none', async () => {
    for (const member of ['run', 'process', 'inject'] as const) {
      const { sensor } = recorder()
      const app = newApp()
      const input = app.topic<number>('input', one)
      const output = app.topic<number>('output', one)
      app.agent('copy', input, async (stream) => {
        for await (const value of stream) await output.send({ value })
      })
      const driver = await drive(app, {
        sensors: [
          {
            ...sensor,
            trace: {
              ...sensor.trace!,
              [member]: () => {
                throw new Error('a defect')
              },
            },
          },
        ],
      })
      await driver.send(input, [{ value: 1 }, { value: 2 }])
      expect((await driver.read(output)).map(({ value }) => value)).toEqual([1, 2])
    }
  })
})

test('under exactly-once a failed try is undone and told as failed, and what it sent is not told again', async () => {
  const { ended, sensor } = recorder()
  const app = newApp({ guarantee: 'exactly-once', failures: { retries: 1, backoff: 10 } })
  const input = app.topic<number>('input', one)
  const output = app.topic<number>('output', one)
  let tries = 0
  app.agent('copy', input, async (stream) => {
    for await (const value of stream) {
      await output.send({ value })
      if (++tries === 1) throw new Error('once')
    }
  })
  const driver = await drive(app, { sensors: [sensor] })
  await driver.send(input, { value: 1 })
  await driver.commit()
  expect(ended()).toEqual(['copy 0: failed', 'copy 0 try 2: done'])
  expect((await driver.read(output)).map(({ headers }) => traceOf(headers))).toEqual(['copy 0 try 2'])
})

test('two sensors that trace are refused', () => {
  const sensors = [recorder().sensor, { ...recorder().sensor, name: 'sensor-other' }]
  expect(() => newApp({ sensors })).toThrow(
    expect.objectContaining({
      code: 'FAUST_SETTING_INVALID',
      message: expect.stringMatching(/sensor-recorder and sensor-other both trace/),
    }),
  )
})
