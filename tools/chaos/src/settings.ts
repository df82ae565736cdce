import type { AppOptions } from '@faust/core'

/** How the workers of a run are set: short, so that two minutes hold many sessions and commits. */
export const WORKER_SETTINGS = {
  commitInterval: 200,
  sessionTimeout: 6000,
  heartbeatInterval: 1000,
  rebalanceTimeout: 20_000,
  stopTimeout: 20_000,
} as const satisfies Partial<AppOptions>
