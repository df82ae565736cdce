import type { Clock, Timer } from '../../../service/clock.ts'

/** Something that a real log does later, at a time nobody is told. */
export type ScheduledTask =
  /** The marker of a decided transaction for one partition (or, without `topic`, for the offsets of `group`). */
  | {
      readonly kind: 'marker'
      readonly transactionalId: string
      readonly topic?: string | undefined
      readonly partition?: number | undefined
      readonly group?: string | undefined
    }
  /** The look for transactions that were open for too long. */
  | { readonly kind: 'transaction-check' }

/**
 * Chooses when the log does such things: a simulator's chance to try every order. Each task must run once, after a
 * bounded time, in a task of its own and not within `schedule`.
 */
export interface LogScheduler {
  schedule(task: ScheduledTask, run: () => void): Timer
}

/** Most ms that a marker takes by default. */
const MARKER_DELAY = 3

/** Small random delays on the clock for markers, `transactionCheckInterval` ms for checks. */
export function clockScheduler(clock: Clock, transactionCheckInterval: number): LogScheduler {
  return {
    schedule: (task, run) => {
      const delay = task.kind === 'marker' ? Math.floor(clock.random() * MARKER_DELAY) : transactionCheckInterval
      return clock.setTimeout(run, delay)
    },
  }
}
