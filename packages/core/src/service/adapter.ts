import type { Clock } from './clock.ts'
import type { Logger } from './logger.ts'

/** What core hands to every adapter at its start. */
export interface AdapterContext {
  /** The app's name with its version, e.g. `hello-app` or `hello-app-v2`: the name space of everything it stores. */
  readonly app: string
  /** The only source of time and chance an adapter may use. */
  readonly clock: Clock
  /** Already bound to the adapter's name. */
  readonly logger: Logger
  /** Fires when the app is stopped: a start that still waits for somebody gives up, rejecting with the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

/**
 * What the four roles have in common. An adapter is made by a named factory that does no work: no socket, no file, no
 * timer before `start`.
 */
export interface Adapter {
  /** The package or engine, for messages: `embedded`, `store-level`, `transport-kafkajs`. */
  readonly name: string
  /** The version of the role's contract it was written for. Core refuses one it does not know. */
  readonly contract: number
  /** Called once, before anything else of the adapter. Rejects with a `FaustError` that says what to do. */
  start(context: AdapterContext): Promise<void>
  /** Ends everything it has opened. Idempotent, bounded, also after a failed or missing `start`. */
  close(): Promise<void>
}
