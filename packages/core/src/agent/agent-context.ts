import type { Call } from '../processing/task/call.ts'
import type { Delivery } from '../processing/task/delivery.ts'
import type { FailedValue } from '../processing/queue/failed-value.ts'
import type { Task } from '../processing/task/task.ts'
import type { Sensor } from '../sensor/sensor.ts'
import type { Clock } from '../service/clock.ts'
import type { Current } from '../service/current.ts'
import type { Logger } from '../service/logger.ts'
import type { Pacer } from '../service/pacer.ts'
import type { AgentDefinition } from './agent-definition.ts'

/** What agents need from the worker they run in. */
export interface AgentContext {
  /** Finds the current call from within a handler. */
  readonly calls: Current<Call>
  readonly clock: Clock
  readonly pacer: Pacer
  /** Ms that a call whose lease has ended may take to settle before the next one starts. */
  readonly leaseTimeout: number
  readonly logger: Logger
  readonly sensor: Sensor
  /** Sends a value that has ended without success to the agent's dead letters, as one of its outputs. */
  readonly deadLetter: (agent: AgentDefinition, delivery: Delivery, failed: FailedValue) => void
  /** Under exactly-once: takes a task back to its last commit, with whatever a failed attempt has written and sent. */
  readonly rewind: ((task: Task) => Promise<void>) | undefined
  /** A failure that stops the app. */
  readonly crash: (error: unknown) => void
}
