import { AsyncLocalStorage } from 'node:async_hooks'
import type { Current } from '../service/current.ts'
import { FaustError } from '../service/errors.ts'
import type { Call } from './task/call.ts'
import type { Worker } from './worker.ts'

/**
 * What an app's topics and tables hold on to from their declaration on: the way to the worker once it runs, and to the
 * call that is running. One per app, so two apps in one process do not meet.
 */
export class Runtime {
  readonly app: string
  readonly calls: Current<Call> = new AsyncLocalStorage()
  /** The task, timer or cron that is running, by name. */
  readonly works: Current<string> = new AsyncLocalStorage()
  #worker: Worker | undefined
  #stopping = false

  constructor(app: string) {
    this.app = app
  }

  /** The running worker; throws `FAUST_NOT_STARTED` before the start and after the stop. `doing` is for the message. */
  worker(doing: string): Worker {
    if (this.#worker !== undefined) return this.#worker
    throw new FaustError(
      'FAUST_NOT_STARTED',
      `${doing}: the app ${this.app} is not running. Call \`await app.start()\` first, or do this in a task of the app.`,
    )
  }

  /** The worker, if there is one. */
  get running(): Worker | undefined {
    return this.#worker
  }

  /** The running worker for somebody who is no handler: refused as soon as a stop has begun, so that feeders end. */
  workerOutside(doing: string): Worker {
    if (!this.#stopping) return this.worker(doing)
    throw new FaustError('FAUST_NOT_STARTED', `${doing}: the app ${this.app} is stopping.`)
  }

  /** True in code that a stop has to wait for. */
  get inside(): boolean {
    return this.calls.getStore() !== undefined || this.works.getStore() !== undefined
  }

  set(worker: Worker | undefined): void {
    this.#worker = worker
  }

  /** The app begins to stop: handlers may finish, nothing new is taken from elsewhere. */
  beginStop(): void {
    this.#stopping = true
  }
}
