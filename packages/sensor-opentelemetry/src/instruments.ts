import type { Counter, Histogram, Meter } from '@opentelemetry/api'
import { METRICS } from './attributes.ts'

/** What is counted and timed as it happens. */
export interface Instruments {
  readonly consumed: Counter
  readonly consumedBytes: Counter
  readonly sent: Counter
  readonly sentBytes: Counter
  readonly operationDuration: Histogram
  readonly processed: Counter
  readonly longest: Histogram
  readonly failures: Counter
  readonly stalls: Counter
  readonly pauses: Counter
  readonly tableOperations: Counter
  readonly tableLate: Counter
  readonly restoreDuration: Histogram
  readonly commitDuration: Histogram
  readonly commitEntries: Counter
  readonly rebalanceDuration: Histogram
}

/** As the conventions for messaging advise; in seconds. */
const SHORT = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
/** For what may take minutes: rebalances and restores. */
const LONG = [0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 3600]

/** Makes them; times are in seconds, sizes in bytes. */
export function instrumentsOf(meter: Meter): Instruments {
  const counter = (name: string, unit: string, description: string): Counter =>
    meter.createCounter(name, { unit, description })
  const seconds = (name: string, description: string, boundaries = SHORT): Histogram =>
    meter.createHistogram(name, { unit: 's', description, advice: { explicitBucketBoundaries: boundaries } })
  return {
    consumed: counter(METRICS.consumed, '{message}', 'Records that came from the log'),
    consumedBytes: counter(METRICS.consumedBytes, 'By', 'Keys, values and headers that came from the log'),
    sent: counter(METRICS.sent, '{message}', 'Records that were sent, with an error.type where they were refused'),
    sentBytes: counter(METRICS.sentBytes, 'By', 'Keys, values and headers that the log acknowledged'),
    operationDuration: seconds(METRICS.operationDuration, 'From the hand-over of a batch to the answer of the log'),
    processed: counter(METRICS.processed, '{record}', 'Values that agents settled'),
    longest: seconds(METRICS.longest, 'The longest that a value was in hand, among the samples between two commits'),
    failures: counter(METRICS.failures, '{failure}', 'Failures of agents, and what followed'),
    stalls: counter(METRICS.stalls, '{stall}', 'What has not moved for long'),
    pauses: counter(METRICS.pauses, '{pause}', 'How often the queue of a partition was full'),
    tableOperations: counter(METRICS.tableOperations, '{operation}', 'Operations on tables'),
    tableLate: counter(METRICS.tableLate, '{value}', 'Values too late for every window of theirs'),
    restoreDuration: seconds(METRICS.restoreDuration, 'How long a partition of a table was read back', LONG),
    commitDuration: seconds(METRICS.commitDuration, 'Commit cycles'),
    commitEntries: counter(METRICS.commitEntries, '{entry}', 'Entries of tables written by commit cycles'),
    rebalanceDuration: seconds(METRICS.rebalanceDuration, 'Rebalances', LONG),
  }
}
