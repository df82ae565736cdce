import { checkOptions, checkWhole, invalidOption } from '../../service/check-options.ts'

/** When keys are over. Times in ms. */
export interface TtlOptions {
  /** How long after its last write a key is gone. */
  readonly after: number
  /** Whose time it is: the records' timestamps, or the clock. Default `event`. */
  readonly time?: 'event' | 'clock' | undefined
  /** A topic's partition that gave nothing for so long is no longer waited for: time goes on as the clock does. */
  readonly idle?: number | undefined
}

export interface TtlRule {
  readonly after: number
  readonly time: 'event' | 'clock'
  readonly idle: number | undefined
}

/** The option `ttl`, checked: ms, or more to say. */
export function ttlRule(where: string, given: number | TtlOptions): TtlRule {
  const options = typeof given === 'number' ? { after: given } : given
  if (typeof options !== 'object' || options === null) {
    throw invalidOption(where, 'ttl', `is ${typeof given}. It is a time in ms, or { after, time, idle }.`)
  }
  checkOptions(`${where}, ttl`, options, ['after', 'time', 'idle'])
  const { after, idle, time = 'event' } = options
  if (after === undefined) throw invalidOption(where, 'ttl', 'says no time: { after: 86_400_000 }.')
  checkWhole(`${where}, ttl`, 'after', after, 1)
  checkWhole(`${where}, ttl`, 'idle', idle, 1)
  if (time !== 'event' && time !== 'clock') {
    throw invalidOption(`${where}, ttl`, 'time', `is ${String(time)}. It must be 'event' or 'clock'.`)
  }
  return { after, time, idle }
}
