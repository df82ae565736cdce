import { readFileSync } from 'node:fs'
import { type DecodeContext, isFaustError } from '@faust/core'
import { serializerConformance } from '@faust/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { msgpack } from '../src/index.ts'

interface Fixture {
  readonly bytes: string
  readonly value?: unknown
  readonly bigint?: string
  readonly binary?: string
  readonly date?: number
}

const fixtures = JSON.parse(
  readFileSync(new URL('./fixtures/python.json', import.meta.url), 'utf8'),
) as readonly Fixture[]
const context: DecodeContext & { headers: [] } = { topic: 'orders', part: 'value', headers: [] }
const plain = msgpack()
const encode = (value: unknown): Uint8Array => plain.encode(value, context) as Uint8Array
const decode = (bytes: Uint8Array): unknown => plain.decode(bytes, context)
const unhex = (digits: string): Uint8Array => new Uint8Array(Buffer.from(digits, 'hex'))

function valueOf({ bigint, binary, date, value }: Fixture): unknown {
  if (bigint !== undefined) return BigInt(bigint)
  if (binary !== undefined) return unhex(binary)
  return date === undefined ? value : new Date(date)
}

describe('the kit', () => {
  serializerConformance<unknown>({
    test,
    create: () => msgpack(),
    values: [
      0,
      -1,
      1.5,
      2 ** 53,
      2n ** 63n,
      true,
      '',
      'ä \u{1f980}',
      [],
      {},
      [1, [2]],
      { b: 1, a: { d: null } },
      'x'.repeat(70_000),
    ],
    equalValues: [
      [
        { a: 1, b: { c: 2, d: 3 } },
        { b: { d: 3, c: 2 }, a: 1 },
      ],
    ],
    invalidBytes: [new Uint8Array(0), Uint8Array.of(0xc1), Uint8Array.of(0xa3, 0x61), Uint8Array.of(1, 1)],
  })
})

test.each(fixtures)('what Python wrote is read: $bytes', (fixture) => {
  expect(decode(unhex(fixture.bytes))).toEqual(valueOf(fixture))
})

test('bytes are those that Python writes, where a value has one form', () => {
  for (const fixture of fixtures) {
    // JavaScript has one kind of number: integers beyond 32 bits are written as doubles.
    if (fixture.date !== undefined || (typeof fixture.value === 'number' && Math.abs(fixture.value) > 2 ** 31)) continue
    if (fixture.value !== undefined && fixture.value !== null && typeof fixture.value === 'object') continue
    expect(Buffer.from(encode(valueOf(fixture))).toString('hex')).toBe(fixture.bytes)
  }
})

test('values come back, whatever they are made of', () => {
  const value = fc.anything({
    withDate: true,
    withBigInt: false,
    withNullPrototype: false,
    key: fc.string().filter((name) => name !== '__proto__'),
    values: [
      fc.boolean(),
      fc.string(),
      fc.integer(),
      fc.double({ noNaN: true }).filter((n) => !Object.is(n, -0)),
      fc.constant(null),
    ],
  })
  fc.assert(
    fc.property(value, (given) => {
      expect(decode(encode(given))).toEqual(given)
    }),
  )
})

test('what was read owns its bytes', () => {
  const bytes = encode({ data: Uint8Array.of(1, 2, 3) })
  const { data } = decode(bytes) as { data: Uint8Array }
  bytes.fill(0)
  expect([...data]).toEqual([1, 2, 3])
})

test.each([
  ['a function', /function/, { deep: [() => 1] }],
  ['a symbol', /symbol/, Symbol('x')],
  ['an invalid Date', /invalid Date/, new Date(Number.NaN)],
  ['a bigint of 65 bits', /too large/, 2n ** 64n],
])('%s is refused', (_, message, value) => {
  expect(() => encode(value)).toThrow(message)
})

const itself: Record<string, unknown> = {}
itself['again'] = [itself]
class Account {
  readonly #name = 'ann'
  get name(): string {
    return this.#name
  }
}
class Written {
  readonly json: unknown
  constructor(json: unknown) {
    this.json = json
  }
  toJSON(): unknown {
    return this.json
  }
}

describe('a table refuses at the write', () => {
  test.each([
    ['a function', { deep: [() => 1] }, 'It has at deep.0 a function'],
    ['a symbol', Symbol('x'), 'It is a symbol'],
    ['a symbol in a Set', { tags: new Set([Symbol('x')]) }, 'It has at tags.0 a symbol'],
    ['an invalid Date', { at: new Date(Number.NaN) }, 'It has at at an invalid Date'],
    ['a bigint of 65 bits', [2n ** 64n], 'It has at 0 a bigint of more than 64 bits'],
    ['a small bigint of 65 bits', new Map([['n', -(2n ** 63n) - 1n]]), 'It has at n a bigint'],
    ['a cycle', itself, 'It has at again.0 itself'],
    ['a cycle through a Map', new Map<string, unknown>([['m', itself]]), 'It has at m.again.0 itself'],
    ['what toJSON gives', { w: new Written({ run: () => 1 }) }, 'It has at w.run a function'],
  ])('what can not be encoded: %s', (_, value, message) => {
    expect(() => encode(value)).toThrow(/function|symbol|Date|64-bit|stack/)
    expect(() => plain.check!(value, context)).toThrow(message)
  })

  test.each([
    [
      'a Promise',
      { later: Promise.resolve(1) },
      'It has at later an instance of Promise, of which nothing would come back',
    ],
    ['private members', new Account(), 'It is an instance of Account, of which nothing'],
    ['an Error', new Error('no'), 'It is an instance of Error, of which nothing'],
    ['a Map with an object as a key', new Map([[{}, 1]]), 'It is a Map with a key'],
  ])('what would not come back: %s', (_, value, message) => {
    expect(() => plain.check!(value, context)).toThrow(message)
  })
})

test('a check lets nothing through that could not be written and read again, and nothing else that comes back', () => {
  const odd = fc.constantFrom(() => 1, Symbol('x'), 2n ** 64n, new Date(Number.NaN), itself, Promise.resolve(), /x/)
  const fine = fc.constantFrom(new Date(0), 2n ** 64n - 1n, Uint8Array.of(1), new Written('x'), undefined, Number.NaN)
  const part = fc.anything({
    withMap: true,
    withSet: true,
    withBigInt: true,
    withTypedArray: true,
    values: [fc.integer(), fine],
  })
  const options = { withMap: true, withSet: true, withNullPrototype: true }
  const passes = (run: () => unknown): boolean => {
    try {
      run()
      return true
    } catch {
      return false
    }
  }
  fc.assert(
    fc.property(fc.anything({ ...options, values: [part, fc.integer(), fc.string(), odd] }), (value) => {
      if (passes(() => plain.check!(value, context))) decode(encode(value))
    }),
    { numRuns: 2000 },
  )
  const readable = fc.anything({
    key: fc.string(),
    values: [fine, fc.string(), fc.double(), fc.boolean(), fc.constant(null)],
  })
  fc.assert(
    fc.property(readable, (value) => {
      plain.check!(value, context)
    }),
  )
})

test('a schema checks what is read, and on demand what is sent', async () => {
  const order = msgpack(z.object({ amount: z.number() }), { validateOnSend: true })
  const bytes = await order.encode({ amount: 1 }, context)
  expect(await order.decode(bytes, context)).toEqual({ amount: 1 })
  const wrong = await Promise.resolve()
    .then(() => order.decode(encode({ amount: 'one' }), context))
    .catch((error: unknown) => error)
  expect(isFaustError(wrong, 'FAUST_VALIDATION') && wrong.message).toMatch(/amount/)
  await expect((async () => order.encode({ amount: 'one' } as never, context))()).rejects.toMatchObject({
    code: 'FAUST_VALIDATION',
  })
})

test('bytes of any kind are read or refused, and never change a prototype', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      try {
        decode(bytes)
      } catch (error) {
        expect(error).toBeInstanceOf(Error)
      }
      expect(Object.keys(Object.prototype)).toEqual([])
    }),
    { numRuns: 20_000 },
  )
  const polluted = decode(unhex('81a95f5f70726f746f5f5f81a16101')) as object
  expect(Object.getPrototypeOf(polluted)).toBe(Object.prototype)
  expect(({} as { a?: number }).a).toBeUndefined()
})

test('lengths that the bytes do not hold cost no memory', () => {
  for (const head of ['dd7fffffff', 'df7fffffff', 'db7fffffff', 'c67fffffff', 'c97fffffff01']) {
    expect(() => decode(unhex(head))).toThrow(/Unexpected end/)
  }
})
