import fc from 'fast-check'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import type { FaustError, Serializer, SerializerValue, StandardSchema } from '../../src/index.ts'
import { isFaustError, json } from '../../src/index.ts'

const value = { topic: 'orders', part: 'value', headers: [] } as const
const encodeValue = { topic: 'orders', part: 'value', headers: [] } as { topic: string; part: 'value'; headers: [] }
const encodeKey = { topic: 'orders', part: 'key', headers: [] } as { topic: string; part: 'key'; headers: [] }
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
const read = (bytes: unknown): string => new TextDecoder().decode(bytes as Uint8Array)

function caught(run: () => unknown): FaustError {
  try {
    run()
  } catch (error) {
    if (isFaustError(error)) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

const Order = z.object({ accountId: z.string(), amount: z.number(), at: z.coerce.date().optional() })

/** A schema with an interface like valibot's and arktype's: a bare object, or a function that carries it. */
function plainSchema(validate: (input: unknown) => { value: number } | { issues: { message: string }[] }): {
  '~standard': StandardSchema<string, number>['~standard']
} {
  return { '~standard': { version: 1, vendor: 'test', validate } }
}

describe('json without a schema', () => {
  it('gives back every value that JSON has, as JSON.stringify writes it', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (given) => {
        const encoded = json().encode(given, encodeValue) as Uint8Array
        expect(read(encoded)).toBe(JSON.stringify(given))
        expect(json().decode(encoded, value)).toStrictEqual(JSON.parse(JSON.stringify(given)))
      }),
    )
  })

  it('leaves out properties that are undefined and writes what has toJSON as that says', () => {
    const given = { a: undefined, at: new Date(0), own: { toJSON: () => 'mine' }, list: [null] }
    expect(read(json().encode(given, encodeValue))).toBe('{"at":"1970-01-01T00:00:00.000Z","own":"mine","list":[null]}')
  })

  it('writes instances of classes by their properties', () => {
    class Point {
      x = 1
      y = 2
      sum(): number {
        return this.x + this.y
      }
    }
    expect(read(json().encode(new Point(), encodeValue))).toBe('{"x":1,"y":2}')
    expect(read(json().encode(Object.create(null), encodeValue))).toBe('{}')
  })

  const circular: { inner: { self?: unknown } } = { inner: {} }
  circular.inner.self = circular

  it.each([
    ['a bigint', { order: { total: 10n } }, 'has at order.total a bigint', 'String(…)'],
    ['a bigint alone', 10n, 'is a bigint', 'String(…)'],
    ['a Map', { items: [1, new Map([[1, 2]])] }, 'has at items[1] a Map', 'Object.fromEntries'],
    ['a Set', { tags: new Set(['a']) }, 'has at tags a Set', '[...set]'],
    ['bytes', { body: Uint8Array.of(1, 2) }, 'has at body binary data', 'bytes()'],
    ['empty bytes', { body: new Uint8Array(0) }, 'has at body binary data', 'bytes()'],
    ['a Buffer', { body: Buffer.from('x') }, 'has at body binary data', 'bytes()'],
    ['an ArrayBuffer', new ArrayBuffer(2), 'is binary data', 'bytes()'],
    ['NaN', { price: Number.NaN }, 'has at price NaN', 'null'],
    ['Infinity', [1, Infinity], 'has at [1] Infinity', 'null'],
    ['an invalid Date', { at: new Date('?') }, 'has at at an invalid Date', 'null'],
    ['a function', { run: () => 1 }, 'has at run function', 'plain value'],
    ['a symbol', { s: Symbol('s') }, 'has at s symbol', 'plain value'],
    ['undefined in an array', { list: [1, undefined] }, 'has at list[1] undefined', 'null'],
    ['undefined alone', undefined, 'is undefined', 'null'],
    ['a promise', { later: Promise.resolve(1) }, 'has at later a Promise', 'await it first'],
    ['an instance without members', { it: new WeakMap() }, 'has at it a WeakMap', 'plain object'],
    ['a cycle', circular, 'has at inner.self a reference to what contains it', 'tree'],
    ['an odd property name', { 'a b': { '1x': 1n } }, 'has at ["a b"]["1x"] a bigint', 'String(…)'],
  ])('refuses %s with its path and what to do', (_, given, what, remedy) => {
    const error = caught(() => json().encode(given, encodeValue))
    expect(error.code).toBe('FAUST_ENCODE')
    expect(error.message).toContain(what)
    expect(error.message).toContain(remedy)
    expect(error.message).toContain("value of a record of 'orders'")
  })

  it('carries the cause when a toJSON throws, and refuses one that answers nothing', () => {
    const cause = new Error('mine')
    const thrower = {
      toJSON: () => {
        throw cause
      },
    }
    expect(caught(() => json().encode(thrower, encodeValue)).cause).toBe(cause)
    expect(caught(() => json().encode({ toJSON: () => undefined }, encodeValue)).message).toContain('toJSON()')
  })

  it('refuses what is not JSON without quoting it', () => {
    const error = caught(() => json().decode(utf8('secret'), value))
    expect(error.code).toBe('FAUST_DECODE')
    expect(error.message).toBe(
      "The value of a record of 'orders' (6 bytes) is not JSON: declare the format it was written with, as text() or bytes()",
    )
    expect(error.cause).toBeUndefined()
    expect(caught(() => json().decode(new Uint8Array(0), value)).message).toContain('it is empty')
    expect(caught(() => json().decode(Uint8Array.of(0, 0, 0, 0, 1, 2), value)).message).toContain('Schema Registry')
    expect(caught(() => json().decode(Uint8Array.of(0x22, 0xff, 0x22), value)).message).toContain('not valid UTF-8')
  })
})

describe('json keys', () => {
  it('are one for equal values, however those were put together', () => {
    const shuffled = (given: unknown): unknown => {
      if (Array.isArray(given)) return given.map(shuffled)
      if (typeof given !== 'object' || given === null) return given
      const copy: Record<string, unknown> = Object.create(null)
      for (const [name, member] of Object.entries(given).toReversed()) copy[name] = shuffled(member)
      return copy
    }
    fc.assert(
      fc.property(fc.jsonValue(), (given) => {
        const encoded = json().encode(given, encodeKey) as Uint8Array
        expect(json().encode(shuffled(given), encodeKey)).toStrictEqual(encoded)
        const decoded = json().decode(encoded, { ...value, part: 'key' })
        expect(json().encode(decoded, encodeKey)).toStrictEqual(encoded)
        expect(decoded).toStrictEqual(JSON.parse(JSON.stringify(given)))
      }),
    )
  })

  it('are written as RFC 8785 has it', () => {
    // The example of RFC 8785, section 3.2.2 and 3.2.3, without its numbers beyond a double.
    const given = {
      numbers: [333_333_333.333_333_3, 1e30, 4.5, 2e-3, 1e-27],
      string: '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"\u002f',
      literals: [null, true, false],
    }
    expect(read(json().encode(given, encodeKey))).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    )
    expect(
      read(json().encode({ b: 1, a: undefined, '10': { d: new Date(0), c: [{ z: 1, y: 2 }] }, '9': -0 }, encodeKey)),
    ).toBe('{"10":{"c":[{"y":2,"z":1}],"d":"1970-01-01T00:00:00.000Z"},"9":0,"b":1}')
    expect(read(json().encode('a', encodeKey))).toBe('"a"')
    expect(read(json().encode({ at: { toJSON: () => ({ b: 1, a: 2 }) } }, encodeKey))).toBe('{"at":{"a":2,"b":1}}')
    class Late extends Date {
      override toJSON(): string {
        return { b: 1, a: 2 } as never
      }
    }
    expect(read(json().encode({ at: new Late(0) }, encodeKey))).toBe('{"at":{"a":2,"b":1}}')
    expect(caught(() => json().encode({ a: Number.NaN }, encodeKey)).code).toBe('FAUST_ENCODE')
  })
})

describe('json with a schema', () => {
  it('gives the output of the schema', () => {
    const decoded = json(Order).decode(utf8('{"accountId":"a","amount":1,"at":0,"extra":1}'), value)
    expect(decoded).toStrictEqual({ accountId: 'a', amount: 1, at: new Date(0) })
  })

  it('names path and problem of what does not match, the first few', () => {
    const error = caught(() => json(Order).decode(utf8('{"accountId":1,"amount":"1"}'), value))
    expect(error.code).toBe('FAUST_VALIDATION')
    expect(error.message).toContain("The value of a record of 'orders' does not match its schema: accountId: ")
    expect(error.message).toContain('; amount: ')
    expect(error.details).toEqual({ topic: 'orders', part: 'value', paths: ['accountId', 'amount'] })

    const many = caught(() => json(z.array(z.number())).decode(utf8(JSON.stringify(Array(9).fill('x'))), value))
    expect(many.message).toMatch(/\[0\]: .*\[2\]: .*; and 6 more$/)
    expect(caught(() => json(plainSchema(() => ({ issues: [] }))).decode(utf8('1'), value)).message).toContain(
      'no reason',
    )
  })

  it('reads paths whose segments are objects, as valibot gives them', () => {
    const schema = {
      '~standard': {
        version: 1 as const,
        vendor: 'valibot',
        validate: () => ({
          issues: [{ message: 'wrong', path: [{ key: 'items' }, { key: 0 }, { key: 'unit price' }] }],
        }),
      },
    }
    expect(caught(() => json(schema).decode(utf8('1'), value)).message).toContain(
      'schema: items[0]["unit price"]: wrong',
    )
  })

  it('waits for a schema that answers later, and not for one that answers at once', async () => {
    const late = z.object({ id: z.string() }).refine(async (given) => given.id !== 'bad', 'is bad')
    const schema = {
      '~standard': { ...late['~standard'], validate: (given: unknown) => late['~standard'].validate(given) },
    }
    await expect(json(schema).decode(utf8('{"id":"ok"}'), value)).resolves.toEqual({ id: 'ok' })
    await expect(json(schema).decode(utf8('{"id":"bad"}'), value)).rejects.toMatchObject({ code: 'FAUST_VALIDATION' })
    await expect(json(schema, { validateOnSend: true }).encode({ id: 'bad' }, encodeValue)).rejects.toMatchObject({
      code: 'FAUST_VALIDATION',
    })
    await expect(json(schema, { validateOnSend: true }).encode({ id: 'ok' }, encodeValue)).resolves.toEqual(
      utf8('{"id":"ok"}'),
    )
    expect(json(Order).decode(utf8('{"accountId":"a","amount":1}'), value)).not.toBeInstanceOf(Promise)
  })

  it('checks what is sent only when asked, and then writes it as it is given', () => {
    const wrong = { accountId: 1, amount: 1 } as never
    expect(read(json(Order).encode(wrong, encodeValue))).toBe('{"accountId":1,"amount":1}')
    expect(caught(() => json(Order, { validateOnSend: true }).encode(wrong, encodeValue)).code).toBe('FAUST_VALIDATION')
    const given = { accountId: 'a', amount: 1, extra: true }
    expect(read(json(Order, { validateOnSend: true }).encode(given, encodeValue))).toBe(JSON.stringify(given))
  })
})

describe('types of json', () => {
  it('are given, or inferred from the output of a schema', () => {
    interface Account {
      id: string
    }
    expectTypeOf(json()).toEqualTypeOf<Serializer<unknown>>()
    expectTypeOf(json<Account>()).toEqualTypeOf<Serializer<Account>>()
    expectTypeOf<SerializerValue<ReturnType<typeof json<number>>>>().toEqualTypeOf<number>()

    // zod 4, with an input that differs from the output
    expectTypeOf(json(Order)).toEqualTypeOf<Serializer<{ accountId: string; amount: number; at?: Date | undefined }>>()
    expectTypeOf(json(z.string().transform(Number))).toEqualTypeOf<Serializer<number>>()
    expectTypeOf(json(z.union([z.literal('a'), z.literal(1)]))).toEqualTypeOf<Serializer<'a' | 1>>()

    // valibot: an object whose validate may answer both ways and whose issues name objects
    type ValibotResult = { value: Account } | { issues: readonly { message: string; path?: { key: PropertyKey }[] }[] }
    const valibotLike = {
      kind: 'schema',
      '~standard': {
        version: 1 as const,
        vendor: 'valibot',
        validate: (input: unknown): ValibotResult | Promise<ValibotResult> => ({ value: input as Account }),
      },
    }
    expectTypeOf(json(valibotLike)).toEqualTypeOf<Serializer<Account>>()

    // arktype: a function that carries the interface
    const arktypeLike = Object.assign((input: unknown) => input as Account, {
      '~standard': {
        version: 1 as const,
        vendor: 'arktype',
        validate: (input: unknown) => ({ value: input as Account }),
        types: undefined as unknown as { input: { id: unknown }; output: Account },
      },
    })
    expectTypeOf(json(arktypeLike)).toEqualTypeOf<Serializer<Account>>()
    expectTypeOf(json(plainSchema(() => ({ value: 1 })))).toEqualTypeOf<Serializer<number>>()

    // @ts-expect-error options without a schema mean nothing
    expect(() => json({ validateOnSend: true })).toThrow(/no schema/)
  })
})
