import { FaustError } from '../service/errors.ts'

/** When something is due, by the clock on a wall. */
export interface Cron {
  /** The first due moment after `time`, both in epoch ms. */
  next(time: number): number
}

/** What the clock on the wall shows. */
interface WallTime {
  readonly minute: number
  readonly hour: number
  readonly day: number
  readonly month: number
  readonly weekday: number
}

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
/** Time zones change their clocks at quarters of an hour, so a step to the next one passes over nothing. */
const QUARTER = 15
/** As far as is looked: from any day the next 29 February is at most eight years away. */
const HORIZON = 9 * 366 * DAY
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

/** Name, smallest and largest number of each field, and names for its numbers from the smallest on. */
const FIELDS = [
  ['minute', 0, 59, []],
  ['hour', 0, 23, []],
  ['day', 1, 31, []],
  ['month', 1, 12, MONTHS],
  ['weekday', 0, 7, WEEKDAYS],
] as const

/**
 * Reads the five fields of cron: minute, hour, day of the month, month, day of the week (0 and 7 are Sunday). Each is
 * `*`, or numbers, ranges and steps with commas between them; months and weekdays may be named in English. Where both
 * days are given, either will do. A time that the wall's clock passes over in spring is passed over, and one that it
 * shows twice in autumn is due twice. Throws `FAUST_SETTING_INVALID`, beginning with `where`.
 */
export function parseCron(where: string, format: string, timeZone: string): Cron {
  const invalid = (problem: string): FaustError =>
    new FaustError('FAUST_SETTING_INVALID', `${where}: ${problem}`, { details: { format, timeZone } })
  const parts = typeof format === 'string' ? format.trim().split(/\s+/) : []
  if (parts.length !== FIELDS.length) {
    throw invalid(
      `${JSON.stringify(format)} must have five fields: minute, hour, day, month, weekday, e.g. '0 9 * * 1-5'.`,
    )
  }
  const sets = FIELDS.map(([name, least, most, names], index) => {
    const part = parts[index]!
    const found = numbers(part, least, most, names)
    if (found !== undefined) return found
    throw invalid(
      `the ${name} ${JSON.stringify(part)} is none. It is *, or numbers from ${least} to ${most}, as 1,5-9 or */2.`,
    )
  })
  const [minutes, hours, days, months, weekdays] = sets as [
    Set<number>,
    Set<number>,
    Set<number>,
    Set<number>,
    Set<number>,
  ]
  if (weekdays.has(7)) weekdays.add(0)
  const [everyDay, everyWeekday] = [parts[2]!.startsWith('*'), parts[4]!.startsWith('*')]
  const isDay = ({ day, month, weekday }: WallTime): boolean => {
    const both = everyDay || everyWeekday
    const fits = both ? days.has(day) && weekdays.has(weekday) : days.has(day) || weekdays.has(weekday)
    return fits && months.has(month)
  }
  const wall = wallClock(timeZone)
  if (wall === undefined) throw invalid(`${JSON.stringify(timeZone)} is no time zone. One is e.g. 'Europe/Berlin'.`)

  const search = (time: number): number | undefined => {
    let at = (Math.floor(time / MINUTE) + 1) * MINUTE
    for (const end = at + HORIZON; at < end;) {
      const shown = wall(at)
      // The larger steps end before a month or day does, also where it is an hour shorter.
      if (!months.has(shown.month) && shown.day < 27) at += (27 - shown.day) * DAY
      else if (!isDay(shown) && shown.hour < 22) at += ((22 - shown.hour) * 60 - shown.minute) * MINUTE
      else if (!isDay(shown) || !hours.has(shown.hour)) at += (QUARTER - (shown.minute % QUARTER)) * MINUTE
      else if (!minutes.has(shown.minute)) at += MINUTE
      else return at
    }
    return undefined
  }
  if (search(0) === undefined) throw invalid(`${JSON.stringify(format)} never comes: there is no such day.`)
  return { next: (time) => search(time)! }
}

/** The numbers that a field stands for; `undefined` if it is none. */
function numbers(field: string, least: number, most: number, names: readonly string[]): Set<number> | undefined {
  const found = new Set<number>()
  const numberOf = (text: string): number => {
    const named = names.indexOf(text.toLowerCase())
    return named >= 0 ? named + least : Number(text)
  }
  for (const item of field.split(',')) {
    const [, first, last, step] = /^(\*|\w+)(?:-(\w+))?(?:\/(\d+))?$/.exec(item) ?? []
    if (first === undefined || (first === '*' && last !== undefined)) return undefined
    const from = first === '*' ? least : numberOf(first)
    // As cron has it, 5/10 is 5-59/10.
    const to = last !== undefined ? numberOf(last) : first === '*' || step !== undefined ? most : from
    const by = step === undefined ? 1 : Number(step)
    if (!Number.isInteger(from) || !Number.isInteger(to) || from < least || to > most || from > to || by < 1)
      return undefined
    for (let number = from; number <= to; number += by) found.add(number)
  }
  return found
}

/** Tells the time in a zone; `undefined` if there is no such zone. */
function wallClock(timeZone: string): ((time: number) => WallTime) | undefined {
  let format: Intl.DateTimeFormat
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
    })
  } catch {
    return undefined
  }
  return (time) => {
    const shown = Object.fromEntries(format.formatToParts(time).map(({ type, value }) => [type, Number(value)]))
    const { minute, hour, day, month, year } = shown as Record<string, number> & WallTime & { year: number }
    return { minute, hour, day, month, weekday: new Date(Date.UTC(year, month - 1, day)).getUTCDay() }
  }
}
