import type { Call } from '../processing/task/call.ts'
import { decodeValue } from '../processing/task/decode.ts'
import type { Delivery } from '../processing/task/delivery.ts'
import type { Tracer } from '../sensor/tracer.ts'
import type { Clock } from '../service/clock.ts'
import { FaustError } from '../service/errors.ts'
import { isPromise, type MaybePromise } from '../service/maybe-promise.ts'
import type { Pacer } from '../service/pacer.ts'
import type { Feed } from './feed.ts'
import { runSteps, type Step } from './operator.ts'

/** A failure of one value before or while a handler had it. */
export interface ValueFailure {
  readonly error: unknown
  readonly delivery: Delivery
}

/** What a run of a stream needs beside its values. */
export interface StreamRunParts {
  /** Whose call it is. */
  readonly agent: string
  readonly clock: Clock
  readonly pacer: Pacer
  readonly tracer: Tracer | undefined
}

/**
 * What one call of an agent's function has in hand. Values are settled when the next is asked for; at the end of the
 * call the actor decides about the last ones.
 */
export class StreamRun {
  readonly feed: Feed
  readonly call: Call
  readonly pacer: Pacer
  readonly clock: Clock
  /** Set when a value could not be decoded or an operator threw: the call has failed, whatever its function makes of it. */
  failure: ValueFailure | undefined
  /** How many values were handed over. */
  handed = 0
  /** Kept by an unfinished `take`. */
  readonly collected: Set<Delivery> = new Set()
  /** Handed over and not settled: nearly always one, so a list is kept for the rest alone. */
  #first: Delivery | undefined
  #others: Delivery[] = []
  #claimed = false
  readonly #agent: string
  readonly #tracer: Tracer | undefined

  constructor(feed: Feed, call: Call, { agent, clock, pacer, tracer }: StreamRunParts) {
    this.feed = feed
    this.call = call
    this.pacer = pacer
    this.clock = clock
    this.#agent = agent
    this.#tracer = tracer
  }

  /** A stream is walked by one loop: with two, asking for the next value would settle what the other still works on. */
  claim(): void {
    if (this.#claimed) {
      throw new FaustError(
        'FAUST_STREAM_CONSUMED',
        `${this.call.who} iterates its stream a second time. One call of an agent walks its stream with one loop; ` +
          `use \`concurrency\` for parallel work.`,
      )
    }
    this.#claimed = true
  }

  /** The values in hand are done. Those of a call that has lost its lease, or failed, never are: they come again. */
  settle(): void {
    const first = this.#first
    if (first === undefined || this.call.ended || this.failure !== undefined) return
    this.call.current = undefined
    if (this.#others.length === 0) {
      this.#first = undefined
      return first.subscription.settle(first)
    }
    const list = this.#inHand()
    // What was begun for a list is counted on its last value: none of them is done before that.
    list.at(-1)!.afterEffects(() => {
      for (const delivery of list) delivery.subscription.settle(delivery)
    })
  }

  /** The value in hand, the last one of a list. */
  get current(): Delivery | undefined {
    return this.#others.at(-1) ?? this.#first
  }

  /** A value goes to the handler. */
  begin(delivery: Delivery): void {
    this.handed++
    if (this.#first === undefined) this.#first = delivery
    else this.#others.push(delivery)
    this.call.current = delivery
  }

  /** The processing of a value begins, or of a list that begins with it, for whoever traces. */
  trace(first: Delivery, list?: readonly Delivery[]): void {
    if (this.#tracer === undefined) return
    const { record, subscription } = first
    const span = this.#tracer.process({
      agent: this.#agent,
      topic: subscription.queue.topic.name,
      partition: subscription.queue.partition,
      attempt: 1 + (subscription.failed?.get(record.offset)?.attempts ?? 0),
      records: list?.map((delivery) => delivery.record) ?? [record],
    })
    first.span = span
    for (const delivery of list ?? []) delivery.span = span
  }

  /** The value as the operators leave it, or `SKIP`. A failure marks the call and is passed on. */
  process(delivery: Delivery, steps: readonly Step[]): MaybePromise<unknown> {
    // Operators run with their value current, as the handler does: what they touch belongs to it.
    this.call.current = delivery
    try {
      const decoded = decodeValue(delivery.subscription.queue, delivery.record)
      const value = isPromise(decoded)
        ? decoded.then((settled) => runSteps(steps, settled, delivery))
        : steps.length === 0
          ? decoded
          : runSteps(steps, decoded, delivery)
      return isPromise(value) ? value.then(undefined, (error: unknown) => this.#fail(error, delivery)) : value
    } catch (error) {
      return this.#fail(error, delivery)
    }
  }

  /** An operator has left the value out: it is done, and nobody's. */
  skip(delivery: Delivery): void {
    this.call.current = undefined
    delivery.span?.end('filtered')
    delivery.subscription.settle(delivery)
  }

  /** After a wait for the value: throws when the lease has ended meanwhile. The value has then come to nobody. */
  check({ span }: Delivery): void {
    if (this.call.ended) span?.end('released')
    this.call.check()
  }

  #fail(error: unknown, delivery: Delivery): never {
    this.failure ??= { error, delivery }
    throw error
  }

  /** Whether a value was handed over and is not settled. */
  has(subscription: unknown, offset: number): boolean {
    const is = (one: Delivery): boolean => one.subscription === subscription && one.record.offset === offset
    return (this.#first !== undefined && is(this.#first)) || this.#others.some(is)
  }

  /** What a failed call has failed at, out of its hands: the value that could not be read, else all that its handler had. */
  blame(): readonly Delivery[] {
    if (this.failure === undefined) return this.#inHand()
    const { delivery } = this.failure
    const [first, ...others] = this.#inHand().filter((other) => other !== delivery)
    this.#first = first
    this.#others = others
    this.collected.delete(delivery)
    return [delivery]
  }

  /** At the end of a call that is not the end of the stream: what it had not finished comes again. */
  giveBack(): void {
    for (const delivery of [...this.#inHand(), ...this.collected]) this.feed.giveBack(delivery)
    this.collected.clear()
  }

  /** Takes what was handed over and not settled. */
  #inHand(): readonly Delivery[] {
    if (this.#first === undefined) return []
    const list = [this.#first, ...this.#others]
    this.#first = undefined
    this.#others = []
    return list
  }
}
