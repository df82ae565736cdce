import type { Delivery } from '../processing/delivery.ts'
import type { FailedValue, RetriedList } from '../processing/failed-value.ts'
import type { Subscription } from '../processing/subscription.ts'
import { partitionKey } from '../transport/record.ts'
import type { AgentContext } from './agent-context.ts'
import type { AgentDefinition } from './agent-definition.ts'
import { agentFailed, describeFailure, placeOf } from './failure-error.ts'
import { type FailureOutcome, nextTry } from './failure-policy.ts'
import { Parking } from './parking.ts'

/**
 * What an agent does about values that fail: counts, lets them wait, tries them again, and settles them by policy. All
 * actors of the agent share it, because a value may come to another one the next time.
 */
export class Failures {
  readonly #agent: AgentDefinition
  readonly #context: AgentContext
  readonly #parking: Parking
  /** By partition, then by offset: kept when a partition is read again from an earlier place. */
  readonly #failed = new Map<string, Map<number, FailedValue>>()

  constructor(agent: AgentDefinition, context: AgentContext) {
    this.#agent = agent
    this.#context = context
    this.#parking = new Parking(context.clock)
  }

  attach(subscription: Subscription): void {
    subscription.failed = this.#failed.get(keyOf(subscription))
    this.#parking.add(subscription)
  }

  detach(subscription: Subscription): void {
    this.#parking.remove(subscription)
  }

  /** The app stops: what waits is not tried again. */
  close(): void {
    this.#parking.close()
  }

  /**
   * A call failed with `list` in hand, or while it read the only value of it. Either the values wait for another try, or
   * they end by policy; answers false when the app stops.
   */
  handle(list: readonly Delivery[], error: unknown): boolean {
    const now = this.#context.clock.monotonic()
    const values = list.map((delivery) => this.#count(delivery, error, now))
    const [delivery, value] = [list[0]!, values[0]!]
    const delay = nextTry(this.#agent.failures, value.attempts, now - value.since)
    // Only a value that was alone has failed by itself, for certain.
    if (list.length === 1 && delay === undefined) return this.#end(delivery, value)
    // A list comes once more as it was, and then value by value.
    const whole: RetriedList | undefined =
      delay !== undefined && values.every(({ attempts }) => attempts === 1) ? { size: list.length } : undefined
    for (const failed of values) failed.list = whole ?? { size: 1 }
    this.#tell(delivery, value, 'retry')
    const next = delay ?? 0
    this.#context.logger.warn(
      { agent: this.#agent.name, ...placeOf(delivery), attempts: value.attempts },
      `${describeFailure(this.#agent, error, placeOf(delivery))}. It is tried again in ${next} ms`,
    )
    for (const task of new Set(list.map(({ subscription }) => subscription.task))) this.#parking.park(task, next)
    for (const one of list) one.subscription.giveBack(one)
    return true
  }

  /** No try is left. */
  #end(delivery: Delivery, value: FailedValue): boolean {
    const { crash, deadLetter, logger } = this.#context
    const { failures, name } = this.#agent
    const place = placeOf(delivery)
    this.#tell(delivery, value, failures.otherwise)
    if (failures.otherwise === 'stop') {
      crash(agentFailed(this.#agent, value.error, value.attempts, place))
      return false
    }
    if (failures.otherwise === 'deadLetter') deadLetter(this.#agent, delivery, value)
    const end = failures.otherwise === 'skip' ? 'It is left out' : 'It is kept as a dead letter'
    logger.error(
      { agent: name, ...place, attempts: value.attempts },
      `${describeFailure(this.#agent, value.error, place)}. ${end}`,
    )
    delivery.subscription.settle(delivery)
    return true
  }

  #count(delivery: Delivery, error: unknown, now: number): FailedValue {
    const { offset } = delivery.record
    const subscription = delivery.subscription as Subscription
    const failed = (subscription.failed ??= new Map())
    this.#failed.set(keyOf(subscription), failed)
    // What lies below the frontier was settled and never comes again.
    for (const settled of failed.keys()) if (settled < subscription.frontier) failed.delete(settled)
    const value = failed.get(offset) ?? { offset, attempts: 0, since: now, error, list: undefined }
    value.attempts++
    value.error = error
    failed.set(offset, value)
    return value
  }

  #tell(delivery: Delivery, { attempts, error }: FailedValue, outcome: FailureOutcome | 'retry'): void {
    this.#context.sensor.onFailed?.({ agent: this.#agent.name, ...placeOf(delivery), error, attempts, outcome })
  }
}

function keyOf({ queue }: Subscription): string {
  return partitionKey(queue.topic.name, queue.partition)
}
