import type { AsyncLocalStorage } from 'node:async_hooks'
import type { Call } from '../processing/call.ts'
import type { Clock } from '../service/clock.ts'
import type { FaustError } from '../service/errors.ts'
import type { Pacer } from '../service/pacer.ts'

/** What agents need from the worker they run in. */
export interface AgentContext {
  /** Finds the current call from within a handler. */
  readonly calls: AsyncLocalStorage<Call>
  readonly clock: Clock
  readonly pacer: Pacer
  /** Ms that a call whose lease has ended may take to settle before the next one starts. */
  readonly leaseTimeout: number
  /** A handler failed: reported, and acted on by policy. */
  readonly failed: (
    facts: { agent: string; topic?: string; partition?: number; offset?: number; error: unknown },
    error: FaustError,
  ) => void
  readonly crash: (error: unknown) => void
}
