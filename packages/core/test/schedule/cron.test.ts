import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseCron } from '../../src/schedule/cron.ts'

const MINUTE = 60_000

/** The first `count` moments after one, as ISO 8601 to the minute. */
function moments(format: string, after: string, count: number, timeZone = 'UTC'): string[] {
  const cron = parseCron('here', format, timeZone)
  const found: string[] = []
  for (let time = Date.parse(after); found.length < count;) {
    time = cron.next(time)
    found.push(new Date(time).toISOString().slice(0, 16))
  }
  return found
}

describe('moments', () => {
  test.each([
    ['* * * * *', '2026-03-01T10:15:30Z', ['2026-03-01T10:16', '2026-03-01T10:17']],
    ['*/20 9-10 * * *', '2026-03-01T09:30Z', ['2026-03-01T09:40', '2026-03-01T10:00', '2026-03-01T10:20']],
    [
      '5/25 0 * * *',
      '2026-03-01T00:00Z',
      ['2026-03-01T00:05', '2026-03-01T00:30', '2026-03-01T00:55', '2026-03-02T00:05'],
    ],
    ['0 9 * * 1-5', '2026-03-06T09:00Z', ['2026-03-09T09:00', '2026-03-10T09:00']],
    ['0 9 * * Mon-fri', '2026-03-06T08:59Z', ['2026-03-06T09:00', '2026-03-09T09:00']],
    ['0 0 * * 7', '2026-03-06T00:00Z', ['2026-03-08T00:00', '2026-03-15T00:00']],
    ['30 23 31 * *', '2026-01-31T23:30Z', ['2026-03-31T23:30', '2026-05-31T23:30']],
    ['0 12 1,15 jan,JUL *', '2026-01-15T12:00Z', ['2026-07-01T12:00', '2026-07-15T12:00', '2027-01-01T12:00']],
    ['0 0 29 2 *', '2096-02-29T00:00Z', ['2104-02-29T00:00']],
    ['0 0 13 * 5', '2026-03-10T00:00Z', ['2026-03-13T00:00', '2026-03-20T00:00', '2026-03-27T00:00']],
    ['0 0 1 1 *', '1969-06-01T00:00Z', ['1970-01-01T00:00']],
  ])('of %s', (format, after, expected) => {
    expect(moments(format, after, expected.length)).toEqual(expected)
  })

  test('are by the clock of the zone, which skips an hour in spring and shows one twice in autumn', () => {
    const berlin = (format: string, after: string, count: number): string[] =>
      moments(format, after, count, 'Europe/Berlin')
    expect(berlin('0 9 * * *', '2026-03-28T00:00Z', 2)).toEqual(['2026-03-28T08:00', '2026-03-29T07:00'])
    expect(berlin('30 2 * * *', '2026-03-28T00:00Z', 2)).toEqual(['2026-03-28T01:30', '2026-03-30T00:30'])
    expect(berlin('30 2 * * *', '2026-10-25T00:00Z', 3)).toEqual([
      '2026-10-25T00:30',
      '2026-10-25T01:30',
      '2026-10-26T01:30',
    ])
    expect(moments('0 0 * * *', '2026-01-01T00:00Z', 1, 'Asia/Kathmandu')).toEqual(['2026-01-01T18:15'])
  })

  test('are the first minutes that fit, in zones of every kind', () => {
    const field = (least: number, most: number): fc.Arbitrary<string> =>
      fc.oneof(
        fc.constant('*'),
        fc.integer({ min: 1, max: most }).map((step) => `*/${step}`),
        fc
          .uniqueArray(fc.integer({ min: least, max: most }), { minLength: 1, maxLength: 4 })
          .map((list) => list.join(',')),
      )
    const zones = fc.constantFrom('UTC', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu')
    const time = fc.integer({ min: Date.UTC(2020), max: Date.UTC(2030) })
    fc.assert(
      fc.property(field(0, 59), field(0, 23), zones, time, (minute, hour, timeZone, after) => {
        const due = parseCron('here', `${minute} ${hour} * * *`, timeZone).next(after)
        const shown = new Intl.DateTimeFormat('en-US', {
          timeZone,
          hourCycle: 'h23',
          hour: 'numeric',
          minute: 'numeric',
        })
        const fits = (at: number): boolean => {
          const [h, m] = shown.format(at).split(':').map(Number)
          const has = (text: string, number: number): boolean =>
            text === '*' ||
            (text.startsWith('*/') ? number % Number(text.slice(2)) === 0 : text.split(',').includes(String(number)))
          return has(hour, h!) && has(minute, m!)
        }
        let expected = Math.floor(after / MINUTE) * MINUTE + MINUTE
        while (!fits(expected)) expected += MINUTE
        expect(due).toBe(expected)
      }),
      { numRuns: 60 },
    )
  })
})

test.each([
  ['', 'UTC', /must have five fields/],
  ['@daily', 'UTC', /must have five fields/],
  ['0 0 9 * * *', 'UTC', /must have five fields/],
  [undefined as never, 'UTC', /must have five fields/],
  ['60 * * * *', 'UTC', /the minute "60" is none.*0 to 59/],
  ['* 24 * * *', 'UTC', /the hour "24" is none/],
  ['* * 0 * *', 'UTC', /the day "0" is none/],
  ['* * * foo *', 'UTC', /the month "foo" is none/],
  ['* * * * 8', 'UTC', /the weekday "8" is none/],
  ['5-1 * * * *', 'UTC', /the minute "5-1" is none/],
  ['*/0 * * * *', 'UTC', /the minute "\*\/0" is none/],
  ['1,,2 * * * *', 'UTC', /the minute "1,,2" is none/],
  ['0 0 30 2 *', 'UTC', /never comes/],
  ['* * * * *', 'Mars/Olympus', /no time zone/],
])('%s in %s is refused', (format, timeZone, message) => {
  expect(() => parseCron('Cron report', format, timeZone)).toThrow(message)
  expect(() => parseCron('Cron report', format, timeZone)).toThrow(
    expect.objectContaining({ code: 'FAUST_SETTING_INVALID' }),
  )
})
