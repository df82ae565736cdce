import type { Clock, Timer } from '../service/clock.ts'
import type { Subscription } from '../processing/task/subscription.ts'
import type { Task } from '../processing/task/task.ts'

/** A task that an agent leaves alone for a while. */
interface Parked {
  /** `monotonic` at which it goes on. */
  readonly until: number
  readonly timer: Timer
}

/**
 * Tasks of which an agent gets nothing for a while, because a value of them waits for another try. Its other tasks and
 * the other agents go on.
 */
export class Parking {
  readonly #clock: Clock
  readonly #subscriptions = new Set<Subscription>()
  /** By the id of the task: one that is read again from its last commit still waits. */
  readonly #parked = new Map<string, Parked>()
  #closed = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  add(subscription: Subscription): void {
    this.#subscriptions.add(subscription)
    const parked = this.#parked.get(subscription.task.id)
    if (parked !== undefined) subscription.pause(parked.until)
  }

  remove(subscription: Subscription): void {
    this.#subscriptions.delete(subscription)
  }

  /** Leaves a task alone for `delay` ms, or longer when it already is. After `close`: for good. */
  park({ id }: Task, delay: number): void {
    const parked = this.#parked.get(id)
    const until = Math.max(this.#clock.monotonic() + delay, parked?.until ?? 0)
    for (const subscription of this.#of(id)) subscription.pause(until)
    if (this.#closed || parked?.until === until) return
    parked?.timer.cancel()
    this.#parked.set(id, { until, timer: this.#clock.setTimeout(() => this.#goOn(id), delay) })
  }

  /** The app stops: nothing that waits is tried again. */
  close(): void {
    this.#closed = true
    for (const id of this.#parked.keys()) this.#forget(id)
  }

  #of(id: string): readonly Subscription[] {
    return [...this.#subscriptions].filter(({ task }) => task.id === id)
  }

  #goOn(id: string): void {
    this.#forget(id)
    for (const subscription of this.#of(id)) subscription.resume()
  }

  #forget(id: string): void {
    this.#parked.get(id)?.timer.cancel()
    this.#parked.delete(id)
  }
}
