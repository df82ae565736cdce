import {
  type DeadLetterOptions,
  deadLetters,
  type KeptLetter,
  replayDeadLetters,
  type ReplayOptions,
} from '../processing/dead-letters.ts'
import { Runtime } from '../processing/runtime.ts'
import { type AppStatus, workerStatus } from '../processing/status.ts'
import { Schedule, type ScheduledWork } from '../schedule/schedule.ts'
import { createMonitor, type Monitor } from '../sensor/monitor.ts'
import { type Deferred, deferred } from '../service/deferred.ts'
import { FaustError, messageOf } from '../service/errors.ts'
import { ExitStack } from '../service/exit-stack.ts'
import { Service } from '../service/service.ts'
import type { RunningStream } from '../stream/running-stream.ts'
import type { Stream } from '../stream/stream.ts'
import type { SetTable } from '../table/set-table.ts'
import type { SourceTable } from '../table/source-table.ts'
import { Topic } from '../stream/topic.ts'
import { Channel, type ChannelOptions } from '../topic/channel.ts'
import type { TopicDefinition } from '../topic/topic-definition.ts'
import { type AppParts, appParts } from './app-parts.ts'
import { checkDeclaring } from './check-declaring.ts'
import { compile, type DeclaredAgent } from './compile.ts'
import type { DeclaredTable } from './declared-table.ts'
import { declaredAgent, topicDefinition } from './definitions.ts'
import { failurePolicy } from './failure-options.ts'
import { checkDurability, checkGuarantee, launch } from './launch.ts'
import { runMain } from './main.ts'
import type { AgentOptions, SetTableOptions, TableOptions, TopicOptions } from './options.ts'
import type { AppOptions, StopOptions } from './settings.ts'
import { TableRegistry } from './table-registry.ts'

/**
 * A stream processing program: topics, tables and agents, declared first and started once. Start the same program
 * again, here or elsewhere, and the workers share the partitions.
 */
export class App extends Service {
  readonly id: string
  /** What the app has done so far, in numbers. */
  readonly monitor: Monitor
  /** Resolves when the app has stopped; rejects with the cause when it has crashed. */
  readonly done: Promise<void>
  #options: AppOptions
  #parts: AppParts
  readonly #runtime: Runtime
  readonly #topics = new Map<string, TopicDefinition>()
  readonly #tables: TableRegistry
  readonly #agents = new Map<string, DeclaredAgent>()
  readonly #works = new Map<string, ScheduledWork>()
  readonly #channels: { end(): void }[] = []
  readonly #exits = new ExitStack()
  #schedule: Schedule | undefined
  readonly #end: Deferred<void> = deferred()
  #leave: boolean | undefined

  constructor(options: AppOptions) {
    super(`app ${options.id}`)
    this.#options = options
    this.monitor = createMonitor()
    this.#parts = appParts(options, this.monitor)
    this.id = this.#parts.settings.name
    this.#runtime = new Runtime(this.id)
    this.#tables = new TableRegistry(this.#runtime, (kind, name, taken) =>
      checkDeclaring(this.state, kind, name, taken),
    )
    this.done = this.#end.promise
  }

  /**
   * Changes options before the start, e.g. to run a program under test on an embedded log with a clock of the test's. Id
   * and version stay: topics and tables are named by them.
   */
  configure(options: Partial<Omit<AppOptions, 'id' | 'version'>>): this {
    if (this.state !== 'idle') {
      throw new FaustError('FAUST_TOO_LATE', `The app ${this.id} is configured after it was started. Do it before.`)
    }
    const { id, version } = this.#options
    this.#options = { ...this.#options, ...options, id, version }
    this.#parts = appParts(this.#options, this.monitor)
    return this
  }

  /**
   * Declares a topic to read and write. Its types come from its serializers: `app.topic('orders', { value: json<Order>() })`.
   * Declaring a name twice throws `FAUST_NAME_TAKEN`.
   */
  topic<V = unknown, K = string>(
    name: string,
    options: TopicOptions<K, V> & { readonly tombstones: true },
  ): Topic<K, V | null>
  topic<V = unknown, K = string>(
    name: string,
    options?: TopicOptions<K, V> & { readonly tombstones?: false },
  ): Topic<K, V>
  topic<V, K>(name: string, options: TopicOptions<K, V> = {}): Topic<K, V | null> {
    checkDeclaring(this.state, 'topic', name, this.#topics)
    const definition = topicDefinition(name, options, {
      create: this.#options.createTopics ?? true,
      random: () => this.#parts.clock.random(),
    })
    this.#topics.set(name, definition)
    return new Topic<K, V | null>(this.#runtime, definition)
  }

  /** Declares a table. It is kept by the agents that name it in their options. */
  table<V, K = string>(
    name: string,
    options: TableOptions<K, V, V> & { readonly default: () => V; readonly partitionBy: 'source' },
  ): SourceTable<K, V, V>
  table<V, K = string>(
    name: string,
    options: TableOptions<K, V, undefined> & { readonly partitionBy: 'source' },
  ): SourceTable<K, V>
  table<V, K = string>(
    name: string,
    options: TableOptions<K, V, V> & { readonly default: () => V },
  ): DeclaredTable<K, V, V>
  table<V, K = string>(name: string, options?: TableOptions<K, V, undefined>): DeclaredTable<K, V>
  table<V, K, Missing>(
    name: string,
    options: TableOptions<K, V, Missing> = {},
  ): DeclaredTable<K, V, Missing> | SourceTable<K, V, Missing> {
    return this.#tables.table(name, options)
  }

  /** Declares a table with a set for each key. */
  setTable<E = string, K = string>(name: string, options: SetTableOptions<K, E> = {}): SetTable<K, E> {
    return this.#tables.setTable(name, options)
  }

  /**
   * Declares an agent: a function that walks a stream. Every table it touches must be named in its options. What the
   * function yields goes to the agent's sinks.
   */
  agent<V, K, R = never>(
    name: string,
    source: Stream<K, V>,
    handler: (stream: RunningStream<V, K>) => PromiseLike<void> | AsyncIterable<R>,
  ): void
  agent<V, K, R = never>(
    name: string,
    source: Stream<K, V>,
    options: AgentOptions<R>,
    handler: (stream: RunningStream<V, K>) => PromiseLike<void> | AsyncIterable<R>,
  ): void
  agent<V, K, R>(
    name: string,
    source: Stream<K, V>,
    optionsOrHandler: AgentOptions<R> | DeclaredAgent['definition']['handler'],
    maybeHandler?: (stream: RunningStream<V, K>) => PromiseLike<void> | AsyncIterable<R>,
  ): void {
    checkDeclaring(this.state, 'agent', name, this.#agents)
    const [options, handler] = maybeHandler ? [optionsOrHandler, maybeHandler] : [{}, optionsOrHandler]
    this.#agents.set(name, declaredAgent(this.#runtime, name, source, options as AgentOptions<unknown>, handler))
  }

  /** A broadcast within the process. Loops over it end when the app stops. */
  channel<T>(options?: ChannelOptions): Channel<T> {
    const channel = new Channel<T>(options)
    this.#channels.push(channel)
    return channel
  }

  /** Runs once when the app is ready, beside the agents. A failure stops the app. */
  task(name: string, run: ScheduledWork['run']): void {
    this.#work('task', name, undefined, run)
  }

  /** Runs every `interval` ms while the app is ready; never twice at once. A failure stops the app. */
  timer(name: string, interval: number, run: ScheduledWork['run']): void {
    if (!(interval > 0)) {
      const problem = `Timer ${name}: the interval is ${String(interval)}, not a time in ms above 0.`
      throw new FaustError('FAUST_SETTING_INVALID', problem)
    }
    this.#work('timer', name, interval, run)
  }

  /** Commits now what agents have done, instead of at the next interval. False: it failed and is repeated. */
  async commit(): Promise<boolean> {
    return this.#runtime.worker('A commit').commit()
  }

  /** Starts everything; resolves when the partitions this worker was given are live. A second start is refused. */
  override async start(): Promise<void> {
    await super.start()
    this.#state('running')
    this.#schedule!.begin()
  }

  /** What the app is doing at this moment: how far its partitions are, and what is in whose hands. */
  status(): AppStatus {
    return { state: this.state, ...workerStatus(this.#runtime.running) }
  }

  /** The dead letters that the log keeps now, of one agent or of all, partition by partition in their order. */
  deadLetters(options?: DeadLetterOptions): AsyncIterable<KeptLetter> {
    return deadLetters(this.#runtime, options)
  }

  /**
   * Sends dead letters back to the agents that gave them up: each comes as the record it was, from the agent's replay
   * topic. None is sent twice, whatever fails. Answers how many were sent. One replay at a time, in all workers.
   */
  replayDeadLetters(options?: ReplayOptions): Promise<number> {
    return replayDeadLetters(this.#runtime, options)
  }

  /**
   * Stops the app: values in hand are finished and committed. Idempotent. Called from a handler, task or timer of the
   * app it only begins the stop: to wait for it there would be to wait for oneself.
   */
  override stop(options: StopOptions = {}): Promise<void> {
    this.#leave ??= options.leave
    this.#runtime.beginStop()
    for (const channel of this.#channels) channel.end()
    const stopped = super.stop().finally(() => this.#end.resolve())
    if (!this.#runtime.inside) return stopped
    stopped.catch((error: unknown) => this.#parts.logger.error({ error }, messageOf(error)))
    return Promise.resolve()
  }

  /**
   * Starts the app, stops it on SIGINT or SIGTERM (a second one ends the process at once), says what it did, and sets
   * the exit code: 0 after a stop, 1 after a crash.
   */
  main(): Promise<void> {
    return runMain(this, this.#parts.logger, this.#parts.clock)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  protected override async onStart(): Promise<void> {
    this.#state('starting')
    const { clock, logger, sensors, settings, store, transport } = this.#parts
    if (this.#tables.definitions.size > 0) checkDurability(store, transport)
    checkGuarantee(settings, transport)
    for (const adapter of [...sensors, transport, store]) {
      this.#exits.push(adapter.name, () => adapter.close())
      await adapter.start({ app: this.id, clock, logger: logger.child({ adapter: adapter.name }) })
      if (this.signal.aborted) return
    }
    const worker = await launch({
      program: compile(
        this.#runtime,
        this.#topics,
        this.#tables.definitions,
        [...this.#agents.values()],
        failurePolicy('createApp', this.#options.failures),
      ),
      ...this.#parts,
      runtime: this.#runtime,
      workerId: this.#options.workerId,
      beforeValue: this.#options.beforeValue,
      leave: () => this.#leave,
    })
    if (this.signal.aborted) return
    this.#runtime.set(worker)
    await this.addChild(worker)
    this.#schedule = await this.addChild(
      new Schedule([...this.#works.values()], this.#runtime.works, clock, logger, settings.stopTimeout),
    )
  }

  protected override async onStop(): Promise<void> {
    this.#runtime.set(undefined)
    for (const { what, error } of await this.#exits.close()) {
      this.#parts.logger.warn({ adapter: what, error: messageOf(error) }, 'An adapter did not close properly')
    }
    this.#state(this.state === 'crashed' ? 'crashed' : 'stopped')
  }

  protected override onCrash(cause: unknown): void {
    this.#parts.logger.error({ error: cause }, messageOf(cause))
    this.#end.reject(cause)
    void this.stop().catch(() => {})
  }

  #state(state: string): void {
    this.#parts.sensor.onState?.({ state })
  }

  #work(kind: string, name: string, interval: number | undefined, run: ScheduledWork['run']): void {
    const work = `${kind} ${name}`
    checkDeclaring(this.state, kind, name, this.#works, work)
    this.#works.set(work, { name: work, interval, run })
  }
}

/** A new app. Nothing happens before `start` or `main`. */
export function createApp(options: AppOptions): App {
  return new App(options)
}
