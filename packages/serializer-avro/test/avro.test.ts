import { readFileSync } from 'node:fs'
import { type DecodeContext, isFaustError } from '@faust/core'
import { serializerConformance } from '@faust/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { avro, timestampMillis } from '../src/index.ts'

interface Fixtures {
  readonly plain: readonly { schema: object | string; value: unknown; bytes: string }[]
  readonly binary: readonly { value: string; bytes: string }[]
  readonly bigint: readonly { value: string; bytes: string }[]
}

const fixtures = JSON.parse(readFileSync(new URL('./fixtures/python.json', import.meta.url), 'utf8')) as Fixtures
const context: DecodeContext & { headers: [] } = { topic: 'orders', part: 'value', headers: [] }
const hex = (bytes: unknown): string => Buffer.from(bytes as Uint8Array).toString('hex')
const unhex = (digits: string): Uint8Array => new Uint8Array(Buffer.from(digits, 'hex'))

const ORDER = {
  type: 'record',
  name: 'Order',
  fields: [
    { name: 'id', type: 'string' },
    { name: 'amount', type: 'int' },
    { name: 'note', type: ['null', 'string'], default: null },
    { name: 'tags', type: { type: 'array', items: 'string' } },
    { name: 'scores', type: { type: 'map', values: 'double' } },
  ],
}
const order = (id: string, tags: string[] = [], scores: Record<string, number> = {}, note: string | null = null) => ({
  id,
  amount: 1,
  note,
  tags,
  scores,
})

describe('the kit', () => {
  serializerConformance<unknown>({
    test,
    create: () => avro(ORDER),
    values: [
      order(''),
      order('a', ['x', '']),
      order('ä \u{1f980}', [], { b: 1, a: 0.5 }, 'n'),
      order('x'.repeat(70_000)),
    ],
    equalValues: [
      [order('a', [], { a: 1, b: 2 }), { scores: { b: 2, a: 1 }, tags: [], note: null, amount: 1, id: 'a' }],
    ],
    invalidBytes: [
      new Uint8Array(0),
      unhex('0261'),
      unhex('0261020400'),
      unhex('02610200000000ff'),
      // Two billion tags.
      unhex('02610200feffffff0f'),
      // A branch that the union lacks.
      unhex('026102040000'),
    ],
  })
})

test.each(fixtures.plain)('Python and this agree, both ways: $bytes', ({ schema, value, bytes }) => {
  const format = avro(schema)
  // Core never passes null: a null is a null in the log.
  expect(hex(format.encode(value, context))).toBe(bytes)
  expect(format.decode(unhex(bytes), context)).toStrictEqual(value)
})

test('bytes and longs of 64 bits are those of Python', () => {
  for (const { value, bytes } of fixtures.binary) {
    const format = avro<Uint8Array>('bytes')
    expect(hex(format.encode(Buffer.from(value, 'hex'), context))).toBe(bytes)
    expect(hex(format.decode(unhex(bytes), context))).toBe(value)
  }
  for (const { value, bytes } of fixtures.bigint) {
    const format = avro<bigint>('long', { longs: 'bigint' })
    expect(hex(format.encode(BigInt(value), context))).toBe(bytes)
    expect(format.decode(unhex(bytes), context)).toBe(BigInt(value))
    expect(() => avro('long').decode(unhex(bytes), context)).toThrow(/needs `longs: 'bigint'`/)
  }
})

test.each(['number', 'bigint'] as const)('longs are exact as a %s, however they are declared', (longs) => {
  const logicalTypes = { mine: { read: (stored: unknown) => stored, write: (value: unknown) => value } }
  for (const schema of ['long', { type: 'long' }, ['null', 'long'], { type: 'long', logicalType: 'mine' }]) {
    const format = avro(schema, { longs, logicalTypes })
    fc.assert(
      fc.property(fc.bigInt(BigInt(Number.MIN_SAFE_INTEGER), BigInt(Number.MAX_SAFE_INTEGER)), (long) => {
        const value = longs === 'bigint' ? long : Number(long)
        expect(format.decode(format.encode(value, context) as Uint8Array, context)).toBe(value)
      }),
    )
  }
})

test('bytes of any kind are read or refused, and never change a prototype', () => {
  const format = avro(ORDER)
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      try {
        format.decode(bytes, context)
      } catch (error) {
        expect(error).toBeInstanceOf(Error)
      }
    }),
    { numRuns: 20_000 },
  )
  const map = avro<Record<string, Record<string, number>>>({ type: 'map', values: { type: 'map', values: 'int' } })
  const read = map.decode(unhex('02125f5f70726f746f5f5f020261020000'), context) as object
  expect(Object.getPrototypeOf(read)).toBe(Object.prototype)
  expect(Object.keys(read)).toEqual(['__proto__'])
  expect(({} as { a?: number }).a).toBeUndefined()
})

test('values come back, whatever they are made of', () => {
  const format = avro(ORDER)
  const text = fc.string({ unit: 'grapheme' })
  const arbitrary = fc.record({
    id: text,
    amount: fc.integer(),
    note: fc.option(text),
    tags: fc.array(text),
    scores: fc.dictionary(text, fc.double({ noNaN: true })),
  })
  fc.assert(
    fc.property(arbitrary, (given) => {
      expect(format.decode(format.encode(given, context) as Uint8Array, context)).toEqual(given)
    }),
  )
})

test('what does not fit is refused with its place, and not quoted', () => {
  const secret = { ...order('a'), tags: ['x', 12345] }
  expect(() => avro(ORDER).encode(secret, context)).toThrow(/It does not fit its Avro schema: tags\.1 is no string$/)
  expect(() => avro(ORDER).encode({ id: 'a' }, context)).toThrow(/amount is no int$/)
})

test('a check refuses what can not be written, and nothing else', () => {
  const format = avro(ORDER)
  const mixed = <T>(...right: readonly fc.Arbitrary<T>[]): fc.Arbitrary<unknown> =>
    fc.oneof({ arbitrary: fc.oneof(...right), weight: 9 }, fc.constantFrom<unknown>(undefined, null, 1.5, 'x', 7n, []))
  const orders = fc.record(
    {
      id: mixed(fc.string()),
      amount: mixed(fc.integer(), fc.double()),
      note: mixed<unknown>(fc.string(), fc.constant(null)),
      tags: mixed(fc.array(mixed(fc.string()), { maxLength: 2 })),
      scores: mixed(fc.dictionary(fc.string(), mixed(fc.double()), { maxKeys: 2 })),
    },
    { requiredKeys: ['id', 'tags'] },
  )
  const refusal = (work: () => unknown): string | undefined => {
    try {
      work()
    } catch (error) {
      return String(error)
    }
    return undefined
  }
  fc.assert(
    fc.property(orders, (value) => {
      const encoded = refusal(() => format.encode(value, context))
      expect(refusal(() => format.check!(value, context))).toBe(encoded)
    }),
    { numRuns: 2000 },
  )
})

test('blocks of arrays with their size, as other implementations write them, are read', () => {
  const array = avro({ type: 'array', items: 'int' })
  expect(array.decode(unhex('0304020401020600'), context)).toEqual([1, 2, 3])
})

test('logical types stand in the program as told, in unions and records too', () => {
  const at = { type: 'long', logicalType: 'timestamp-millis' }
  const schema = {
    type: 'record',
    name: 'Visit',
    fields: [
      { name: 'at', type: at },
      { name: 'end', type: ['null', at] },
    ],
  }
  const visits = avro<{ at: Date; end: Date | null }>(schema, { logicalTypes: { 'timestamp-millis': timestampMillis } })
  for (const end of [null, new Date(5)]) {
    const visit = { at: new Date(1_700_000_000_000), end }
    expect(visits.decode(visits.encode(visit, context) as Uint8Array, context)).toEqual(visit)
  }
  expect(() => visits.encode({ at: 1 as never, end: null }, context)).toThrow(/at is no timestamp-millis/)
})

test('a Standard Schema checks what is read', async () => {
  const checked = avro('int', { check: z.number().max(5) })
  expect(await checked.decode(Uint8Array.of(10), context)).toBe(5)
  const wrong: unknown = await Promise.resolve()
    .then(() => checked.decode(Uint8Array.of(12), context))
    .catch((error: unknown) => error)
  expect(isFaustError(wrong, 'FAUST_VALIDATION')).toBe(true)
})

test.each([
  ['text that is no JSON', '{"type":', /not JSON/],
  ['a type that does not exist', 'integer', /undefined type name: integer/],
  ['a record without fields', { type: 'record', name: 'A' }, /fields/],
  ['items without bytes', { type: 'array', items: 'null' }, /take no byte/],
])('%s is no schema', (_, schema, message) => {
  const make = (): unknown => avro(schema)
  expect(make).toThrow(message)
  expect(make).toThrow(expect.objectContaining({ code: 'FAUST_SETTING_INVALID' }))
})

test('a misspelt option is refused', () => {
  expect(() => avro('int', { long: 'bigint' } as never)).toThrow(/`long` does not exist/)
  expect(() => avro('int', { longs: 'big' as never })).toThrow(/`longs` is neither/)
})
