// Bytes come from anybody. Whatever core decodes, it answers with a value or with a FaustError, at once, within memory that
// the bytes themselves account for, and without touching a prototype. Formats with a length in front, checksums and files
// have tests of their own beside this one (assignment/codec, store/snapshot, transport/embedded/damage).
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { base64, bytes, compose, type DecodeContext, isFaustError, json, type Serializer, text } from '../src/index.ts'
import { decodeMetadata } from '../src/processing/queue/offset-metadata.ts'
import { escapeKey, keyLength, unescapeKey } from '../src/table/composite-key.ts'
import { expiringSerializer } from '../src/table/ttl/expiring.ts'
import { keyWindowsSerializer } from '../src/table/windows/key-windows.ts'
import { archiveKey, archivePrefix, splitArchive, splitTimed, timerKey } from '../src/table/windows/window-keys.ts'
import { windowSerializer } from '../src/table/windows/window-serializer.ts'
import { decodeDeadLetter } from '../src/topic/dead-letter.ts'
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from '../src/transport/embedded/client/envelope.ts'

const RUNS = { numRuns: 2000 }
const context: DecodeContext & { headers: [] } = { topic: 't', part: 'value', headers: [] }
const anyBytes = fc.uint8Array({ maxLength: 80 })

/** Bytes as they are written, of which a few are then something else, or missing. */
function damaged(written: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  const change = fc.tuple(fc.nat(), fc.constantFrom(0, 1, 0x7f, 0x80, 0xff))
  return fc.tuple(written, fc.array(change, { maxLength: 4 }), fc.nat({ max: 12 })).map(([whole, changes, missing]) => {
    const found = whole.slice(0, Math.max(0, whole.length - missing))
    for (const [at, byte] of changes) if (found.length > 0) found[at % found.length] = byte
    return found
  })
}

/** Holds one decoder to the promise, for bytes of any kind and for nearly right ones, seen as part of a larger buffer. */
function survives(written: fc.Arbitrary<Uint8Array>, decode: (bytes: Uint8Array) => unknown): void {
  fc.assert(
    fc.property(fc.oneof(anyBytes, damaged(written)), (given) => {
      const around = new Uint8Array(given.length + 64).fill(0x7f)
      around.set(given, 32)
      try {
        decode(around.subarray(32, 32 + given.length))
      } catch (error) {
        if (!isFaustError(error)) throw error
      }
    }),
    RUNS,
  )
  expect(Object.keys(Object.prototype)).toEqual([])
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
}

const jsonBytes = fc
  .oneof(fc.json(), fc.constant('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}'))
  .map((document) => new TextEncoder().encode(document))
const inner = json()

describe('serializers', () => {
  const all: readonly (readonly [string, Serializer<never>, fc.Arbitrary<Uint8Array>])[] = [
    ['json', json(), jsonBytes],
    ['text', text(), fc.string({ unit: 'grapheme' }).map((value) => new TextEncoder().encode(value))],
    ['bytes', bytes(), anyBytes],
    ['base64', base64(), anyBytes.map((value) => new Uint8Array(Buffer.from(Buffer.from(value).toString('base64'))))],
    [
      'compose',
      compose(json(), base64()),
      jsonBytes.map((value) => new Uint8Array(Buffer.from(Buffer.from(value).toString('base64')))),
    ],
  ] as never
  test.each(all)('%s', (_name, serializer, written) => {
    survives(written, (given) => serializer.decode(given, context))
  })

  test('json gives `__proto__` as a property like any other', () => {
    const value = inner.decode(new TextEncoder().encode('{"__proto__":{"polluted":1}}'), context) as object
    expect(Object.hasOwn(value, '__proto__')).toBe(true)
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
  })

  test('json that goes as deep as it is long is an error or a value, and no end of the process', () => {
    const deep = new TextEncoder().encode('['.repeat(200_000))
    expect(() => inner.decode(deep, context)).toThrow(expect.objectContaining({ code: 'FAUST_DECODE' }))
  })

  test('compressed bytes are no JSON, and what they would unfold to is never made', () => {
    const bomb = gzipSync(new Uint8Array(50_000_000))
    expect(() => inner.decode(bomb, context)).toThrow(expect.objectContaining({ code: 'FAUST_DECODE' }))
  })
})

describe('what tables keep', () => {
  const window = fc.tuple(fc.nat(), fc.nat(), fc.jsonValue())
  const times = fc.record({ value: fc.jsonValue(), writtenAt: fc.nat(), timer: fc.nat() })

  test('a value with its window', () => {
    const format = windowSerializer(inner)
    const written = window.map(([start, end, value]) => format.encode({ window: { start, end }, value }, context))
    survives(written as fc.Arbitrary<Uint8Array>, (given) => format.decode(given, context))
  })

  test('a value with the time at which it ends', () => {
    const format = expiringSerializer(inner)
    const written = times.map((value) => format.encode(value, context))
    survives(written as fc.Arbitrary<Uint8Array>, (given) => format.decode(given, context))
  })

  test('the windows of a key', () => {
    const format = keyWindowsSerializer(inner)
    const list = fc.record({
      timer: fc.nat(),
      closedUntil: fc.nat(),
      expiry: fc.nat(),
      times: fc.array(fc.nat(), { maxLength: 4 }),
      windows: fc.array(
        window.map(([start, end, value]) => ({ window: { start, end }, value })),
        { maxLength: 3 },
      ),
    })
    const written = list.map((value) => format.encode(value, context) as Uint8Array)
    fc.assert(
      fc.property(list, (value) => {
        const back = format.decode(format.encode(value, context) as Uint8Array, context)
        expect(JSON.stringify(back)).toBe(JSON.stringify(value))
      }),
    )
    survives(written, (given) => format.decode(given, context))
    // What stands behind the bytes is never read as if it were theirs.
    const whole = format.encode({ timer: 1, closedUntil: 1, expiry: 1, times: [1], windows: [] }, context) as Uint8Array
    const longer = new Uint8Array(whole.length + 100)
    longer.set(whole)
    for (let length = 0; length < whole.length; length++) {
      expect(() => format.decode(longer.subarray(0, length), context)).toThrow(
        expect.objectContaining({ code: 'FAUST_DECODE' }),
      )
    }
  })

  test('a key in front of more bytes', () => {
    survives(anyBytes.map(escapeKey), (given) => unescapeKey(given.subarray(0, keyLength(given))))
    expect(() => keyLength(Uint8Array.of(1, 2, 0))).toThrow(expect.objectContaining({ code: 'FAUST_DECODE' }))
  })

  test('a key with a time', () => {
    survives(
      fc.tuple(fc.nat(), anyBytes).map(([time, key]) => timerKey(time, key)),
      splitTimed,
    )
    survives(
      fc.tuple(fc.nat(), anyBytes).map(([time, key]) => archiveKey(archivePrefix(key), time, time)),
      splitArchive,
    )
  })
})

describe('what the log holds of an app', () => {
  test('the metadata of an offset', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((end) => `streamTime=${end}`),
          fc.string().map((middle) => `{${middle}}`),
          fc.json().map((forms) => `streamTime=1 ${forms}`),
        ),
        (metadata) => {
          const { forms, time } = decodeMetadata(metadata)
          expect(Number.isSafeInteger(time)).toBe(true)
          expect([...forms.values()].every((form) => typeof form === 'string')).toBe(true)
        },
      ),
      RUNS,
    )
  })

  test('dead letters, whatever their headers say', () => {
    const names = [
      'app',
      'agent',
      'topic',
      'partition',
      'offset',
      'timestamp',
      'attempts',
      'error',
      'code',
      'stack',
      'body',
      '',
    ]
    const name = fc.oneof(
      fc.constantFrom(...names).map((fact) => `faust.dead-letter.${fact}`),
      fc.constantFrom('__proto__', 'x'),
    )
    const headers = fc.array(fc.tuple(name, fc.option(fc.oneof(anyBytes, fc.string().map(utf8)))), { maxLength: 12 })
    fc.assert(
      fc.property(headers, (given) => {
        const letter = decodeDeadLetter({ key: null, value: null, headers: given, offset: 0, timestamp: 1 })
        if (letter === undefined) return
        expect(['kept', 'dropped', 'unreadable']).toContain(letter.body)
        const { partition, offset } = letter.source
        for (const number of [partition, offset, letter.timestamp, letter.attempts]) {
          expect(Number.isSafeInteger(number)).toBe(true)
        }
      }),
      RUNS,
    )
  })

  test('what members of the embedded log say, also of topics with odd names', () => {
    const partitions = [
      { topic: '__proto__', partition: 1 },
      { topic: 'constructor', partition: 2 },
    ]
    const userData = Uint8Array.of(1, 2)
    expect(decodeAssignment(encodeAssignment({ partitions, userData }))).toEqual({ partitions, userData })
    const said = { topics: ['__proto__'], nonce: 3, userData }
    expect(decodeSubscription(encodeSubscription(said))).toEqual(said)
  })
})

function utf8(value: string): Uint8Array {
  return new TextEncoder().encode(value)
}
