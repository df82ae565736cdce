import { FaustError, isFaustError, messageOf } from '@faust/core'
import type { Clock } from '@faust/core'
import { isUnavailable, neverSent } from '../connection/faults.ts'
import { sleep } from '../connection/wait.ts'
import { backoff, SLOW } from './backoff.ts'
import type { BackoffRange } from './backoff.ts'
import type { Deadline } from './deadline.ts'

/** A try that failed in a way that may pass. */
export class TryAgain {
  readonly error: FaustError
  /** How long to wait; `null` for not at all. */
  readonly backoff: BackoffRange | null

  constructor(error: FaustError, range: BackoffRange | null = SLOW) {
    this.error = error
    this.backoff = range
  }
}

/**
 * Tries until it succeeds, the deadline has passed or its signal fires. A lost connection is tried again like whatever
 * `attempt` answers `TryAgain` for; the last reason is what is thrown, saying of a request whether it was ever sent.
 */
export async function retry<T>(
  clock: Clock,
  what: string,
  deadline: Deadline,
  attempt: () => Promise<T | TryAgain>,
  onRetry?: (why: FaustError) => void,
): Promise<T> {
  let sent = false
  let last: FaustError | undefined
  for (let tries = 1; ; tries++) {
    deadline.check(what)
    const outcome = await attempt().catch((error: unknown) => {
      if (isUnavailable(error)) return new TryAgain(error)
      throw error
    })
    if (!(outcome instanceof TryAgain)) return outcome
    sent ||= !neverSent(outcome.error)
    const wait = outcome.backoff === null ? 0 : backoff(clock, outcome.backoff, tries)
    // A try that the deadline cut short says less than the one before it.
    if (deadline.left === 0) throw gaveUp(what, last ?? outcome.error, sent)
    if (deadline.left <= wait) throw gaveUp(what, outcome.error, sent)
    last = outcome.error
    onRetry?.(last)
    if (wait > 0) await sleep(clock, wait, deadline.signal)
  }
}

function gaveUp(what: string, last: FaustError, sent: boolean): FaustError {
  if (!isFaustError(last, 'FAUST_TRANSPORT_UNAVAILABLE')) return last
  const details = { ...last.details, sent }
  return new FaustError(last.code, `${what} failed: ${messageOf(last)}`, { retriable: true, cause: last, details })
}
