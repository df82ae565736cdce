import { expect, test } from 'vitest'
import { decodeMetadata, encodeForms, encodeMetadata } from '../../../src/processing/queue/offset-metadata.ts'
import { NO_TIME } from '../../../src/processing/queue/stream-time.ts'

const written = (log: string, form: string) => ({ log, table: { form } })

test('time and forms are read back, each without the other too', () => {
  const tables = [written('a1', 'text keys, json values'), written('b "2"', 'ü} {')]
  for (const time of [NO_TIME, 0, 17, 1_700_000_000_000]) {
    expect(decodeMetadata(encodeMetadata(time, encodeForms(tables)))).toEqual({
      time,
      forms: new Map(tables.map(({ log, table }) => [log, table.form])),
    })
    expect(decodeMetadata(encodeMetadata(time, encodeForms([])))).toEqual({ time, forms: new Map() })
  }
  expect(encodeMetadata(NO_TIME, '')).toBe('')
  expect(encodeMetadata(17, '')).toBe('streamTime=17')
  expect(encodeMetadata(17, encodeForms([written('a1', 'x')]))).toBe('streamTime=17 {"a1":"x"}')
})

test('what others have written there says nothing', () => {
  for (const other of ['', 'x', 'streamTime=', 'streamTime=-1', 'streamTime=1.5', '17', '{', '{}', '{x}', '{"a":1}']) {
    expect(decodeMetadata(other)).toEqual({ time: NO_TIME, forms: new Map() })
  }
})

test('forms take a kilobyte at most: others are left out', () => {
  const tables = Array.from({ length: 100 }, (_, n) => written(`topic-${n}`, 'ü'.repeat(n === 0 ? 2000 : 10)))
  const forms = encodeForms(tables)
  expect(Buffer.byteLength(forms)).toBeLessThanOrEqual(1002)
  const kept = [...decodeMetadata(encodeMetadata(17, forms)).forms.keys()]
  expect(kept).toEqual(tables.slice(1, 1 + kept.length).map(({ log }) => log))
  expect(kept.length).toBeGreaterThan(20)
})
