import { createApp, type Headers, json, silentLogger, text } from '@faust/core'
import { type TestDriver, testApp } from '@faust/testing'
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { AlwaysOffSampler, ParentBasedSampler, type Sampler } from '@opentelemetry/sdk-trace-base'
import { afterEach, expect, test } from 'vitest'
import { opentelemetrySensor, type OpenTelemetryOptions } from '../src/index.ts'
import { ancestry, tracing } from './support/sdk.ts'

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

function sdk(sampler?: Sampler) {
  const made = tracing(sampler)
  closing.push(made.close)
  return made
}

async function drive(app: ReturnType<typeof createApp>, options: OpenTelemetryOptions): Promise<TestDriver> {
  const driver = await testApp(app, { sensors: [opentelemetrySensor(options)] })
  closing.push(() => driver.close().catch(() => {}))
  return driver
}

const parentOf = (headers: Headers): string | undefined => {
  const value = headers.find(([name]) => name === 'traceparent')?.[1]
  return value ? new TextDecoder().decode(value) : undefined
}

const bytes = (value: string): Uint8Array => new TextEncoder().encode(value)
const upstream = '0af7651916cd43dd8448eb211c80319c'
const header = (flags = '01') => [['traceparent', bytes(`00-${upstream}-b7ad6b7169203331-${flags}`)]] as const

interface Order {
  readonly account: string
  readonly amount: number
}

/** Orders are summed by account, through a repartition topic, and the sums go to a topic that another agent reads. */
function program() {
  const app = createApp({ id: 'shop', logger: silentLogger })
  const orders = app.topic('orders', { partitions: 1, value: json<Order>() })
  const sums = app.topic('sums', { partitions: 1, key: text(), value: json<number>() })
  const table = app.table('totals', { key: text(), value: json<number>(), default: () => 0 })
  const seen: (string | undefined)[] = []
  const active = (): void => void seen.push(trace.getActiveSpan()?.spanContext().spanId)
  app.agent('sum', orders.groupBy('account'), { tables: [table] }, async (stream) => {
    for await (const { account, amount } of stream) {
      active()
      const sum = await table.update(account, (before) => before + amount)
      await sums.send({ key: account, value: sum })
      active()
    }
  })
  app.agent('watch', sums, async (stream) => {
    for await (const _ of stream);
  })
  return { app, orders, sums, seen }
}

test('one trace follows a record through repartition, handler, changelog and output topic', async () => {
  const { options, span, spans } = sdk()
  const { app, orders, seen, sums } = program()
  const driver = await drive(app, options)
  await driver.send(orders, { value: { account: 'a', amount: 3 }, headers: [...header()] })
  await driver.commit()

  const repartition = 'shop-orders-account-repartition'
  expect(ancestry(span('process sums'), spans())).toEqual([
    'process sums',
    'create sums',
    `process ${repartition}`,
    `create ${repartition}`,
    'process orders',
  ])
  expect(spans().map((each) => each.spanContext().traceId)).toEqual(spans().map(() => upstream))
  expect(span('process orders').parentSpanContext?.spanId).toBe('b7ad6b7169203331')
  expect(span('process sums')).toMatchObject({
    kind: SpanKind.CONSUMER,
    attributes: {
      'messaging.system': 'kafka',
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.destination.name': 'sums',
      'messaging.destination.partition.id': '0',
      'messaging.consumer.group.name': 'shop',
      'messaging.kafka.offset': 0,
      'faust.agent': 'watch',
    },
  })
  expect(span('create sums').kind).toBe(SpanKind.PRODUCER)

  const summing = span(`process ${repartition}`).spanContext().spanId
  expect(seen).toEqual([summing, summing])
  const [sent] = await driver.read(sums)
  expect(parentOf(sent!.headers)).toBe(`00-${upstream}-${span('create sums').spanContext().spanId}-01`)
  const changelog = createApp({ id: 'other' }).topic('shop-totals-changelog', { value: json<number>() })
  const entries = await driver.read(changelog)
  expect(entries.map(({ headers, value }) => [value, parentOf(headers)])).toEqual([[3, `00-${upstream}-${summing}-01`]])
})

test('each record of a loop has its own span active, also across awaits, and none is active between two', async () => {
  const { options, spans, tracer } = sdk()
  const app = createApp({ id: 'shop', logger: silentLogger })
  const numbers = app.topic('numbers', { partitions: 1, value: json<number>() })
  const squares = app.topic('squares', { partitions: 1, value: json<number>() })
  const names: string[] = []
  const between: unknown[] = []
  app.agent('square', numbers, async (stream) => {
    between.push(trace.getActiveSpan())
    const iterator = stream[Symbol.asyncIterator]()
    for (;;) {
      const next = await iterator.next()
      if (next.done === true) return
      await tracer.startActiveSpan(`compute ${next.value}`, async (own) => {
        await Promise.resolve()
        await squares.send({ value: next.value ** 2 })
        own.end()
      })
      names.push(trace.getActiveSpan()!.spanContext().traceId)
    }
  })
  const driver = await drive(app, options)
  await driver.send(
    numbers,
    [2, 3, 4].map((value) => ({ value })),
  )
  expect(between).toEqual([undefined])
  const processed = spans().filter(({ name }) => name === 'process numbers')
  expect(names).toEqual(processed.map((each) => each.spanContext().traceId))
  expect(new Set(names).size).toBe(3)
  for (const value of [2, 3, 4]) {
    const computed = spans().find(({ name }) => name === `compute ${value}`)!
    expect(ancestry(computed, spans())).toEqual([`compute ${value}`, 'process numbers'])
    const created = spans().find((each) => each.parentSpanContext?.spanId === computed.spanContext().spanId)
    expect(created?.name).toBe('create squares')
  }
})

test('what the sampler leaves out is carried on all the same, so that nobody downstream samples it again', async () => {
  const { options, spans } = sdk(new ParentBasedSampler({ root: new AlwaysOffSampler() }))
  const { app, orders, sums } = program()
  const driver = await drive(app, options)
  await driver.send(orders, [
    { value: { account: 'a', amount: 1 }, headers: [...header('00')] },
    { value: { account: 'b', amount: 2 } },
  ])
  expect(spans()).toEqual([])
  const [first, second] = await driver.read(sums)
  expect(parentOf(first!.headers)).toMatch(new RegExp(`^00-${upstream}-[0-9a-f]{16}-00$`))
  expect(parentOf(second!.headers)).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/)
  await driver.send(orders, { value: { account: 'c', amount: 3 }, headers: [...header('01')] })
  expect(spans()).toHaveLength(5)
})

test('baggage travels with the record, to be read where it is processed', async () => {
  const { options } = sdk()
  const app = createApp({ id: 'shop', logger: silentLogger })
  const first = app.topic('first', { partitions: 1, value: json<number>() })
  const second = app.topic('second', { partitions: 1, value: json<number>() })
  const read: unknown[] = []
  app.agent('pass', first, async (stream) => {
    for await (const value of stream) await second.send({ value })
  })
  app.agent('read', second, async (stream) => {
    for await (const _ of stream) read.push(propagation.getActiveBaggage()?.getEntry('tenant')?.value)
  })
  const driver = await drive(app, options)
  await driver.send(first, { value: 1, headers: [['baggage', bytes('tenant=seven')]] })
  expect(read).toEqual(['seven'])
})

test('a list has one span that is linked to what its records brought', async () => {
  const { options, span, spans } = sdk()
  const app = createApp({ id: 'shop', logger: silentLogger })
  const input = app.topic('input', { partitions: 1, value: json<number>() })
  const output = app.topic('output', { partitions: 1, value: json<number>() })
  app.agent('pair', input, async (stream) => {
    for await (const list of stream.take(2)) await output.send({ value: list.length })
  })
  const driver = await drive(app, options)
  await driver.send(input, [{ value: 1, headers: [...header()] }, { value: 2 }])
  expect(span('process input').links.map((link) => link.context.traceId)).toEqual([upstream])
  expect(span('process input').attributes['messaging.batch.message_count']).toBe(2)
  expect(span('process input').spanContext().traceId).not.toBe(upstream)
  expect(ancestry(span('create output'), spans())).toEqual(['create output', 'process input'])
})

test('a failure is an error without its message; its dead letter and the replay stay in the trace', async () => {
  const { options, spans } = sdk()
  const app = createApp({
    id: 'shop',
    logger: silentLogger,
    failures: { retries: 1, backoff: 10, otherwise: 'deadLetter' },
  })
  const input = app.topic('input', { partitions: 1, value: json<number>() })
  let bad = true
  app.agent('work', input, async (stream) => {
    for await (const value of stream) if (bad) throw new RangeError(`secret ${value}`)
  })
  const driver = await drive(app, options)
  await driver.send(input, { value: 1, headers: [...header()] })
  const tries = spans().filter(({ name }) => name === 'process input')
  expect(
    tries.map(({ attributes, status }) => [attributes['faust.attempt'], attributes['error.type'], status]),
  ).toEqual([
    [undefined, 'RangeError', { code: SpanStatusCode.ERROR }],
    [2, 'RangeError', { code: SpanStatusCode.ERROR }],
  ])
  expect(tries.flatMap(({ events }) => events)).toEqual([])
  bad = false
  await driver.replayDeadLetters()
  const replayed = spans().at(-1)!
  expect(replayed.status.code).toBe(SpanStatusCode.UNSET)
  const letters = 'shop-work-dead-letters'
  expect(ancestry(replayed, spans())).toEqual(['process shop-work-replay', `create ${letters}`, 'process input'])
  expect(replayed.spanContext().traceId).toBe(upstream)
})

test('messages and stacks of failures are told to whoever asks for them', async () => {
  const { options, spans } = sdk()
  const app = createApp({ id: 'shop', logger: silentLogger, failures: { retries: 0, otherwise: 'skip' } })
  const input = app.topic('input', { partitions: 1, value: json<number>() })
  app.agent('work', input, async (stream) => {
    for await (const value of stream.filter((each) => each > 0)) throw new RangeError(`bad ${value}`)
  })
  const driver = await drive(app, { ...options, exceptions: true })
  await driver.send(input, [{ value: 0 }, { value: 1 }])
  expect(spans().map(({ attributes }) => attributes['faust.outcome'])).toEqual(['filtered', 'failed'])
  expect(spans()[1]!.events[0]!.attributes).toMatchObject({ 'exception.message': 'bad 1' })
})

test('a send outside of handlers belongs to whatever span is active there', async () => {
  const { options, span, spans, tracer } = sdk()
  const { app, orders } = program()
  const driver = await drive(app, options)
  await tracer.startActiveSpan('request', async (request) => {
    const sent = orders.send({ value: { account: 'a', amount: 1 } })
    request.end()
    await driver.advance(1000)
    await sent
  })
  expect(ancestry(span('process orders'), spans())).toEqual(['process orders', 'create orders', 'request'])
})

test('without a context manager in the SDK the record is followed all the same', async () => {
  const { options, span, spans } = sdk()
  context.disable()
  const { app, orders, seen } = program()
  const driver = await drive(app, options)
  await driver.send(orders, { value: { account: 'a', amount: 3 } })
  expect(ancestry(span('process sums'), spans())).toHaveLength(5)
  expect(seen).toEqual([undefined, undefined])
})

test('without an SDK headers are left as they are', async () => {
  const { app, orders, sums } = program()
  const driver = await drive(app, {})
  await driver.send(orders, { value: { account: 'a', amount: 3 }, headers: [...header()] })
  const [sent] = await driver.read(sums)
  expect(sent!.headers).toEqual([])
  const [repartitioned] = await driver.read(orders.groupBy('account'))
  expect(repartitioned!.headers).toEqual(header())
})

test('a misspelt option is refused', () => {
  expect(() => opentelemetrySensor({ trace: true } as never)).toThrow(/`trace` does not exist/)
})
