import { readFileSync } from 'node:fs'
import { createApp, type DecodeContext, isFaustError, isPromise, silentLogger } from '@faust/core'
import { serializerConformance, virtualClock } from '@faust/testing'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { avro, schemaRegistry, type SchemaRegistryOptions } from '../src/index.ts'
import { memoryRegistry, type MemoryRegistry } from './memory-registry.ts'

interface Evolution {
  readonly schema: object
  readonly frames: readonly { wire: 'confluent' | 'apicurio'; id: number; bytes: string }[]
}

const { evolution } = JSON.parse(readFileSync(new URL('./fixtures/python.json', import.meta.url), 'utf8')) as {
  evolution: Evolution
}
const context: DecodeContext & { headers: [] } = { topic: 'orders', part: 'value', headers: [] }
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const unhex = (digits: string): Uint8Array => new Uint8Array(Buffer.from(digits, 'hex'))
const record = (...fields: object[]): object => ({ type: 'record', name: 'Order', namespace: 'shop', fields })
const id = { name: 'id', type: 'string' }
const ORDER = record(id, { name: 'count', type: 'long', default: 1 })

let server: MemoryRegistry
beforeEach(async () => {
  server = await memoryRegistry()
})
afterEach(() => server.close())

/** A client whose pauses take no time. */
function client(options: Partial<SchemaRegistryOptions> = {}): ReturnType<typeof schemaRegistry> {
  const clock = { ...virtualClock(), setTimeout: immediately }
  return schemaRegistry({ url: server.url, clock, ...options })
}

/** Fires pauses at once, and the limit of a request never. */
function immediately(callback: () => void, delay: number): { cancel(): void } {
  if (delay < 10_000) setImmediate(callback)
  return { cancel() {} }
}

async function failure(call: () => unknown): Promise<unknown> {
  try {
    await call()
  } catch (error) {
    return error
  }
  throw new Error('It did not fail')
}

test('who declares other bytes has another name: tables and agents tell formats by it', () => {
  const registry = client()
  const formats = [avro(ORDER), avro(ORDER, { registry }), avro(ORDER, { registry, wire: 'apicurio' })]
  expect(formats.map(({ name }) => name)).toEqual(['avro', 'avro (confluent)', 'avro (apicurio)'])
})

describe('the kit', () => {
  serializerConformance<unknown>({
    test,
    supports: { keys: true },
    create: () => avro(ORDER, { registry: client() }),
    values: [
      { id: '', count: 0 },
      { id: 'a', count: 2 ** 40 },
      { id: 'x'.repeat(70_000), count: -1 },
    ],
    invalidBytes: [
      new Uint8Array(0),
      unhex('0000000001'),
      unhex('01000000010000'),
      unhex('000000000102'),
      unhex('00ffffffff0000'),
    ],
  })
})

test('a promise at the first look-up of a topic and of an id, and none ever after', async () => {
  const orders = avro<object>(ORDER, { registry: client() })
  const first = orders.encode({ id: 'a', count: 1 }, context)
  expect(isPromise(first)).toBe(true)
  expect(hex(await first)).toBe('0000000001026102')
  expect(isPromise(orders.encode({ id: 'a', count: 1 }, context))).toBe(false)
  const read = orders.decode(await first, context)
  expect(isPromise(read)).toBe(true)
  expect(await read).toEqual({ id: 'a', count: 1 })
  expect(orders.decode(await first, context)).toEqual({ id: 'a', count: 1 })
  expect(server.requests).toEqual(['POST /subjects/orders-value/versions', 'GET /schemas/ids/1'])
})

test('many at once ask once, and each gets its own value', async () => {
  const orders = avro<{ id: string }>(ORDER, { registry: client() })
  const value = { id: '0', count: 1 }
  const all = Array.from({ length: 20 }, (_, n) => {
    value.id = String(n)
    return orders.encode(value, context)
  })
  const written = await Promise.all(all.map(async (bytes) => bytes))
  const buffers = written.map((bytes) => {
    const shared = Uint8Array.from(bytes)
    const answer = orders.decode(shared, context)
    shared.fill(0xa5)
    return answer
  })
  expect((await Promise.all(buffers.map(async (value) => value))).map(({ id }) => id)).toEqual(
    Array.from({ length: 20 }, (_, n) => String(n)),
  )
  expect(server.requests).toHaveLength(2)
})

test.each(evolution.frames)(
  'what Python wrote with an older schema is read as the new one: $wire',
  async ({ wire, id: number, bytes }) => {
    server.put(number, { schema: JSON.stringify(evolution.schema) })
    const schema = record(
      id,
      { name: 'amount', type: 'long', aliases: ['count'] },
      { name: 'note', type: ['null', 'string'], default: null },
    )
    const orders = avro(schema, { registry: client(), wire })
    expect(await orders.decode(unhex(bytes), context)).toEqual({ id: 'o', amount: 7, note: null })
  },
)

test('ids of 64 bits are written as Apicurio writes them', async () => {
  const orders = avro(ORDER, { registry: client(), wire: 'apicurio' })
  expect(hex(await orders.encode({ id: 'a', count: 1 }, context))).toBe('000000000000000001026102')
})

test('a schema that uses others by name is fetched with them, each once', async () => {
  server.put(
    7,
    { schema: JSON.stringify({ type: 'enum', name: 'State', namespace: 'shop', symbols: ['NEW'] }) },
    'state',
  )
  const line = record(id, { name: 'state', type: 'shop.State' })
  server.put(
    8,
    {
      schema: JSON.stringify({ ...line, name: 'Line' }),
      references: [{ name: 'shop.State', subject: 'state', version: 1 }],
    },
    'line',
  )
  const whole = record({ name: 'line', type: 'shop.Line' }, { name: 'state', type: 'shop.State' })
  const references = ['line', 'state'].map((subject) => ({ name: subject, subject, version: 1 }))
  server.put(9, { schema: JSON.stringify(whole), references })
  const reader = avro(record({ name: 'line', type: { ...line, name: 'Line', fields: [id] } }), { registry: client() })
  expect(await reader.decode(unhex('000000000902610000'), context)).toEqual({ line: { id: 'a' } })
  expect(server.requests).toHaveLength(3)
})

test.each([
  ['topic', 'orders-value', 'orders-key'],
  ['record', 'shop.Order', 'shop.Order'],
  ['topicRecord', 'orders-shop.Order', 'orders-shop.Order'],
  [({ topic, part }: { topic: string; part: string }) => `a/b ${topic} ${part}`, 'a/b orders value', 'a/b orders key'],
] as const)('subjects by %s', async (subject, value, key) => {
  const orders = avro<object>(ORDER, { registry: client(), subject })
  await orders.encode({ id: 'a', count: 1 }, context)
  await orders.encode({ id: 'a', count: 1 }, { ...context, part: 'key' })
  expect([server.ids(value), server.ids(key)]).toEqual([[1], [1]])
})

test('a strategy by record needs a name', () => {
  expect(() => avro('int', { registry: client(), subject: 'record' })).toThrow(/the schema has no name/)
  expect(() => avro('int', { registry: client(), subject: 'topics' as never })).toThrow(/is none of/)
})

test.each([true, false])('an incompatible schema is refused by name (reasons told: %s)', async (verbose) => {
  server.verbose = verbose
  await avro<object>(ORDER, { registry: client() }).encode({ id: 'a', count: 1 }, context)
  const next = avro<object>(record(id, { name: 'price', type: 'double' }), { registry: client() })
  const error = await failure(() => next.encode({ id: 'a', price: 1 }, context))
  expect(error).toMatchObject({
    code: 'FAUST_SCHEMA_INCOMPATIBLE',
    retriable: false,
    details: { subject: 'orders-value' },
  })
  expect((error as Error).message).toMatch(verbose ? /READER_FIELD_MISSING_DEFAULT_VALUE/ : /is incompatible/)
})

test('a record whose schema the declared one cannot read is an error that names the schema', async () => {
  server.put(4, { schema: JSON.stringify(record(id)) })
  const orders = avro(record(id, { name: 'price', type: 'double' }), { registry: client() })
  const error = await failure(() => orders.decode(unhex('00000000040261'), context))
  expect(error).toMatchObject({ code: 'FAUST_SCHEMA_INCOMPATIBLE', details: { id: 4 } })
  expect((error as Error).message).toMatch(/schema 4 .* no matching field for default-less shop\.Order\.price/)
})

test('schemas of other kinds, unknown ids and unregistered schemas are told apart', async () => {
  server.put(5, { schema: '{}', schemaType: 'JSON' })
  const orders = avro<object>(ORDER, { registry: client(), register: false })
  expect(await failure(() => orders.decode(unhex('00000000050261'), context))).toMatchObject({
    message: /type JSON, not Avro/,
  })
  expect(await failure(() => orders.decode(unhex('00000000060261'), context))).toMatchObject({
    code: 'FAUST_SCHEMA_UNKNOWN',
  })
  expect(await failure(() => orders.encode({ id: 'a', count: 1 }, context))).toMatchObject({
    code: 'FAUST_SCHEMA_UNKNOWN',
  })
  server.put(6, { schema: JSON.stringify(ORDER) }, 'orders-value')
  expect(hex(await orders.encode({ id: 'a', count: 1 }, context))).toBe('0000000006026102')
})

test.each([[[503, 0, 429]], [[500, 500, 408, 0]]])('failures are tried again: %j', async (failures) => {
  server.failures.push(...failures)
  const orders = avro<object>(ORDER, { registry: client() })
  expect(hex(await orders.encode({ id: 'a', count: 1 }, context))).toBe('0000000001026102')
  expect(server.requests).toHaveLength(failures.length + 1)
})

test('a registry that never answers is retriable, and the next record asks again', async () => {
  server.failures.push(503, 0, 503)
  const orders = avro<object>(ORDER, { registry: client({ retries: 2 }) })
  const error = await failure(() => orders.encode({ id: 'a', count: 1 }, context))
  expect(isFaustError(error, 'FAUST_REGISTRY_UNAVAILABLE') && error.retriable).toBe(true)
  expect((error as Error).message).toMatch(/\(attempt 3 of 3: .*answered 503/)
  expect(hex(await orders.encode({ id: 'a', count: 1 }, context))).toBe('0000000001026102')
})

test('an attempt that takes too long is given up', async () => {
  const silent: typeof fetch = (_, init) =>
    new Promise((_resolve, reject) => {
      init!.signal!.addEventListener('abort', () => reject(init!.signal!.reason as Error))
    })
  const registry = client({ timeout: 9000, retries: 1, fetch: silent })
  expect(await failure(() => registry.schemaOf(1))).toMatchObject({ message: /no answer within 9000 ms/ })
})

test('another address of a cluster takes over', async () => {
  const registry = client({ url: ['http://127.0.0.1:1', `${server.url}/`] })
  expect(await registry.register('s', '"int"')).toBe(1)
})

test('credentials are sent and never told', async () => {
  await client({ auth: { username: 'me', password: 'p:w' } }).register('s', '"int"')
  expect(server.authorization).toBe(`Basic ${Buffer.from('me:p:w').toString('base64')}`)
  const token = async (): Promise<string> => 'fresh'
  await client({ auth: { token } }).register('s', '"int"')
  expect(server.authorization).toBe('Bearer fresh')
  server.failures.push(401)
  const error = await failure(() => client({ auth: { token: 'secret' } }).register('s', '"int"'))
  expect(error).toMatchObject({ code: 'FAUST_NOT_AUTHORIZED' })
  expect(JSON.stringify(error) + String((error as Error).stack)).not.toContain('secret')
  expect(() => client({ url: 'http://me:secret@registry' })).toThrow(/^(?!.*secret).*Use `auth`/)
})

test('a place that is no registry is named as such', async () => {
  server.failures.push(404)
  expect(await failure(() => client().register('s', '"int"'))).toMatchObject({ code: 'FAUST_ANSWER_INVALID' })
  server.failures.push(422)
  expect(await failure(() => client().register('s', '"int"'))).toMatchObject({ code: 'FAUST_SETTING_INVALID' })
})

test('an app runs on it: its topics, tables and re-keyed topics each have their subject', async () => {
  const registry = client()
  const app = createApp({ id: 'shop', logger: silentLogger, commitInterval: 100 })
  const orders = app.topic('orders', {
    key: avro<string>('string', { registry }),
    value: avro<{ id: string; count: number }>(ORDER, { registry }),
  })
  const counts = app.table('counts', {
    key: avro<string>('string', { registry }),
    value: avro<number>('long', { registry }),
    default: () => 0,
  })
  app.agent(
    'count',
    orders.groupBy('id', { key: avro<string>('string', { registry }) }),
    { tables: [counts] },
    async (stream) => {
      for await (const { id: key, count } of stream) await counts.update(key, (sum) => sum + count)
    },
  )
  // In real time: a test driver does not see answers of a registry that are on their way.
  await app.start()
  onTestFinished(() => app.stop())
  for (const count of [1, 2, 3]) await orders.send({ key: 'k', value: { id: 'a', count } })
  await expect.poll(() => counts.get('a')).toBe(6)
  await expect.poll(() => server.ids('shop-counts-changelog-value')).toHaveLength(1)
  expect(server.ids('orders-value')).toHaveLength(1)
})
