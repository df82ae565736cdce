import type { TopicDefinition } from '../../topic/topic-definition.ts'
import { checkOptions, checkWhole, invalidOption } from '../../service/check-options.ts'
import type { Aligned } from '../../window/aligned.ts'
import type { WindowRule } from './window-rule.ts'

/** What windows of every kind may be told. Times in ms. */
export interface WindowOptions {
  /** How much longer than its end a window waits for late values. Default 0. */
  readonly grace?: number | undefined
  /** How long a closed window can still be read. Default one day. */
  readonly retention?: number | undefined
  /** Whose time it is: the records' timestamps, or the clock at the moment of the write. Default `event`. */
  readonly time?: 'event' | 'clock' | undefined
  /**
   * A topic's partition that gave nothing for so long is no longer waited for: its windows close as the clock goes on.
   * Default: windows close only by later records.
   */
  readonly idle?: number | undefined
  /** Gets the records that came too late for every window, as they came: key, value, headers and timestamp. */
  readonly late?: { readonly definition: TopicDefinition; readonly owner: object } | undefined
}

export interface TumblingOptions extends WindowOptions {
  /** From the start of a window to its end. */
  readonly size: number
}

export interface HoppingOptions extends WindowOptions {
  /** From the start of a window to its end. */
  readonly size: number
  /** From the start of a window to that of the next; at most `size`. */
  readonly step: number
}

export interface SlidingOptions extends WindowOptions {
  /** Values with less than this between them meet in a window. */
  readonly size: number
}

export interface SessionOptions<V> extends WindowOptions {
  /** A session ends when no value has come for so long. */
  readonly gap: number
  /** Makes one value of those of two sessions that a late value joins; `one` is the earlier session's. */
  readonly merge: (one: V, other: V) => V
}

const COMMON = ['grace', 'retention', 'time', 'idle', 'late']
const DAY = 86_400_000

/** Throws for options that are left out or not known; `known` are those of the kind. */
export function checkKnown(where: string, options: WindowOptions, known: readonly string[]): void {
  checkOptions(where, options, [...known, ...COMMON])
}

/** What is said of windows but for their shape, checked. `span` is from a window's start to its end. */
export function windowRule(where: string, owner: object, options: WindowOptions, span: number): WindowRule {
  const { grace = 0, idle, late, retention = DAY, time = 'event' } = options
  checkWhole(where, 'grace', grace, 0)
  checkWhole(where, 'retention', retention, 0)
  checkWhole(where, 'idle', idle, 1)
  if (time !== 'event' && time !== 'clock') {
    throw invalidOption(where, 'time', `is ${String(time)}. It must be 'event' or 'clock'.`)
  }
  if (time === 'clock' && idle !== undefined) {
    throw invalidOption(where, 'idle', `says nothing with time: 'clock', which goes on by itself. Leave it out.`)
  }
  if (late !== undefined && late?.owner !== owner) {
    throw invalidOption(where, 'late', 'must be a topic of this app.')
  }
  return { grace, retention, time, idle, span, late: late?.definition }
}

/** A length of time, as an option of a declaration must be. */
export function checkSpan(where: string, name: string, value: unknown): void {
  if (value === undefined) throw invalidOption(where, name, 'is missing. It is a time in ms.')
  checkWhole(where, name, value, 1)
}

export function checkAligned(where: string, { size, step }: Aligned): void {
  checkSpan(where, 'size', size)
  checkSpan(where, 'step', step)
  if (step <= size) return
  throw invalidOption(where, 'step', `is ${step}, more than the size (${size}): times between would have no window.`)
}
