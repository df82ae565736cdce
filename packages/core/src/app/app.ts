import {
  type DeadLetterOptions,
  deadLetters,
  type KeptLetter,
  replayDeadLetters,
  type ReplayOptions,
} from '../processing/dead-letter/dead-letters.ts'
import { type AppStatus, appStatus } from '../processing/status.ts'
import { Schedule } from '../schedule/schedule.ts'
import { type Deferred, deferred } from '../service/deferred.ts'
import { messageOf } from '../service/errors.ts'
import { ExitStack } from '../service/exit-stack.ts'
import { StopBudget } from '../service/stop-budget.ts'
import { compile } from './compile.ts'
import { Declarations } from './declarations.ts'
import { failurePolicy } from './failure-options.ts'
import { checkDurability, checkGuarantee, launch } from './launch.ts'
import { runMain } from './main.ts'
import type { AppOptions, StopOptions } from './settings.ts'

/**
 * A stream processing program: topics, tables and agents, declared first and started once. Start the same program
 * again, here or elsewhere, and the workers share the partitions.
 */
export class App extends Declarations {
  /** Resolves when the app has stopped; rejects with the cause when it has crashed. */
  readonly done: Promise<void>
  readonly #exits = new ExitStack()
  #schedule: Schedule | undefined
  readonly #end: Deferred<void> = deferred()
  #leave: boolean | undefined

  constructor(options: AppOptions) {
    super(options)
    this.done = this.#end.promise
  }

  /** Commits now what agents have done, instead of at the next interval. False: it failed and is repeated. */
  async commit(): Promise<boolean> {
    return this.runtime.worker('A commit').commit()
  }

  /** Starts everything; resolves when the partitions this worker was given are live. A second start is refused. */
  override async start(): Promise<void> {
    await super.start()
    this.#state('running')
    this.#schedule!.begin()
  }

  /** What the app is doing at this moment: how far its partitions are, and what is in whose hands. */
  status(): AppStatus {
    return appStatus(this.state, this.parts.settings.guarantee, this.runtime.running)
  }

  /**
   * The dead letters of this app that the log keeps now, of one agent or of all, partition by partition in their order. Those that
   * were sent back stay among them, as `replayed`.
   */
  deadLetters(options?: DeadLetterOptions): AsyncIterable<KeptLetter> {
    return deadLetters(this.runtime, options)
  }

  /**
   * Sends dead letters back to the agents that gave them up: each comes as the record it was, from the agent's replay
   * topic. None is sent twice, whatever fails, unless `again` asks for it. Answers how many were sent. One replay at a time,
   * in all workers.
   */
  replayDeadLetters(options?: ReplayOptions): Promise<number> {
    return replayDeadLetters(this.runtime, options)
  }

  /**
   * Stops the app: values in hand are finished and committed. Idempotent. Called from a handler, task or timer of the
   * app it only begins the stop: to wait for it there would be to wait for oneself.
   */
  override stop(options: StopOptions = {}): Promise<void> {
    this.#leave ??= options.leave
    this.runtime.beginStop()
    for (const channel of this.channels) channel.end()
    const stopped = super.stop().finally(() => this.#end.resolve())
    if (!this.runtime.inside) return stopped
    stopped.catch((error: unknown) => this.parts.logger.error({ error }, messageOf(error)))
    return Promise.resolve()
  }

  /**
   * Starts the app, stops it on SIGINT or SIGTERM (a second one ends the process at once), says what it did, and sets
   * the exit code: 0 after a stop, 1 after a crash.
   */
  main(): Promise<void> {
    if (this.agents.size + this.works.size === 0)
      this.parts.logger.warn(
        `The app ${this.id} has no agent, task, timer or cron: it does nothing until it is stopped`,
      )
    return runMain(this, this.parts.logger, this.parts.clock)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  protected override async onStart(): Promise<void> {
    this.#state('starting')
    // Told while the sensors still run.
    this.signal.addEventListener('abort', () => this.#state(this.state), { once: true })
    const { clock, logger, sensors, settings, store, transport } = this.parts
    checkDurability(store, transport)
    checkGuarantee(settings, transport)
    for (const adapter of [...sensors, transport, store]) {
      this.#exits.push(adapter.name, () => adapter.close())
      await adapter.start({
        app: this.id,
        clock,
        logger: logger.child({ adapter: adapter.name }),
        signal: this.signal,
      })
      if (this.signal.aborted) return
    }
    const stopBudget = new StopBudget(clock, settings.stopTimeout)
    const worker = await launch({
      program: compile(
        this.runtime,
        this.topics,
        this.tables,
        [...this.agents.values()],
        failurePolicy('createApp', this.options.failures),
      ),
      ...this.parts,
      runtime: this.runtime,
      workerId: this.options.workerId,
      beforeValue: this.options.beforeValue,
      leave: () => this.#leave,
      stopBudget,
    })
    if (this.signal.aborted) return
    this.runtime.set(worker)
    await this.addChild(worker)
    this.#schedule = await this.addChild(
      new Schedule([...this.works.values()], this.runtime.works, clock, logger, stopBudget),
    )
  }

  protected override async onStop(): Promise<void> {
    this.runtime.set(undefined)
    for (const { what, error } of await this.#exits.close()) {
      this.parts.logger.warn({ adapter: what, error: messageOf(error) }, 'An adapter did not close properly')
    }
    if (this.state !== 'crashed') this.#state('stopped')
  }

  protected override onCrash(cause: unknown): void {
    this.parts.logger.error({ error: cause }, messageOf(cause))
    this.#end.reject(cause)
    void this.stop().catch(() => {})
  }

  #state(state: string): void {
    this.parts.sensor.onState?.({ state })
  }
}

/** A new app. Nothing happens before `start` or `main`. */
export function createApp(options: AppOptions): App {
  return new App(options)
}
