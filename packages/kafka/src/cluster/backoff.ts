import type { Clock } from '@faust/core'

/** Ms before the second try; doubled for each further one up to the last. */
export interface BackoffRange {
  readonly first: number
  readonly last: number
}

/** For brokers and leaders that have to come back. Kafka's own clients wait as long by default (retry.backoff.ms and .max.ms). */
export const SLOW: BackoffRange = { first: 100, last: 1_000 }
/** For what passes within milliseconds: the end of a transaction (51, 88). */
export const QUICK: BackoffRange = { first: 1, last: 20 }

/** Waiting a little less or more keeps many clients from coming back in the same moment. */
const JITTER = 0.2

/** Ms to wait before try `tries + 1`. */
export function backoff(clock: Clock, { first, last }: BackoffRange, tries: number): number {
  const full = Math.min(first * 2 ** Math.min(tries - 1, 30), last)
  return full * (1 - JITTER + 2 * JITTER * clock.random())
}
