import { checkOptions, invalidOption } from '../../service/check-options.ts'
import { FaustError } from '../../service/errors.ts'

/** Which windows an iteration gives. */
export interface WindowRange {
  /** Epoch ms: windows that begin then or later. Default: all that are kept. */
  readonly from?: number | undefined
  /** Epoch ms: windows that begin before. */
  readonly to?: number | undefined
}

/** When something happened, where that is not the time of the value in hand. */
export interface WindowTime {
  /** Epoch ms. */
  readonly at?: number | undefined
}

/** Stands for options that are left out: nothing is to be checked of it, and nothing made for each write. */
export const TIME_IN_HAND: WindowTime = {}

/** Throws for what is no time to read by. One before 1970 is: nothing was there. */
export function checkTime(table: string, time: number): number {
  if (Number.isSafeInteger(time)) return time
  throw notATime(table, time)
}

/** Throws for what is no time to write at, or for options that have none. */
export function checkTimeOfWrite(table: string, time: number, options: WindowTime): void {
  if (options.at === undefined && options !== TIME_IN_HAND) checkOptions(`A write to table ${table}`, options, ['at'])
  if (!Number.isSafeInteger(time) || time < 0) throw notATime(table, time)
}

/** Throws for what is no length of time to go back by. */
export function checkDelta(table: string, ms: number): number {
  if (Number.isSafeInteger(ms)) return ms
  throw refused(table, `delta(key, ms) was given ${String(ms)} ms. Give a whole number.`)
}

/** The bounds of an iteration over windows, checked. */
export function windowBounds(table: string, range: WindowRange): { from: number; to: number } {
  const where = `A range of table ${table}`
  checkOptions(where, range, ['from', 'to'])
  const { from = 0, to = Infinity } = range
  for (const [name, time] of [
    ['from', from],
    ['to', to],
  ] as const) {
    if (typeof time === 'number' && !Number.isNaN(time)) continue
    throw invalidOption(where, name, `is ${String(time)}. It is the start of a window, in ms since 1970.`)
  }
  return { from, to }
}

/** The error for a view of something that gives no time. */
export function notRelative(table: string, time: unknown): FaustError {
  return refused(table, `relativeTo takes 'stream', 'now' or a function that gives the epoch ms, not ${String(time)}.`)
}

function notATime(table: string, time: unknown): FaustError {
  return new FaustError(
    'FAUST_SETTING_INVALID',
    `Table ${table} was given the time ${String(time)}. A time is a whole number of ms since 1970.`,
    { details: { table } },
  )
}

function refused(table: string, problem: string): FaustError {
  return new FaustError('FAUST_SETTING_INVALID', `Table ${table}: ${problem}`, { details: { table } })
}
