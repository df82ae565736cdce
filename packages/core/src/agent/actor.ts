import { Call } from '../processing/call.ts'
import { clauseOf, FaustError } from '../service/errors.ts'
import { settledWithin } from '../service/wait.ts'
import type { Feed } from '../stream/feed.ts'
import { RunningStream } from '../stream/running-stream.ts'
import { StreamRun, type ValueFailure } from '../stream/stream-run.ts'
import type { AgentContext } from './agent-context.ts'
import type { AgentDefinition } from './agent-definition.ts'

/** A feed whose next value can be looked for without taking it. */
export interface ActorFeed extends Feed {
  readonly ready: boolean
  close(): void
}

/**
 * Runs an agent's function, one call after another. A call that returns has settled its last value and is followed by
 * a new one when there is a value again; one whose lease has ended is forgotten, however it ends; one that throws has
 * failed and the agent's policy decides.
 */
export class Actor {
  readonly feed: ActorFeed
  readonly #agent: AgentDefinition
  readonly #context: AgentContext
  #call: Call | undefined
  #ended: Promise<void> | undefined

  constructor(agent: AgentDefinition, feed: ActorFeed, context: AgentContext) {
    this.#agent = agent
    this.feed = feed
    this.#context = context
  }

  /** Starts; `after` is awaited first: an older actor of the same partition that has still to settle. */
  start(after?: Promise<void>): void {
    this.#ended = this.#loop(after).catch((error: unknown) => this.#context.crash(error))
  }

  /** The call under way, if any. */
  get call(): Call | undefined {
    return this.#call
  }

  /** Resolves when the loop has ended; it ends after its feed was closed. */
  get ended(): Promise<void> {
    return this.#ended ?? Promise.resolve()
  }

  async #loop(after: Promise<void> | undefined): Promise<void> {
    await after
    for (let first = true; !this.feed.closed || this.feed.ready; first = false) {
      // A function that has returned is called again when there is something to do.
      while (!first && !this.feed.ready && !this.feed.closed) await this.feed.wait()
      if (this.feed.closed && !first && !this.feed.ready) return
      if (!(await this.#run())) return
    }
  }

  /** One call. Answers whether another may follow. */
  async #run(): Promise<boolean> {
    const { calls, clock, leaseTimeout, pacer } = this.#context
    const call = new Call(`agent ${this.#agent.name}`, this.#agent.tables)
    const run = new StreamRun(this.feed, call, pacer, clock)
    this.#call = call
    let failure: { readonly error: unknown } | undefined
    const ended = calls
      .run(call, () => this.#invoke(new RunningStream(run, this.#agent.operators), run))
      .catch((error: unknown) => {
        failure = { error }
      })
    await Promise.race([ended, new Promise<void>((resolve) => call.onEnd(resolve))])
    if (call.ended) {
      // The old call must not work beside a new one on the same keys, but neither may it hold up the others for ever.
      await settledWithin(clock, ended, leaseTimeout)
      run.giveBack()
      return !this.feed.closed
    }
    this.#call = undefined
    call.finish()
    failure = run.failure ?? failure
    if (failure !== undefined) {
      this.#fail(run, failure)
      return false
    }
    run.settle()
    run.giveBack()
    if (run.handed > 0) return true
    if (!this.feed.closed) throw this.#readNothing()
    return false
  }

  /** Runs the function; what it yields goes to the sinks before it is asked for more. */
  async #invoke(stream: RunningStream<unknown>, run: StreamRun): Promise<void> {
    const result = this.#agent.handler(stream)
    if (!isAsyncIterable(result)) return await result
    for await (const value of result) {
      const source = run.current
      for (const sink of this.#agent.sinks) await sink(value, source)
    }
  }

  #fail(run: StreamRun, failure: { readonly error: unknown } | ValueFailure): void {
    const delivery = 'delivery' in failure ? failure.delivery : run.current
    const { name } = this.#agent
    const place =
      delivery === undefined
        ? undefined
        : {
            topic: delivery.subscription.queue.topic.name,
            partition: delivery.subscription.queue.partition,
            offset: delivery.record.offset,
          }
    this.#context.failed(
      { agent: name, ...place, error: failure.error },
      new FaustError('FAUST_AGENT_FAILED', this.#whatFailed(failure, place), {
        cause: failure.error,
        details: { agent: name, ...place },
      }),
    )
  }

  /** What failed, where, and what to do, which differs for a record, an operator of ours and a handler. */
  #whatFailed(
    failure: { readonly error: unknown } | ValueFailure,
    place: { readonly topic: string; readonly partition: number; readonly offset: number } | undefined,
  ): string {
    const { internal, name } = this.#agent
    const who = internal ? `The ${name}` : `Agent ${name}`
    const problem = clauseOf(failure.error)
    if (place === undefined) return `${who} failed before it had a value: ${problem}.`
    const where = `topic ${place.topic}, partition ${place.partition}, offset ${place.offset}`
    const remedy =
      'delivery' in failure || internal
        ? `Mend who writes such records, or the declaration that reads them; to let them pass, read the topic with a ` +
          `serializer that takes them and decide in the handler.`
        : `Mend the handler, or catch the error there to let the record pass.`
    return `${who} failed at ${where}: ${problem}. The record was not settled: it comes again after a restart. ${remedy}`
  }

  #readNothing(): FaustError {
    return new FaustError(
      'FAUST_AGENT_ENDED',
      `The function of agent ${this.#agent.name} returned without reading its stream. ` +
        `Walk it with \`for await (const value of stream)\`.`,
      { details: { agent: this.#agent.name } },
    )
  }
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}
