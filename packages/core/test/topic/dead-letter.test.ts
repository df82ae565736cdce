import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Headers, IncomingRecord } from '../../src/index.ts'
import { type DeadLetter, decodeDeadLetter, encodeDeadLetter } from '../../src/topic/dead-letter.ts'

type Header = Headers[number]

const bytes: fc.Arbitrary<Uint8Array> = fc.uint8Array({ maxLength: 300 })
const letters: fc.Arbitrary<DeadLetter> = fc.record({
  app: fc.option(fc.string({ minLength: 1 }), { nil: undefined }),
  agent: fc.string({ minLength: 1, unit: 'grapheme' }),
  source: fc.record({ topic: fc.string({ minLength: 1 }), partition: fc.nat(), offset: fc.maxSafeNat() }),
  timestamp: fc.maxSafeNat(),
  key: fc.option(bytes),
  value: fc.option(bytes),
  headers: fc.array(
    fc.tuple(fc.string(), fc.option(bytes)).map((header): Header => header),
    { maxLength: 3 },
  ),
  body: fc.constantFrom('kept' as const, 'unreadable' as const),
  attempts: fc.nat(),
  error: fc.string({ unit: 'grapheme', maxLength: 200 }),
  code: fc.option(fc.string({ minLength: 1 }), { nil: undefined }),
  stack: fc.string({ unit: 'grapheme', maxLength: 400 }),
  failedAt: fc.maxSafeNat(),
})

const read = (letter: DeadLetter, limit: number): DeadLetter => {
  const { headers = [], timestamp = -1, ...record } = encodeDeadLetter(letter, limit)
  return decodeDeadLetter({ ...record, headers, timestamp, offset: 0 } satisfies IncomingRecord)!
}

const size = (letter: DeadLetter, limit: number): number => {
  const { key, value, headers = [] } = encodeDeadLetter(letter, limit)
  return headers.reduce(
    (sum, [name, part]) => sum + new TextEncoder().encode(name).length + (part?.length ?? 0),
    (key?.length ?? 0) + (value?.length ?? 0),
  )
}

test('a letter is read as it was written', () => {
  fc.assert(
    fc.property(letters, (letter) => {
      expect(read(letter, 1e6)).toEqual(letter)
    }),
  )
})

test('a letter that is too large loses its stack, then its message, then its body, and fits', () => {
  fc.assert(
    fc.property(letters, fc.integer({ min: 700, max: 2000 }), (letter, limit) => {
      fc.pre(
        letter.agent.length + letter.source.topic.length + (letter.app?.length ?? 0) + (letter.code?.length ?? 0) < 60,
      )
      const short = read(letter, limit)
      expect(size(letter, limit)).toBeLessThanOrEqual(limit)
      expect(short).toMatchObject({ agent: letter.agent, source: letter.source, attempts: letter.attempts })
      if (short.body === 'dropped') expect([short.key, short.value, short.headers]).toEqual([null, null, []])
      else expect([short.key, short.value, short.headers]).toEqual([letter.key, letter.value, letter.headers])
      if (short.body === 'kept' && short.error !== letter.error) expect(short.stack).toBe('')
    }),
  )
})

test('what is no letter is none', () => {
  expect(decodeDeadLetter({ offset: 0, timestamp: 0, key: null, value: null, headers: [] })).toBeUndefined()
})
