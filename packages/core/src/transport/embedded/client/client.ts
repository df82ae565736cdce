import type { Clock } from '../../../service/clock.ts'
import { FaustError } from '../../../service/errors.ts'
import type { Logger } from '../../../service/logger.ts'
import type { Broker } from '../log/broker.ts'
import type { Turns } from './turns.ts'

/** What every part of the client side works with. */
export interface Client {
  readonly broker: Broker
  /** The worker's, which may stand still while the log's goes on. */
  readonly clock: Clock
  readonly logger: Logger
  /** The app's name, for member ids. */
  readonly clientId: string
  readonly turns: Turns
  /** Fires when everything has to stop at once: nothing is sent any more. */
  readonly killed: AbortSignal
}

/** What is said to whoever uses something that has ended. */
export function closedError(what: string): FaustError {
  return new FaustError('FAUST_CLOSED', `${what} is closed: make a new one`)
}
