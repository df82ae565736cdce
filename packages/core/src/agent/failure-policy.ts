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

/** Ms until the next try after `attempts` that failed, the first of them `elapsed` ms ago; `undefined` when none is left. */
export function nextTry(policy: FailurePolicy, attempts: number, elapsed: number): number | undefined {
  if (attempts > policy.retries) return undefined
  const delay = Math.min(policy.backoff * 2 ** (attempts - 1), policy.maxBackoff)
  return elapsed + delay > policy.retryFor ? undefined : delay
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
