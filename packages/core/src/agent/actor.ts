import { Call } from '../processing/task/call.ts'
import type { Subscription } from '../processing/task/subscription.ts'
import type { FailingAgent } from '../processing/failing-agent.ts'
import { FaustError, messageOf } from '../service/errors.ts'
import { settledWithin } from '../service/wait.ts'
import type { Feed } from '../stream/feed.ts'
import { RunningStream } from '../stream/running-stream.ts'
import { StreamRun } from '../stream/stream-run.ts'
import type { AgentContext } from './agent-context.ts'
import type { AgentDefinition } from './agent-definition.ts'
import { agentFailed, describeFailure } from './failure-error.ts'
import { nextTry } from './failure-policy.ts'
import type { Failures } from './failures.ts'

/** A feed whose next value can be looked for without taking it. */
export interface ActorFeed extends Feed {
  readonly ready: boolean
  close(): void
}

/**
 * Runs an agent's function, one call after another. A call that returns has settled its last value and is followed by
 * a new one when there is a value again; one whose lease has ended is forgotten, however it ends; one that throws has
 * failed: the agent's policy decides about its values, and another call goes on.
 */
export class Actor {
  readonly feed: ActorFeed
  readonly #agent: AgentDefinition
  readonly #context: AgentContext
  readonly #failures: Failures
  readonly #unheard: () => void
  /** Failures of the function before it had a value, one after another; `until` then (`monotonic`) it waits for its next call. */
  #early: { attempts: number; readonly since: number; error: unknown; until: number | undefined } | undefined
  #call: Call | undefined
  #run: StreamRun | undefined
  #ended: Promise<void> | undefined

  /** `unheard` is told that the function yields to nobody. */
  constructor(agent: AgentDefinition, feed: ActorFeed, context: AgentContext, failures: Failures, unheard: () => void) {
    this.#agent = agent
    this.feed = feed
    this.#context = context
    this.#failures = failures
    this.#unheard = unheard
  }

  /** Starts; `after` is awaited first: an older actor of the same partition that has still to settle. */
  start(after?: Promise<void>): void {
    this.#ended = this.#loop(after).catch((error: unknown) => this.#context.crash(error))
  }

  /** The call under way, if any. */
  get call(): Call | undefined {
    return this.#call
  }

  /** That the function has failed before it had a value and waits for another call. */
  get failing(): FailingAgent | undefined {
    if (this.#early?.until === undefined || this.feed.closed) return undefined
    const { attempts, error, until } = this.#early
    const delay = Math.max(0, until - this.#context.clock.monotonic())
    return { agent: this.#agent.name, attempts, error: messageOf(error), in: delay }
  }

  /** Whether the call under way was handed the value and has not settled it. */
  hasInHand(subscription: Subscription, offset: number): boolean {
    return this.#run?.has(subscription, offset) ?? false
  }

  /** Resolves when the loop has ended; it ends after its feed was closed. */
  get ended(): Promise<void> {
    return this.#ended ?? Promise.resolve()
  }

  async #loop(after: Promise<void> | undefined): Promise<void> {
    await after
    for (let first = true; !this.feed.closed || this.feed.ready; first = false) {
      // A function that has returned is called again when there is something to do, one that failed early at once.
      while (!first && this.#early === undefined && !this.feed.ready && !this.feed.closed) await this.feed.wait()
      if (this.feed.closed && !first && !this.feed.ready) return
      if (!(await this.#callOnce())) return
    }
  }

  /** One call. Answers whether another may follow. */
  async #callOnce(): Promise<boolean> {
    const { calls, clock, leaseTimeout, pacer, sensor } = this.#context
    const call = new Call(`agent ${this.#agent.name}`, this.#agent.tables)
    const run = new StreamRun(this.feed, call, { agent: this.#agent.name, clock, pacer, tracer: sensor.trace })
    this.#call = call
    this.#run = run
    let failure: { readonly error: unknown } | undefined
    const invoke = (): Promise<void> => this.#invoke(new RunningStream(run, this.#agent.operators), run)
    const ended = calls
      .run(call, () => (sensor.trace === undefined ? invoke() : sensor.trace.run(() => call.current?.span, invoke)))
      .catch((error: unknown) => {
        failure = { error }
      })
    await Promise.race([ended, new Promise<void>((resolve) => call.onEnd(resolve))])
    if (call.ended) {
      // The old call must not work beside a new one on the same keys, but neither may it hold up the others for ever.
      await settledWithin(clock, ended, leaseTimeout)
      if (call.stalled !== undefined) return this.#fail(run, call.stalled)
      run.giveBack()
      return !this.feed.closed
    }
    this.#call = undefined
    call.finish()
    if (run.handed > 0) this.#early = undefined
    failure = run.failure ?? failure
    if (failure !== undefined) return this.#fail(run, failure.error)
    run.settle()
    run.giveBack()
    if (run.handed > 0) return true
    if (!this.feed.closed) throw this.#readNothing()
    return false
  }

  /** Runs the function; what it yields goes to the sinks before it is asked for more. */
  async #invoke(stream: RunningStream<unknown>, run: StreamRun): Promise<void> {
    const result = this.#agent.handler(stream)
    if (!isAsyncIterable(result)) {
      if (this.#agent.sinks.length > 0) this.#context.crash(this.#yieldsNothing())
      return await result
    }
    if (this.#agent.sinks.length === 0) this.#unheard()
    for await (const value of result) {
      const source = run.current
      for (const sink of this.#agent.sinks) await sink(value, source)
    }
  }

  /** Answers whether another call may follow. */
  async #fail(run: StreamRun, error: unknown): Promise<boolean> {
    const blamed = run.blame()
    if (blamed.length === 0) return this.#failEarly(error)
    const goesOn = this.#failures.handle(blamed, error, run.call.wroteFor)
    if (goesOn) run.giveBack()
    return goesOn
  }

  /** It failed with nothing in hand, mostly before it began its loop: there is no value to decide about. */
  async #failEarly(error: unknown): Promise<boolean> {
    const { clock, crash, logger, sensor } = this.#context
    const { failures, name } = this.#agent
    const now = clock.monotonic()
    const early = (this.#early ??= { attempts: 0, since: now, error, until: undefined })
    const attempts = ++early.attempts
    const delay = nextTry(failures, { error, attempts, elapsed: now - early.since })
    const outcome = delay === undefined ? 'stop' : 'retry'
    sensor.onFailed?.({ agent: name, topic: '', partition: -1, offset: -1, error, attempts, outcome })
    if (delay === undefined) {
      crash(agentFailed(this.#agent, error, attempts))
      return false
    }
    early.error = error
    early.until = now + delay
    logger.warn({ agent: name, attempts }, `${describeFailure(this.#agent, error)}. It is called again in ${delay} ms`)
    let up = false
    const timer = clock.setTimeout(() => {
      up = true
      this.feed.wake()
    }, delay)
    while (!up && !this.feed.closed) await this.feed.wait()
    timer.cancel()
    // Timers may come a moment too early.
    early.until = undefined
    return !this.feed.closed
  }

  #yieldsNothing(): FaustError {
    return new FaustError(
      'FAUST_SETTING_INVALID',
      `Agent ${this.#agent.name} has sinks, but its function yields nothing that could go to them. ` +
        `Make it \`async function* (stream) { … yield result }\`, or leave the sinks out.`,
      { details: { agent: this.#agent.name } },
    )
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
