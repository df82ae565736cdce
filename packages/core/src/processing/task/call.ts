import { FaustError, isFaustError } from '../../service/errors.ts'
import type { TableShard } from '../shard/table-shard.ts'
import type { Delivery } from './delivery.ts'
import type { Task } from './task.ts'

/**
 * One run of an agent's function. What it may touch hangs on what it is working on
 * at this moment; when its lease ends, nothing it still does has an effect.
 */
export class Call {
  /** For messages: `agent count-orders`. */
  readonly who: string
  /** Tables that were declared with it. */
  readonly tables: ReadonlySet<string>
  /** The value it works on; for a `take`, the last one of the list. */
  current: Delivery | undefined
  /** The last value on whose behalf something was written or sent. */
  wroteFor: Delivery | undefined
  /** Why it has failed, when its lease ended because it did not. */
  stalled: FaustError | undefined
  #ended: FaustError | undefined
  #abort: AbortController | undefined
  #onEnd: (() => void) | undefined
  #finished = false
  #lastTask: Task | undefined
  #lastTable: string | undefined
  #lastShard: TableShard | undefined

  constructor(who: string, tables: ReadonlySet<string>) {
    this.who = who
    this.tables = tables
  }

  /**
   * The shard of a table for the value in hand, if it may be used now: the lease holds, the table was named, a value is
   * in hand. Asked for every operation on a table, so the last answer is kept.
   */
  shard(table: string): TableShard | undefined {
    const task = this.current?.subscription.task
    if (task === undefined || this.#ended !== undefined || this.#finished) return undefined
    if (this.#lastTask === task && this.#lastTable === table) return this.#lastShard
    if (!this.tables.has(table)) return undefined
    this.#lastTask = task
    this.#lastTable = table
    return (this.#lastShard = task.shards.get(table))
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

  /** Ends the lease because the handler does not end: what it has in hand has failed with `error`. */
  stall(error: FaustError): void {
    if (this.#ended === undefined) this.stalled = error
    this.end('it has had its value in hand for too long')
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

/**
 * A promise of something that a handler began. Whoever awaits it learns of every failure; when nobody does, the end of a
 * lease is no unhandled rejection: it comes with every partition that is taken away, and what was begun is done again.
 */
export function begun<T>(work: Promise<T>): Promise<T> {
  const given = work.then((value) => value)
  work.catch((error: unknown) => {
    if (isFaustError(error, 'FAUST_LEASE_ENDED')) given.catch(() => {})
  })
  return given
}

function leaseEnded(who: string, reason: string): FaustError {
  return new FaustError(
    'FAUST_LEASE_ENDED',
    `The lease of ${who} has ended: ${reason}. Its writes and sends have no effect any more; ` +
      `stop working when \`stream.signal\` fires, and await what you begin.`,
  )
}
