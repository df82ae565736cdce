import type { Clock, GroupHooks, GroupMembership, TopicPartition } from '@faust/core'
import { settledWithin } from '../connection/wait.ts'

/** Calls hooks one at a time: one that took longer than its bound is waited for before the next. */
export class SerialHooks {
  readonly #hooks: GroupHooks
  readonly #clock: Clock
  #last: Promise<void> = Promise.resolve()

  constructor(hooks: GroupHooks, clock: Clock) {
    this.#hooks = hooks
    this.#clock = clock
  }

  /** False when it has not settled within `ms`. */
  rejoin(ms: number): Promise<boolean> {
    const call = this.#call(() => this.#hooks.onRejoin())
    return settledWithin(this.#clock, call, ms)
  }

  revoked(partitions: readonly TopicPartition[]): Promise<void> {
    return this.#call(() => this.#hooks.onRevoked(partitions))
  }

  assigned(partitions: readonly TopicPartition[], membership: GroupMembership): Promise<void> {
    return this.#call(() => this.#hooks.onAssigned(partitions, membership))
  }

  lost(partitions: readonly TopicPartition[]): Promise<void> {
    return this.#call(() => this.#hooks.onLost(partitions))
  }

  #call(hook: () => Promise<void>): Promise<void> {
    const call = this.#last.then(hook)
    this.#last = call.catch(() => {})
    return call
  }
}
