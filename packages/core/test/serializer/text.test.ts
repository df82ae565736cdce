import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FaustError } from '../../src/index.ts'
import { base64, bytes, compose, isFaustError, text } from '../../src/index.ts'
import { decodeUtf8, encodeUtf8 } from '../../src/serializer/utf8.ts'

const place = { topic: 'orders', part: 'value', headers: [] } as const
const encodeAt = { ...place, headers: [] }
const utf8 = (value: string): Uint8Array => new TextEncoder().encode(value)

function caught(run: () => unknown): FaustError {
  try {
    run()
  } catch (error) {
    if (isFaustError(error)) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('text', () => {
  it('gives every well-formed string back, in the bytes that TextEncoder writes', () => {
    const any = fc.oneof(fc.string({ unit: 'binary', maxLength: 80 }), fc.string({ unit: 'grapheme', maxLength: 60 }))
    fc.assert(
      fc.property(any, (value) => {
        const encoded = text().encode(value, encodeAt) as Uint8Array
        expect(Buffer.compare(encoded, utf8(value))).toBe(0)
        expect(text().decode(encoded, place)).toBe(value)
      }),
    )
  })

  it('keeps byte order marks and U+FFFD, which are valid text', () => {
    for (const value of ['\uFEFFa', '\uFFFD', `${'x'.repeat(40)}\uFFFD`]) {
      expect(text().decode(text().encode(value, encodeAt) as Uint8Array, place)).toBe(value)
    }
  })

  it('decodes a view in the middle of a larger buffer', () => {
    const whole = utf8('....grüße....')
    expect(text().decode(whole.subarray(4, whole.length - 4), place)).toBe('grüße')
  })

  it('refuses half a surrogate pair, long or short, and names the place', () => {
    for (const value of ['\ud83d', `${'é'.repeat(50)}\ude00`, `\ude00${'a'.repeat(30)}`]) {
      const error = caught(() => text().encode(value, encodeAt))
      expect(error.code).toBe('FAUST_ENCODE')
      expect(error.message).toContain("value of a record of 'orders'")
      expect(error.details).toEqual({ topic: 'orders', part: 'value' })
    }
  })

  it('refuses what is no string and says what to declare instead', () => {
    expect(caught(() => text().encode(5 as never, encodeAt)).message).toContain('is a number')
    expect(caught(() => text().encode(new Date(0) as never, encodeAt)).message).toContain('is a Date')
    expect(caught(() => text().encode(undefined as never, encodeAt)).message).toContain('is undefined')
  })

  it('accepts exactly the bytes that a fatal TextDecoder accepts', () => {
    const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
    const mostlyText = fc
      .tuple(fc.string({ unit: 'grapheme' }), fc.nat(), fc.nat(255))
      .map(([value, at, byte]) => utf8(value).map((old, i) => (i === at % 8 ? byte : old)))
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 40 }), mostlyText), (data) => {
        let expected: string | undefined
        try {
          expected = strict.decode(data)
        } catch {
          expected = undefined
        }
        expect(decodeUtf8(data)).toBe(expected)
      }),
      { numRuns: 1000 },
    )
    expect(caught(() => text().decode(Uint8Array.of(0xff), place)).code).toBe('FAUST_DECODE')
  })

  it('gives plain arrays, whose slices are copies', () => {
    for (const length of [0, 1, 24, 25, 100, 5000, 20000]) {
      const encoded = encodeUtf8('a'.repeat(length))
      expect(encoded.constructor).toBe(Uint8Array)
      expect(encoded.length).toBe(length)
    }
  })
})

describe('bytes', () => {
  it('copies both ways', () => {
    const given = Uint8Array.of(1, 2, 3)
    const encoded = bytes().encode(given, encodeAt) as Uint8Array
    given[0] = 9
    expect(encoded).toStrictEqual(Uint8Array.of(1, 2, 3))

    const decoded = bytes().decode(encoded, place) as Uint8Array
    encoded[1] = 9
    expect(decoded).toStrictEqual(Uint8Array.of(1, 2, 3))
  })

  it('makes plain arrays of Buffers', () => {
    const encoded = bytes().encode(Buffer.from('abc'), encodeAt) as Uint8Array
    expect(encoded.constructor).toBe(Uint8Array)
    expect((bytes().decode(Buffer.from('abc'), place) as Uint8Array).constructor).toBe(Uint8Array)
  })

  it('refuses what is not bytes', () => {
    expect(caught(() => bytes().encode('abc' as never, encodeAt)).message).toContain('is a string')
    expect(caught(() => bytes().encode([1] as never, encodeAt)).message).toContain('is an Array')
  })
})

describe('base64', () => {
  it('writes what Node writes and reads it back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (data) => {
        const encoded = base64().encode(data, encodeAt) as Uint8Array
        expect(encoded).toStrictEqual(utf8(Buffer.from(data).toString('base64')))
        expect(base64().decode(encoded, place)).toStrictEqual(data)
      }),
    )
  })

  it('reads only the one right form', () => {
    for (const wrong of [
      'a',
      'ab',
      'abc',
      'ab=c',
      'a===',
      '====',
      'YQ=',
      'YR==',
      'YWJ=',
      'YW-_',
      'Y W=',
      'YQ==YQ==',
      'YQ==\n',
    ]) {
      expect(caught(() => base64().decode(utf8(wrong), place)).code).toBe('FAUST_DECODE')
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), (data) => {
        let decoded: Uint8Array
        try {
          decoded = base64().decode(data, place) as Uint8Array
        } catch {
          return
        }
        expect(base64().encode(decoded, encodeAt)).toStrictEqual(data)
      }),
    )
  })
})

describe('compose', () => {
  const later = {
    ...bytes(),
    name: 'later',
    supports: { keys: false },
    encode: async (value: Uint8Array) => Uint8Array.from(value, (byte) => byte ^ 1),
    decode: async (value: Uint8Array) => Uint8Array.from(value, (byte) => byte ^ 1),
  }

  it('runs layers left to right and back, at once when all answer at once', () => {
    const both = compose(text(), base64())
    expect(both.name).toBe('text|base64')
    expect(both.supports.keys).toBe(true)
    expect(both.encode('grüße', encodeAt)).toStrictEqual(utf8(Buffer.from('grüße').toString('base64')))
    expect(both.decode(utf8('Z3LDvMOfZQ=='), place)).toBe('grüße')
  })

  it('waits for layers that answer later, wherever they stand', async () => {
    for (const layers of [[later], [later, base64()], [base64(), later], [later, later, base64(), later]]) {
      const whole = compose(text(), ...layers)
      expect(whole.supports.keys).toBe(false)
      const encoded = whole.encode('hello', encodeAt)
      expect(encoded).toBeInstanceOf(Promise)
      const decoded = whole.decode(await encoded, place)
      expect(decoded).toBeInstanceOf(Promise)
      expect(await decoded).toBe('hello')
    }
  })

  it('waits for a first serializer that answers later', async () => {
    const slow = { ...text(), encode: async (value: string) => utf8(value) }
    expect(await compose(slow, base64()).encode('hi', encodeAt)).toStrictEqual(utf8('aGk='))
  })

  it('is the serializer itself without layers', () => {
    expect(compose(text()).name).toBe('text')
    expect(compose(text()).decode(utf8('a'), place)).toBe('a')
  })
})
