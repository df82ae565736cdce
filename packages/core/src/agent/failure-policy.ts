import { isFaustError, retriableOf } from '../service/errors.ts'

/** What follows when an agent can't process a value, with every default in its place. Times in ms. */
export interface FailurePolicy {
  /** Tries after the first one. */
  readonly retries: number
  /** Before the first retry; doubles with each one … */
  readonly backoff: number
  /** … up to this. */
  readonly maxBackoff: number
  /** No retry begins later than this after the first failure. */
  readonly retryFor: number
  /** What is done when no try is left. */
  readonly otherwise: FailureOutcome
  /** Where letters go instead of the agent's own topic. */
  readonly deadLetters: string | undefined
}

/** How a value ends that no try has helped: the app stops, the value is left out, or kept in another topic. */
export type FailureOutcome = 'stop' | 'skip' | 'deadLetter'

/** A value's way so far, when it has failed again. */
export interface Failure {
  /** Of the last attempt. */
  readonly error: unknown
  /** That failed, with the last one. */
  readonly attempts: number
  /** Ms since the first of them. */
  readonly elapsed: number
}

/** Ms until the next try; `undefined` when none is left, or none would help. */
export function nextTry(policy: FailurePolicy, { attempts, elapsed, error }: Failure): number | undefined {
  if (attempts > policy.retries || isFinal(error)) return undefined
  const delay = Math.min(policy.backoff * 2 ** (attempts - 1), policy.maxBackoff)
  return elapsed + delay > policy.retryFor ? undefined : delay
}

/** Codes of what was cut short or out of order around the value: of the value itself they say nothing. */
const AROUND_IT = ['FAUST_ABORTED', 'FAUST_CLOSED', 'FAUST_STORE_FAILED']

/** Whether an error says that no try can help: it has `retriable: false`. One that says nothing may pass. */
function isFinal(error: unknown): boolean {
  return retriableOf(error) === false && !AROUND_IT.some((code) => isFaustError(error, code))
}

/** Whether two policies do the same. */
export function samePolicy(one: FailurePolicy, other: FailurePolicy): boolean {
  return (
    one.retries === other.retries &&
    one.backoff === other.backoff &&
    one.maxBackoff === other.maxBackoff &&
    one.retryFor === other.retryFor &&
    one.otherwise === other.otherwise &&
    one.deadLetters === other.deadLetters
  )
}
