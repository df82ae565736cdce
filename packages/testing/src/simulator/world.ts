import type { Clock, EmbeddedLog } from '@faust/core'
import type { Trace } from './trace.ts'
import type { SimulatedWorker } from './worker.ts'

/** Everything of one run that faults can reach. */
export interface World {
  readonly clock: Clock
  readonly log: EmbeddedLog
  readonly trace: Trace
  readonly workers: SimulatedWorker[]
  readonly session: number
  /** Makes one more worker, which is not started yet. */
  readonly add: () => SimulatedWorker
  /** Nothing gets through until this moment. */
  outageUntil: number
  /** Faults are over: what has ended is started again, and nothing else is done to it. */
  isCalm: boolean
}
