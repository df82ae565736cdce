import type { FailureOutcome, FailurePolicy } from '../agent/failure-policy.ts'
import { checkOptions, checkWhole, invalidOption } from '../service/check-options.ts'
import { checkName } from '../topic/names.ts'

/**
 * What follows when a value can't be decoded, or its operators, handler or sinks fail. It is tried again, and while it
 * waits the agent's other partitions go on; then it ends as `otherwise` says. Times in milliseconds.
 */
export interface FailureOptions {
  /** Tries after the first one. Default 3. */
  readonly retries?: number | undefined
  /** Time before the first retry; it doubles with each one. Default 100. */
  readonly backoff?: number | undefined
  /** The longest time between two tries. Default 10,000. */
  readonly maxBackoff?: number | undefined
  /** No retry begins later than this after the first failure. Default 300,000. */
  readonly retryFor?: number | undefined
  /**
   * How the value ends when no try is left: `stop` stops the app, so that nothing is lost; `skip` leaves the value out;
   * `deadLetter` keeps it in a topic, from which `app.replayDeadLetters` can send it back. Default `stop`.
   */
  readonly otherwise?: FailureOutcome | undefined
  /** The topic for dead letters. Default `{app}-{agent}-dead-letters`. */
  readonly deadLetters?: string | undefined
}

/** Default and smallest value. */
const NUMBERS = {
  retries: [3, 0],
  backoff: [100, 0],
  maxBackoff: [10_000, 0],
  retryFor: [300_000, 0],
} as const satisfies Partial<Record<keyof FailureOptions, readonly [number, number]>>

const OUTCOMES: readonly string[] = ['stop', 'skip', 'deadLetter']

const DEFAULTS: FailurePolicy = {
  retries: NUMBERS.retries[0],
  backoff: NUMBERS.backoff[0],
  maxBackoff: NUMBERS.maxBackoff[0],
  retryFor: NUMBERS.retryFor[0],
  otherwise: 'stop',
  deadLetters: undefined,
}

/** The policy of an app or agent; what it leaves out is as in `general`. Throws `FAUST_SETTING_INVALID`. */
export function failurePolicy(
  where: string,
  options: FailureOptions | undefined,
  general: FailurePolicy = DEFAULTS,
): FailurePolicy {
  if (options === undefined) return general
  const place = `${where}, failures`
  if (typeof options !== 'object' || options === null) {
    throw invalidOption(where, 'failures', `must be an object, e.g. { failures: { otherwise: 'skip' } }.`)
  }
  checkOptions(place, options, [...Object.keys(NUMBERS), 'otherwise', 'deadLetters'])
  for (const [name, [, least]] of Object.entries(NUMBERS)) {
    checkWhole(place, name, options[name as keyof typeof NUMBERS], least)
  }
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
  const policy: FailurePolicy = { ...general, ...(given as Partial<FailurePolicy>) }
  if (!OUTCOMES.includes(policy.otherwise)) {
    throw invalidOption(place, 'otherwise', `is ${policy.otherwise}. It must be 'stop', 'skip' or 'deadLetter'.`)
  }
  if (policy.deadLetters !== undefined) checkName('a topic for dead letters', policy.deadLetters)
  return policy
}
