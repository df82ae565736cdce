import { bytes, json, text } from '@faust/core'
import { serializerConformance } from '@faust/testing'
import { describe, test } from 'vitest'

describe('json', () => {
  serializerConformance<unknown>({
    test,
    create: () => json(),
    values: [
      0,
      -1.5,
      1e300,
      true,
      '',
      'ä \u{1f980} \u0000 "',
      [],
      {},
      [1, [2, [3]]],
      { b: 1, a: { d: null, c: [''] } },
      'x'.repeat(100_000),
    ],
    equalValues: [
      [
        { a: 1, b: { c: 2, d: 3 } },
        { b: { d: 3, c: 2 }, a: 1 },
      ],
      [[{ x: 1, y: 2 }], [{ y: 2, x: 1 }]],
    ],
    invalidBytes: [new Uint8Array(0), Uint8Array.of(0xff), Uint8Array.of(0x7b), Uint8Array.of(0x22, 0xc3, 0x22)],
  })
})

describe('text', () => {
  serializerConformance<string>({
    test,
    create: () => text(),
    values: ['', 'a', 'ä', '\u{1f980}', '\ufeffbyte order mark', '\u0000', 'line\nbreak', 'x'.repeat(100_000)],
    invalidBytes: [Uint8Array.of(0xff), Uint8Array.of(0xc3), Uint8Array.of(0xed, 0xa0, 0x80)],
  })
})

describe('bytes', () => {
  serializerConformance<Uint8Array>({
    test,
    create: () => bytes(),
    values: [
      new Uint8Array(0),
      Uint8Array.of(0),
      Uint8Array.of(0, 0),
      Uint8Array.from({ length: 256 }, (_, byte) => byte),
    ],
  })
})
