import type { AppOptions } from '@faust/core'

/**
 * How the workers of a run are set: short, so that two minutes hold many sessions and commits; tables are read back one
 * after the other, so that there is a midst of it.
 */
export const WORKER_SETTINGS = {
  commitInterval: 200,
  sessionTimeout: 6000,
  heartbeatInterval: 1000,
  rebalanceTimeout: 20_000,
  stopTimeout: 20_000,
  restoreConcurrency: 1,
  transactionTimeout: 5000,
} as const satisfies Partial<AppOptions>

/** How its Kafka is set: what a worker without a kept name has left open is ended soon. */
export const KAFKA_PROPERTIES: Readonly<Record<string, string>> = {
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': '1000',
}
