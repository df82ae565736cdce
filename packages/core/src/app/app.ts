import { Runtime } from '../processing/runtime.ts'
import { type AppStatus, workerStatus } from '../processing/status.ts'
import type { WorkerSettings } from '../processing/worker-settings.ts'
import { Schedule, type ScheduledWork } from '../schedule/schedule.ts'
import { combineSensors } from '../sensor/combine-sensors.ts'
import { createMonitor, type Monitor } from '../sensor/monitor.ts'
import { SENSOR_CONTRACT, type Sensor } from '../sensor/sensor.ts'
import { type Clock, systemClock } from '../service/clock.ts'
import { consoleLogger } from '../service/console-logger.ts'
import { checkContract } from '../service/contracts.ts'
import { type Deferred, deferred } from '../service/deferred.ts'
import { FaustError, messageOf } from '../service/errors.ts'
import { ExitStack } from '../service/exit-stack.ts'
import type { Logger } from '../service/logger.ts'
import { Service } from '../service/service.ts'
import { embeddedStore } from '../store/embedded/embedded-store.ts'
import { STORE_CONTRACT, type Store } from '../store/store.ts'
import type { RunningStream } from '../stream/running-stream.ts'
import type { Stream } from '../stream/stream.ts'
import { Topic } from '../stream/topic.ts'
import { Channel, type ChannelOptions } from '../topic/channel.ts'
import type { TopicDefinition } from '../topic/topic-definition.ts'
import { embeddedTransport } from '../transport/embedded/embedded-transport.ts'
import { TRANSPORT_CONTRACT, type Transport } from '../transport/transport.ts'
import { checkDeclaring } from './check-declaring.ts'
import { compile, type DeclaredAgent } from './compile.ts'
import type { DeclaredTable } from './declared-table.ts'
import { declaredAgent, topicDefinition } from './definitions.ts'
import { failurePolicy } from './failure-options.ts'
import { checkDurability, checkGuarantee, launch } from './launch.ts'
import { runMain } from './main.ts'
import type { AgentOptions, TableOptions, TopicOptions } from './options.ts'
import { type AppOptions, type StopOptions, workerSettings } from './settings.ts'
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
  #settings!: WorkerSettings
  #clock!: Clock
  #logger!: Logger
  #transport!: Transport
  #store!: Store
  #sensors!: readonly Sensor[]
  #sensor!: Sensor
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
    this.#apply()
    this.id = this.#settings.name
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
    this.#apply()
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
      random: () => this.#clock.random(),
    })
    this.#topics.set(name, definition)
    return new Topic<K, V | null>(this.#runtime, definition)
  }

  /** Declares a table. It is kept by the agents that name it in their options. */
  table<V, K = string>(
    name: string,
    options: TableOptions<K, V, V> & { readonly default: () => V },
  ): DeclaredTable<K, V, V>
  table<V, K = string>(name: string, options?: TableOptions<K, V, undefined>): DeclaredTable<K, V>
  table<V, K, Missing>(name: string, options: TableOptions<K, V, Missing> = {}): DeclaredTable<K, V, Missing> {
    return this.#tables.table(name, options)
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
    stopped.catch((error: unknown) => this.#logger.error({ error }, messageOf(error)))
    return Promise.resolve()
  }

  /**
   * Starts the app, stops it on SIGINT or SIGTERM (a second one ends the process at once), says what it did, and sets
   * the exit code: 0 after a stop, 1 after a crash.
   */
  main(): Promise<void> {
    return runMain(this, this.#logger, this.#clock)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  protected override async onStart(): Promise<void> {
    this.#state('starting')
    if (this.#tables.definitions.size > 0) checkDurability(this.#store, this.#transport)
    checkGuarantee(this.#settings, this.#transport)
    for (const adapter of [...this.#sensors, this.#transport, this.#store]) {
      this.#exits.push(adapter.name, () => adapter.close())
      await adapter.start({ app: this.id, clock: this.#clock, logger: this.#logger.child({ adapter: adapter.name }) })
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
      runtime: this.#runtime,
      settings: this.#settings,
      clock: this.#clock,
      logger: this.#logger,
      sensor: this.#sensor,
      transport: this.#transport,
      store: this.#store,
      workerId: this.#options.workerId,
      leave: () => this.#leave,
    })
    if (this.signal.aborted) return
    this.#runtime.set(worker)
    await this.addChild(worker)
    this.#schedule = await this.addChild(
      new Schedule(
        [...this.#works.values()],
        this.#runtime.works,
        this.#clock,
        this.#logger,
        this.#settings.stopTimeout,
      ),
    )
  }

  protected override async onStop(): Promise<void> {
    this.#runtime.set(undefined)
    for (const { what, error } of await this.#exits.close()) {
      this.#logger.warn({ adapter: what, error: messageOf(error) }, 'An adapter did not close properly')
    }
    this.#state(this.state === 'crashed' ? 'crashed' : 'stopped')
  }

  protected override onCrash(cause: unknown): void {
    this.#logger.error({ error: cause }, messageOf(cause))
    this.#end.reject(cause)
    void this.stop().catch(() => {})
  }

  #apply(): void {
    const options = this.#options
    this.#settings = workerSettings(options)
    this.#clock = options.clock ?? systemClock()
    this.#logger = options.logger ?? consoleLogger({ clock: this.#clock })
    this.#transport = options.transport ?? embeddedTransport()
    this.#store = options.store ?? embeddedStore()
    this.#sensors = [this.monitor, ...(options.sensors ?? [])]
    checkContract('transport', this.#transport, TRANSPORT_CONTRACT)
    checkContract('store', this.#store, STORE_CONTRACT)
    for (const sensor of this.#sensors) checkContract('sensor', sensor, SENSOR_CONTRACT)
    this.#sensor = combineSensors(this.#sensors, this.#logger)
  }

  #state(state: string): void {
    this.#sensor.onState?.({ state })
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
