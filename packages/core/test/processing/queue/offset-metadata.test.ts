import { expect, test } from 'vitest'
import { decodeMetadata, encodeForms, encodeMetadata } from '../../../src/processing/queue/offset-metadata.ts'
import { NO_TIME } from '../../../src/processing/queue/stream-time.ts'

test('time and forms are read back, each without the other too', () => {
  const forms = new Map([
    ['a1', 'text keys, json values'],
    ['b "2"', 'ü} {'],
  ])
  for (const time of [NO_TIME, 0, 17, 1_700_000_000_000, 1_700_000_000_000_000, Number.MAX_SAFE_INTEGER]) {
    expect(decodeMetadata(encodeMetadata(time, encodeForms(forms)))).toEqual({ time, forms })
    expect(decodeMetadata(encodeMetadata(time, encodeForms(new Map())))).toEqual({ time, forms: new Map() })
  }
  expect(encodeMetadata(NO_TIME, '')).toBe('')
  expect(encodeMetadata(17, '')).toBe('streamTime=17')
  expect(encodeMetadata(17, encodeForms(new Map([['a1', 'x']])))).toBe('streamTime=17 {"a1":"x"}')
})

test('what others have written there says nothing', () => {
  for (const other of ['', 'x', 'streamTime=', 'streamTime=-1', 'streamTime=1.5', '17', '{', '{}', '{x}', '{"a":1}']) {
    expect(decodeMetadata(other)).toEqual({ time: NO_TIME, forms: new Map() })
  }
})

test('forms take a kilobyte at most: others are left out', () => {
  const logs = Array.from({ length: 100 }, (_, n) => `topic-${n}`)
  const forms = encodeForms(new Map(logs.map((log, n) => [log, 'ü'.repeat(n === 0 ? 2000 : 10)])))
  expect(Buffer.byteLength(forms)).toBeLessThanOrEqual(1002)
  const kept = [...decodeMetadata(encodeMetadata(17, forms)).forms.keys()]
  expect(kept).toEqual(logs.slice(1, 1 + kept.length))
  expect(kept.length).toBeGreaterThan(20)
})
