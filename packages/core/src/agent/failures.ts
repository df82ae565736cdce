import type { Delivery, ValueSource } from '../processing/task/delivery.ts'
import type { FailedValue, RetriedList } from '../processing/queue/failed-value.ts'
import type { Subscription } from '../processing/task/subscription.ts'
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
    const failed = this.#failed.get(keyOf(subscription))
    if (failed !== undefined) forgetSettled(failed, subscription)
    subscription.failed = failed
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
   * A call failed with `list` in hand, or while it read the only value of it; `wroteFor` is the last value on whose behalf
   * it has written or sent anything. Either the values wait for another try, or they end by policy; answers false when
   * the app stops. Under exactly-once what the attempt has written and sent is undone first: the task goes back.
   */
  handle(list: readonly Delivery[], error: unknown, wroteFor: Delivery | undefined): boolean {
    const { clock, rewind } = this.#context
    const now = clock.monotonic()
    for (const { span } of list) span?.end('failed', error)
    const values = list.map((delivery) => this.#count(delivery, error, now))
    const [delivery, value] = [list[0]!, values[0]!]
    const { task } = delivery.subscription
    const undo = rewind !== undefined && wroteFor?.state !== 'settled' && wroteFor?.subscription.task === task
    const { attempts, since } = value
    const delay = nextTry(this.#agent.failures, { error, attempts, elapsed: now - since })
    // Only a value that was alone has failed by itself, for certain.
    const over = list.length === 1 && delay === undefined
    if (over && !(undo && this.#agent.failures.otherwise !== 'stop')) return this.#end(delivery, value)
    value.over = over
    if (!over) this.#retry(list, values, delay)
    for (const one of list) one.subscription.giveBack(one)
    if (undo) void rewind(task)
    return true
  }

  /** A value out of tries came again, as its task went back. */
  giveUp(delivery: Delivery): void {
    this.#end(delivery, this.#failed.get(keyOf(delivery.subscription))!.get(delivery.record.offset)!)
  }

  /** A list comes once more as it was, and then value by value. All its values are of one task. */
  #retry(list: readonly Delivery[], values: readonly FailedValue[], delay: number | undefined): void {
    const [delivery, { attempts, error }] = [list[0]!, values[0]!]
    const whole: RetriedList | undefined =
      delay !== undefined && values.every((value) => value.attempts === 1) ? { size: list.length } : undefined
    for (const value of values) value.list = whole ?? { size: 1 }
    const place = placeOf(delivery)
    this.#tell(delivery, values[0]!, 'retry')
    this.#context.logger.warn(
      { agent: this.#agent.name, ...place, attempts },
      `${describeFailure(this.#agent, error, place)}. It is tried again in ${delay ?? 0} ms`,
    )
    this.#parking.park(delivery.subscription.task, delay ?? 0)
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
      `${describeFailure(this.#agent, value.error, place, value.attempts)}. ${end}`,
    )
    delivery.subscription.settle(delivery)
    return true
  }

  #count(delivery: Delivery, error: unknown, now: number): FailedValue {
    const { offset } = delivery.record
    const subscription = delivery.subscription as Subscription
    const failed = (subscription.failed ??= new Map())
    this.#failed.set(keyOf(subscription), failed)
    forgetSettled(failed, subscription)
    const value = failed.get(offset) ?? { offset, attempts: 0, since: now, error, list: undefined, over: false }
    value.attempts++
    value.error = error
    failed.set(offset, value)
    return value
  }

  #tell(delivery: Delivery, { attempts, error }: FailedValue, outcome: FailureOutcome | 'retry'): void {
    this.#context.sensor.onFailed?.({ agent: this.#agent.name, ...placeOf(delivery), error, attempts, outcome })
  }
}

/** What lies below the frontier has ended. Should its task go back, it is counted anew. */
function forgetSettled(failed: Map<number, FailedValue>, { frontier }: Subscription): void {
  for (const offset of failed.keys()) if (offset < frontier) failed.delete(offset)
}

function keyOf({ queue }: ValueSource): string {
  return partitionKey(queue.topic.name, queue.partition)
}
