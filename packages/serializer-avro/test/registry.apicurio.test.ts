import { createApp, type DecodeContext, silentLogger } from '@faust/core'
import { expect, inject, onTestFinished, test } from 'vitest'
import { avro, schemaRegistry, type SubjectStrategy } from '../src/index.ts'

const url = inject('apicurioUrl')
/** One server has the subjects of all runs. */
const run = `r${crypto.randomUUID().slice(0, 8)}`
const registry = schemaRegistry({ url })

const record = (name: string, ...fields: object[]): object => ({
  type: 'record',
  name,
  namespace: `shop.${run}`,
  fields,
})
const id = { name: 'id', type: 'string' }
const count = { name: 'count', type: 'long', default: 1 }

function at(topic: string): DecodeContext & { headers: [] } {
  return { topic: `${run}-${topic}`, part: 'value', headers: [] }
}

async function ask(method: string, path: string, body?: object): Promise<unknown> {
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  expect(answer.status, `${method} ${path}: ${text}`).toBe(200)
  return JSON.parse(text)
}

test.each<[SubjectStrategy, string]>([
  ['topic', `${run}-subjects-value`],
  ['record', `shop.${run}.Subjects`],
  ['topicRecord', `${run}-subjects-shop.${run}.Subjects`],
  [({ topic, part, record }) => `a/b ${topic} ${part} ${record}`, `a/b ${run}-subjects value shop.${run}.Subjects`],
])('registers under the subject by %s, and reads by the id it got', async (subject, name) => {
  const schema = record('Subjects', id, count)
  const bytes = await avro<object>(schema, { registry, subject }).encode({ id: 'a', count: 2 }, at('subjects'))
  expect(await ask('GET', '/subjects')).toContain(name)
  const { id: known } = (await ask('GET', `/subjects/${encodeURIComponent(name)}/versions/latest`)) as { id: number }
  expect(Buffer.from(bytes).readUInt32BE(1)).toBe(known)

  // Another worker: it has seen neither schema nor id, and does not register.
  const other = avro<object>(schema, { registry: schemaRegistry({ url }), subject, register: false })
  expect(await other.decode(bytes, at('subjects'))).toEqual({ id: 'a', count: 2 })
  expect(await other.encode({ id: 'a', count: 2 }, at('subjects'))).toEqual(bytes)
})

test('what an older and what a newer schema wrote is read as the declared one', async () => {
  const older = avro<object>(record('Order', id, count), { registry })
  const newer = avro<object>(
    record(
      'Order',
      id,
      { name: 'amount', type: 'double', aliases: ['count'], default: 1 },
      { name: 'note', type: ['null', 'string'], default: null },
    ),
    { registry },
  )
  const first = await older.encode({ id: 'a', count: 7 }, at('orders'))
  const second = await newer.encode({ id: 'b', amount: 2.5, note: 'late' }, at('orders'))
  expect(await ask('GET', `/subjects/${run}-orders-value/versions`)).toEqual([1, 2])
  expect(await newer.decode(first, at('orders'))).toEqual({ id: 'a', amount: 7, note: null })
  expect(await older.decode(second, at('orders'))).toEqual({ id: 'b', count: 1 })
})

test('a schema that the rules of its subject forbid is refused with the reason', async () => {
  await avro<object>(record('Ruled', id), { registry }).encode({ id: 'a' }, at('ruled'))
  await ask('PUT', `/config/${run}-ruled-value`, { compatibility: 'BACKWARD' })
  const next = avro<object>(record('Ruled', id, { name: 'price', type: 'double' }), { registry })
  const refused = Promise.resolve(next.encode({ id: 'a', price: 1 }, at('ruled')))
  await expect(refused).rejects.toMatchObject({
    code: 'FAUST_SCHEMA_INCOMPATIBLE',
    retriable: false,
    details: { subject: `${run}-ruled-value` },
  })
  await expect(refused).rejects.toThrow(/Incompatible artifact.*price at \/fields\/1/)
  expect(await ask('GET', `/subjects/${run}-ruled-value/versions`)).toEqual([1])
})

test('an id, a subject and a schema that it does not know are said to be unknown', async () => {
  const schema = record('Unknown', id)
  const strict = avro<object>(schema, { registry, register: false })
  const unknown = { code: 'FAUST_SCHEMA_UNKNOWN', retriable: false }
  const bytes = Buffer.from('007fffffff0261', 'hex')
  await expect(Promise.resolve(strict.decode(bytes, at('unknown')))).rejects.toMatchObject(unknown)
  await expect(Promise.resolve(strict.encode({ id: 'a' }, at('unknown')))).rejects.toMatchObject(unknown)
  await avro<object>(record('Unknown', id, count), { registry }).encode({ id: 'a', count: 1 }, at('unknown'))
  await expect(Promise.resolve(strict.encode({ id: 'a' }, at('unknown')))).rejects.toMatchObject(unknown)
})

test('a schema with references is read with what it refers to', async () => {
  const state = { type: 'enum', name: 'State', namespace: `shop.${run}`, symbols: ['NEW', 'PAID'] }
  await ask('POST', `/subjects/${run}-state/versions`, { schema: JSON.stringify(state) })
  const name = `shop.${run}.State`
  const { id: whole } = (await ask('POST', `/subjects/${run}-line/versions`, {
    schema: JSON.stringify(record('Line', id, { name: 'state', type: name })),
    references: [{ name, subject: `${run}-state`, version: 1 }],
  })) as { id: number }
  const bytes = Buffer.from('0000000000026102', 'hex')
  bytes.writeUInt32BE(whole, 1)
  const lines = avro<object>(record('Line', id, { name: 'state', type: state }), { registry })
  expect(await lines.decode(bytes, at('line'))).toEqual({ id: 'a', state: 'PAID' })
})

test('an app keeps its keys, values, tables and re-keyed topics on it', async () => {
  const app = createApp({ id: `${run}-shop`, logger: silentLogger, commitInterval: 100 })
  const key = avro<string>('string', { registry })
  const value = avro<{ id: string; count: number }>(record('Sale', id, count), { registry })
  const sales = app.topic(`${run}-sales`, { key, value })
  const counts = app.table('counts', { key, value: avro<number>('long', { registry }), default: () => 0 })
  app.agent('count', sales.groupBy('id', { key }), { tables: [counts] }, async (stream) => {
    for await (const sale of stream) await counts.update(sale.id, (sum) => sum + sale.count)
  })
  await app.start()
  onTestFinished(() => app.stop())
  for (const n of [1, 2, 3]) await sales.send({ key: 'k', value: { id: 'a', count: n } })
  await expect.poll(() => counts.get('a')).toBe(6)

  // What the changelog gets may be on its way yet.
  await expect
    .poll(() => ask('GET', '/subjects'))
    .toEqual(
      expect.arrayContaining(
        [`${run}-sales`, `${run}-shop-counts-changelog`].flatMap((topic) => [`${topic}-key`, `${topic}-value`]),
      ),
    )
})
