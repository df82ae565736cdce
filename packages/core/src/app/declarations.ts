import { Runtime } from '../processing/runtime.ts'
import { parseCron } from '../schedule/cron.ts'
import type { ScheduledWork } from '../schedule/schedule.ts'
import { createMonitor, type Monitor } from '../sensor/monitor.ts'
import { checkOptions } from '../service/check-options.ts'
import { FaustError } from '../service/errors.ts'
import { Service } from '../service/service.ts'
import type { RunningStream } from '../stream/running-stream.ts'
import type { Stream } from '../stream/stream.ts'
import { Topic } from '../stream/topic.ts'
import type { GlobalTable } from '../table/global-table.ts'
import type { SetTable } from '../table/set-table.ts'
import type { SourceTable } from '../table/source-table.ts'
import type { Table } from '../table/table.ts'
import { Channel, type ChannelOptions } from '../topic/channel.ts'
import { checkNamed } from '../topic/names.ts'
import type { TopicDefinition } from '../topic/topic-definition.ts'
import { type AppParts, appParts } from './app-parts.ts'
import { checkDeclaring } from './check-declaring.ts'
import type { DeclaredAgent } from './compile.ts'
import type { DeclaredTable } from './declared-table.ts'
import { declaredAgent, topicDefinition } from './definitions.ts'
import type {
  AgentOptions,
  CronOptions,
  GlobalTableOptions,
  SetTableOptions,
  TableOptions,
  TopicOptions,
} from './options.ts'
import type { AppOptions } from './settings.ts'
import { TableRegistry } from './table-registry.ts'

/** The half of an app that takes notes: what it is made of, before it starts. */
export abstract class Declarations extends Service {
  readonly id: string
  /** What the app has done so far, in numbers. */
  readonly monitor: Monitor
  protected options: AppOptions
  protected parts: AppParts
  protected readonly runtime: Runtime
  protected readonly topics: Map<string, TopicDefinition> = new Map()
  protected readonly tables: TableRegistry
  protected readonly agents: Map<string, DeclaredAgent> = new Map()
  protected readonly works: Map<string, ScheduledWork> = new Map()
  protected readonly channels: { end(): void }[] = []

  constructor(options: AppOptions) {
    // From JavaScript there may be none; `appParts` says so.
    super(`app ${(options as AppOptions | undefined)?.id}`)
    this.options = options
    this.monitor = createMonitor()
    this.parts = appParts(options, this.monitor)
    this.id = this.parts.settings.name
    this.runtime = new Runtime(this.id)
    this.tables = new TableRegistry(this.runtime, (kind, name, taken) => checkDeclaring(this.state, kind, name, taken))
  }

  /**
   * Changes options before the start, e.g. to run a program under test on an embedded log with a clock of the test's. Id
   * and version stay: topics and tables are named by them.
   */
  configure(options: Partial<Omit<AppOptions, 'id' | 'version'>>): this {
    if (this.state !== 'idle') {
      throw new FaustError('FAUST_TOO_LATE', `The app ${this.id} is configured after it was started. Do it before.`)
    }
    const { id, version } = this.options
    this.options = { ...this.options, ...options, id, version }
    this.parts = appParts(this.options, this.monitor)
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
    checkDeclaring(this.state, 'topic', name, this.topics)
    const definition = topicDefinition(name, options, {
      create: this.options.createTopics ?? true,
      random: () => this.parts.clock.random(),
    })
    this.topics.set(name, definition)
    return new Topic<K, V | null>(this.runtime, definition)
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
    return this.tables.table(name, options)
  }

  /** Declares a table with a set for each key. */
  setTable<E = string, K = string>(name: string, options: SetTableOptions<K, E> = {}): SetTable<K, E> {
    return this.tables.setTable(name, options)
  }

  /**
   * Declares a copy of a whole topic or table on every worker, to read any key anywhere. Who writes the topic or the table
   * fills it.
   */
  globalTable<K, V>(
    name: string,
    options: { readonly from: Topic<K, V | null> | Table<K, V, unknown>; readonly default: () => V },
  ): GlobalTable<K, V, V>
  globalTable<K, V>(
    name: string,
    options: { readonly from: Topic<K, V | null> | Table<K, V, unknown> },
  ): GlobalTable<K, V>
  globalTable<K, V>(name: string, options: GlobalTableOptions<K, V, V | undefined>): GlobalTable<K, V, V | undefined> {
    return this.tables.globalTable(name, options)
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
    checkDeclaring(this.state, 'agent', name, this.agents)
    const [options, handler] = maybeHandler ? [optionsOrHandler, maybeHandler] : [{}, optionsOrHandler]
    this.agents.set(name, declaredAgent(this.runtime, name, source, options as AgentOptions<unknown>, handler))
  }

  /** A broadcast within the process. Loops over it end when the app stops. */
  channel<T>(options?: ChannelOptions): Channel<T> {
    const channel = new Channel<T>(options)
    this.channels.push(channel)
    return channel
  }

  /** Runs once when the app is ready, beside the agents. A failure stops the app. */
  task(name: string, run: ScheduledWork['run']): void {
    this.#work('task', name, undefined, run)
  }

  /** Runs every `interval` ms while the app is ready; never twice at once. A failure stops the app. */
  timer(name: string, interval: number, run: ScheduledWork['run']): void {
    checkNamed('a timer', name)
    if (!(interval > 0)) {
      const problem = `Timer ${name}: the interval is ${String(interval)}, not a time in ms above 0.`
      throw new FaustError('FAUST_SETTING_INVALID', problem)
    }
    this.#work('timer', name, interval, run)
  }

  /**
   * Runs at the moments that the five fields of cron name, e.g. `'0 9 * * 1-5'`: minute, hour, day, month, weekday, by the
   * clock of UTC or of `timeZone`. Every worker does, while the app is ready; never twice at once, and what comes while it
   * runs is left out. A failure stops the app.
   */
  cron(name: string, format: string, run: ScheduledWork['run']): void
  cron(name: string, format: string, options: CronOptions, run: ScheduledWork['run']): void
  cron(
    name: string,
    format: string,
    optionsOrRun: CronOptions | ScheduledWork['run'],
    maybeRun?: ScheduledWork['run'],
  ): void {
    checkNamed('a cron', name)
    const where = `Cron ${name}`
    const [options, run] = maybeRun === undefined ? [{}, optionsOrRun] : [optionsOrRun as CronOptions, maybeRun]
    checkRun('cron', name, run)
    checkOptions(where, options, ['timeZone'])
    this.#work('cron', name, parseCron(where, format, options.timeZone ?? 'UTC'), run)
  }

  #work(kind: keyof typeof SHAPES, name: string, when: ScheduledWork['when'], run: ScheduledWork['run']): void {
    checkNamed(`a ${kind}`, name)
    const work = `${kind} ${name}`
    checkDeclaring(this.state, kind, name, this.works, work)
    checkRun(kind, name, run)
    this.works.set(work, { name: work, when, run })
  }
}

/** What stands before the function of each kind of work. */
const SHAPES = { task: 'name, ', timer: 'name, interval, ', cron: "name, '0 9 * * *', " } as const

function checkRun(kind: keyof typeof SHAPES, name: string, run: unknown): asserts run is ScheduledWork['run'] {
  if (typeof run === 'function') return
  const problem = `the last argument must be its function: app.${kind}(${SHAPES[kind]}async () => { … }).`
  throw new FaustError('FAUST_SETTING_INVALID', `The ${kind} ${name}: ${problem}`)
}
