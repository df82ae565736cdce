import type { Header } from '@faust/core'
import { equal, ok } from '../kit/check.ts'
import { hex, utf8 } from '../kit/bytes.ts'
import type { CaseGroup } from '../kit/suite.ts'
import { encodeContext } from './serializer-context.ts'
import type { SerializerContext } from './serializer-context.ts'

const APPEND = "a value's serializer may append to the headers, a key's may not"

/** What becomes of a record's headers. */
export const headers: CaseGroup<SerializerContext> = {
  name: 'headers',
  cases: {
    "a value's headers are only appended to": async ({ create, values }) => {
      const serializer = await create()
      const given: Header[] = [
        ['a', utf8('1')],
        ['a', null],
        ['content-type', utf8('mine')],
      ]
      for (const value of values) {
        const mine = [...given]
        await serializer.encode(value, encodeContext('value', mine))
        equal(mine.slice(0, given.length).map(shown), given.map(shown), APPEND)
        for (const [name, bytes] of mine.slice(given.length)) {
          ok(
            typeof name === 'string' && (bytes === null || bytes instanceof Uint8Array),
            'a header is a name and bytes or null',
          )
        }
      }
    },

    'what is appended is the same for every record': async ({ create, values }) => {
      const serializer = await create()
      for (const value of values) {
        const [first, second]: [Header[], Header[]] = [[], []]
        await serializer.encode(value, encodeContext('value', first))
        await serializer.encode(value, encodeContext('value', second))
        equal(
          second.map(([name]) => name),
          first.map(([name]) => name),
          'stateless as seen from outside',
        )
      }
    },
  },
}

/** The same for keys, and that they can be keys at all. */
export const keys: CaseGroup<SerializerContext> = {
  name: 'keys',
  needs: ['keys'],
  cases: {
    'keys come back': async ({ create, values, same }) => {
      const serializer = await create()
      for (const value of values) {
        const bytes = await serializer.encode(value, encodeContext('key', Object.freeze([]) as unknown as Header[]))
        same(
          await serializer.decode(bytes, { topic: 'orders', part: 'key', headers: [] }),
          value,
          'decode gives back what encode was given',
        )
      }
    },

    'a key appends no headers': async ({ create, values }) => {
      const serializer = await create()
      for (const value of values) {
        const mine: Header[] = [['a', utf8('1')]]
        await serializer.encode(value, encodeContext('key', mine))
        equal(mine.map(shown), [shown(['a', utf8('1')])], APPEND)
      }
    },

    'equal values give equal bytes, always': async ({ create, values, equals }) => {
      const [one, two] = [await create(), await create()]
      for (const value of values) {
        const digits = hex(await one.encode(value, encodeContext('key')))
        for (const serializer of [one, two, one]) {
          equal(
            hex(await serializer.encode(value, encodeContext('key'))),
            digits,
            'keys: equal values give equal bytes, always',
          )
        }
        equal(
          hex(await one.encode(structuredClone(value), encodeContext('key'))),
          digits,
          'keys: equal values give equal bytes, always',
        )
      }
      const reordered = values.map((value) => [value, inAnotherOrder(value)] as const)
      for (const [left, right] of [...equals, ...reordered]) {
        const [a, b] = [await one.encode(left, encodeContext('key')), await two.encode(right, encodeContext('key'))]
        equal(hex(a), hex(b), 'keys: equal values give equal bytes, also when they were made differently')
      }
    },

    'different values give different bytes': async ({ create, values }) => {
      const serializer = await create()
      const seen = new Map<string, unknown>()
      for (const value of values) {
        const digits = hex(await serializer.encode(value, encodeContext('key')))
        equal(seen.has(digits), false, "a key's bytes tell it from other keys")
        seen.set(digits, value)
      }
    },

    'the bytes do not depend on headers': async ({ create, values, same }) => {
      const serializer = await create()
      const many: Header[][] = [
        [],
        [['a', utf8('1')]],
        [
          ['content-type', utf8('x')],
          ['schema', null],
        ],
      ]
      for (const value of values) {
        const all = await Promise.all(
          many.map(async (list) => hex(await serializer.encode(value, encodeContext('key', [...list])))),
        )
        equal(new Set(all).size, 1, "a key's bytes must not depend on its headers")
        const bytes = await serializer.encode(value, encodeContext('key'))
        for (const list of many)
          same(
            await serializer.decode(bytes, { topic: 'orders', part: 'key', headers: list }),
            value,
            'a key is read without its headers',
          )
      }
    },
  },
}

/** An equal value whose objects, as far down as they are plain, have their members the other way round. */
function inAnotherOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inAnotherOrder)
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, member]) => [name, inAnotherOrder(member)] as const)
      .toReversed(),
  )
}

function shown([name, bytes]: Header): unknown[] {
  return [name, hex(bytes)]
}
