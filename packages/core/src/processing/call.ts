import { FaustError } from '../service/errors.ts'
import type { Delivery } from './delivery.ts'
import type { Task } from './task.ts'

/**
 * One run of an agent's function, or of a task or timer of the app. What it may touch hangs on what it is working on
 * at this moment; when its lease ends, nothing it still does has an effect.
 */
export class Call {
  /** For messages: `agent count-orders`. */
  readonly who: string
  /** Tables that were declared with it. */
  readonly tables: ReadonlySet<string>
  /** The value it works on; for a `take`, the last one of the list. */
  current: Delivery | undefined
  #ended: FaustError | undefined
  #abort: AbortController | undefined
  #onEnd: (() => void) | undefined
  #finished = false

  constructor(who: string, tables: ReadonlySet<string>) {
    this.who = who
    this.tables = tables
  }

  /** The task whose shards it may read and write now. */
  get task(): Task | undefined {
    return this.current?.subscription.task
  }

  /** Fires when the lease ends. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController()
    if (this.#ended !== undefined) this.#abort.abort(this.#ended)
    return this.#abort.signal
  }

  get ended(): boolean {
    return this.#ended !== undefined
  }

  /** Ends the lease; only the first reason counts. */
  end(reason: string): void {
    if (this.#ended !== undefined) return
    this.#ended = leaseEnded(this.who, reason)
    this.#abort?.abort(this.#ended)
    this.#onEnd?.()
  }

  /** Calls `callback` when the lease ends. One listener: the actor. */
  onEnd(callback: () => void): void {
    if (this.#ended !== undefined) callback()
    else this.#onEnd = callback
  }

  /** The function has returned: what it began still takes effect, new writes and sends are refused. */
  finish(): void {
    this.#finished = true
  }

  /** Before a write or send is begun: throws `FAUST_LEASE_ENDED` once the call is over. */
  check(): void {
    this.checkLease()
    if (this.#finished) throw leaseEnded(this.who, 'its function has returned')
  }

  /** Before something begun earlier takes effect: throws once the value was taken away. */
  checkLease(): void {
    if (this.#ended !== undefined) throw this.#ended
  }
}

function leaseEnded(who: string, reason: string): FaustError {
  return new FaustError(
    'FAUST_LEASE_ENDED',
    `The lease of ${who} has ended: ${reason}. Its writes and sends have no effect any more; ` +
      `stop working when \`stream.signal\` fires, and await what you begin.`,
  )
}
