import { type DecodeContext, isFaustError } from '@faust/core'
import { serializerConformance } from '@faust/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { yaml } from '../src/index.ts'

const context: DecodeContext & { headers: [] } = { topic: 'orders', part: 'value', headers: [] }
const plain = yaml()
const encode = (value: unknown): Uint8Array => plain.encode(value, context) as Uint8Array
const decode = (text: string): unknown => plain.decode(new TextEncoder().encode(text), context)

describe('the kit', () => {
  serializerConformance<unknown>({
    test,
    create: () => yaml(),
    values: [
      0,
      -1.5,
      1e300,
      true,
      '',
      'null',
      '0x10',
      '1e3',
      'ä \u{1f980} \r\n\u0000',
      [],
      {},
      [1, [2]],
      { b: 1, a: { d: null } },
      'x'.repeat(100_000),
    ],
    equalValues: [
      [
        { a: 1, b: { c: 2, d: 3 } },
        { b: { d: 3, c: 2 }, a: 1 },
      ],
    ],
    invalidBytes: [new Uint8Array(0), Uint8Array.of(0xff), Uint8Array.of(0x22), Uint8Array.of(0x5b)],
  })
})

test('what people write is read', () => {
  const text = '# an order\naccount: ann\nitems:\n  - {product: tea, price: 1.5}\n  - {product: cocoa, price: 2}\n'
  expect(decode(text)).toEqual({
    account: 'ann',
    items: [
      { product: 'tea', price: 1.5 },
      { product: 'cocoa', price: 2 },
    ],
  })
})

test('values come back, whatever they are made of', () => {
  const value = fc.anything({
    withNullPrototype: false,
    key: fc.string({ unit: 'grapheme' }).filter((name) => name !== '__proto__'),
    values: [fc.boolean(), fc.string({ unit: 'grapheme' }), fc.double({ noNaN: true }), fc.constant(null)],
  })
  fc.assert(
    fc.property(value, (given) => {
      expect(plain.decode(encode(given), context)).toEqual(given)
    }),
  )
})

test('bytes come back as bytes, and dates as their text', () => {
  const value = { data: Uint8Array.of(1, 2, 255), at: new Date(0) }
  const back = plain.decode(encode(value), context) as { data: Uint8Array; at: string }
  expect([...back.data]).toEqual([1, 2, 255])
  expect(back.at).toBe('1970-01-01T00:00:00.000Z')
})

const itself: Record<string, unknown> = {}
itself['again'] = { itself }

test.each([
  ['a function', { a: [() => 1] }, /at a\.0 function/],
  ['undefined in an array', [undefined], /at 0 undefined/],
  ['a symbol', Symbol('x'), /symbol/],
  ['a Set', { a: new Set([1]) }, /at a a Set/],
  ['a regular expression', /x/, /RegExp/],
  ['a bigint that is no safe number', 2n ** 70n, /rounded/],
  ['an invalid Date', new Date(Number.NaN), /invalid Date/],
  ['a cycle', itself, /itself/],
  ['a cycle of a Map', new Map([['self', itself]]), /at self\.again\.itself itself/],
  ['a Map with an object as a key', { m: new Map([[{}, 1]]) }, /at m a Map with a key/],
  ['a Map with null as a key', new Map([[null, 1]]), /a Map with a key/],
  ['what toJSON gives', { a: { toJSON: () => [() => 1] } }, /at a\.0 function/],
])('%s is refused by name when it is sent, and when it is written to a table', (_, value, message) => {
  expect(() => encode(value)).toThrow(message)
  expect(() => plain.check!(value, context)).toThrow(message)
})

test('a check lets nothing through that could not be written and read again', () => {
  const odd = fc.constantFrom(
    () => 1,
    Symbol('x'),
    2n ** 60n,
    7n,
    new Date(Number.NaN),
    new Date(0),
    itself,
    /x/,
    undefined,
  )
  const value = fc.anything({
    withMap: true,
    withSet: true,
    withNullPrototype: true,
    values: [fc.string(), fc.double(), odd],
  })
  fc.assert(
    fc.property(value, (given) => {
      try {
        plain.check!(given, context)
      } catch {
        return
      }
      void plain.decode(encode(given), context)
    }),
    { numRuns: 2000 },
  )
})

test.each(['a: b: c', '"x', '[1,', 'a: 1\na: 2', '--- 1\n--- 2', '*secret', '!!binary "@@@@@"\n---'])(
  '%j is refused without being quoted',
  (text) => {
    expect(() => decode(text)).toThrow(/^(?!.*(secret|x"|b: c)).*$/s)
  },
)

test('aliases do not grow without bound', () => {
  const levels = Array.from({ length: 12 }, (_, n) => `a${n + 1}: &a${n + 1} [${Array(10).fill(`*a${n}`).join(', ')}]`)
  expect(() => decode(`a0: &a0 x\n${levels.join('\n')}`)).toThrow(/not YAML/)
})

test('a schema checks what is read, and on demand what is sent', async () => {
  const order = yaml(z.object({ amount: z.number() }), { validateOnSend: true })
  expect(await order.decode(encode({ amount: 1 }), context)).toEqual({ amount: 1 })
  const wrong = await Promise.resolve()
    .then(() => order.decode(encode({ amount: 'one' }), context))
    .catch((error: unknown) => error)
  expect(isFaustError(wrong, 'FAUST_VALIDATION') && wrong.message).toMatch(/amount/)
  await expect((async () => order.encode({ amount: 'one' } as never, context))()).rejects.toMatchObject({
    code: 'FAUST_VALIDATION',
  })
})

test('bytes of any kind are read or refused, and never change a prototype', () => {
  const soup = fc.stringMatching(/^[a-z0-9:&*!<>{}[\],'"|\-#% \n_?@]{0,60}$/)
  fc.assert(
    fc.property(
      fc.oneof(
        soup.map((text) => new TextEncoder().encode(text)),
        fc.uint8Array({ maxLength: 64 }),
      ),
      (bytes) => {
        try {
          void plain.decode(bytes, context)
        } catch (error) {
          expect(error).toBeInstanceOf(Error)
        }
        expect(({} as { x?: number }).x).toBeUndefined()
      },
    ),
    { numRuns: 5000 },
  )
  const own = decode('__proto__: {x: 1}') as object
  expect(Object.getPrototypeOf(own)).toBe(Object.prototype)
})
