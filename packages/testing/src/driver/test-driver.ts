import {
  type App,
  type DeadLetterOptions,
  embeddedStore,
  FaustError,
  type KeptLetter,
  type RecordToSend,
  type ReplayOptions,
  type Stream,
  type Table,
  type Topic,
} from '@faust/core'
import type { VirtualClock } from '../clock/virtual-clock.ts'
import { silentLogger } from '../kit/silent-logger.ts'
import { AppUnderTest } from './app-under-test.ts'
import { Faults } from './faults.ts'
import { Observer, type TestRecord } from './observer.ts'
import { checkApp, checkOptions, type TestDriverOptions } from './options.ts'
import { TestWorld } from './test-world.ts'
import { encode, type EncodedRecord } from './topic-codec.ts'

/**
 * Drives one app on a log, a store and a clock in memory. Every call that lets the app work resolves when nothing more
 * can happen unless time moves: all records are read and handled, all that follows from them is sent and handled too,
 * tables are written. No commit is needed for that, and no real time passes. Time moves only in `advance`, and in
 * `commit` and `close` as far as the app needs it for them.
 *
 * A value that fails is tried again within the call: the clock is moved through its back-offs, which is the other time
 * that it moves by itself. When an agent stops the app, the call under way rejects with the app's `FaustError`, and so do
 * later ones but for `read` and `close`; a failure that no call has told is told by `close`.
 */
export class TestDriver {
  /** What other drivers may share: the log and the clock. */
  readonly world: TestWorld
  readonly #subject: AppUnderTest
  readonly #observer: Observer
  readonly #faults: Faults
  #closing: Promise<void> | undefined

  private constructor(world: TestWorld, subject: AppUnderTest, observer: Observer, faults: Faults) {
    this.world = world
    this.#subject = subject
    this.#observer = observer
    this.#faults = faults
  }

  /** See `testApp`. */
  static async start(app: App, options: TestDriverOptions = {}): Promise<TestDriver> {
    checkApp(app)
    const { limit, patience } = checkOptions(options)
    const { logger = silentLogger(), sensors = [] } = options
    const world = options.world ?? new TestWorld({ ...options, limit })
    const transport = world.transport('app')
    const faults = new Faults()
    if (app.state !== 'idle') {
      throw new FaustError(
        'FAUST_TOO_LATE',
        `The app ${app.id} was started before, by a test or by the program itself. Declare it in a function that each test calls.`,
      )
    }
    app.configure({
      transport,
      store: embeddedStore(),
      clock: world.appClock,
      logger,
      sensors,
      beforeValue: (agent) => faults.strike(agent),
    })
    const observer = new Observer(world)
    await observer.start()
    const subject = new AppUnderTest(world, app, transport, patience)
    await subject.start()
    return new TestDriver(world, subject, observer, faults)
  }

  /** The clock of the app: for handlers that sleep, and to ask for the time. Move it by `advance`. */
  get clock(): VirtualClock {
    return this.world.clock
  }

  /**
   * Writes records to a topic as somebody else would, not the app, and lets the app work. Records without a timestamp
   * get the clock's time. Order is kept per partition.
   */
  async send<K, V>(
    topic: Topic<K, V>,
    records: RecordToSend<NoInfer<K>, NoInfer<V>> | readonly RecordToSend<NoInfer<K>, NoInfer<V>>[],
  ): Promise<void> {
    this.#subject.check()
    checkTopic('send', topic)
    const list = (Array.isArray(records) ? records : [records]) as readonly RecordToSend[]
    const now = this.clock.now()
    const encoded: EncodedRecord[] = []
    for (const record of list) encoded.push(await encode(topic.definition, record, now))
    await this.#subject.work(() => this.#observer.write(topic.definition, encoded), encoded.length)
  }

  /** Moves the clock by `ms`, through every timer on the way in its order, and lets the app work at each of them. */
  async advance(ms: number): Promise<void> {
    this.#subject.check()
    if (!(ms >= 0) || ms === Infinity) {
      throw new FaustError(
        'FAUST_SETTING_INVALID',
        `advance(${String(ms)}): the clock moves by a time in ms of at least 0.`,
      )
    }
    await this.#subject.settle()
    await this.#subject.work(() => this.world.move((clock) => clock.advance(ms)))
  }

  /**
   * What has come into a topic since the last read of it, in the order of writing; also what `send` has written. The
   * first read begins where the driver began. Takes a stream's repartition topic as well: `read(orders.groupBy('account'))`.
   */
  async read<K, V>(topic: Stream<K, V>): Promise<readonly TestRecord<K, V>[]> {
    checkTopic('read', topic)
    return (await this.#observer.read(topic.definition)) as readonly TestRecord<K, V>[]
  }

  /** All keys of a table with their values, as handlers have left them, committed or not. */
  async table<K, V>(
    // What a missing key gives does not matter here.
    // oxlint-disable-next-line no-explicit-any
    table: Table<K, V, any>,
  ): Promise<Map<K, V>> {
    this.#subject.check()
    const entries = new Map<K, V>()
    for await (const [key, value] of table.entries()) entries.set(key, value)
    return entries
  }

  /**
   * Lets an agent fail: each of the next `times` values that it is given fails with `error` before its operators and its
   * function see it, and what the agent's policy says follows. A retry is a value that is given, too.
   */
  failNext(agent: string, error: unknown, times = 1): void {
    this.#subject.check()
    if (!Number.isInteger(times) || times < 1) {
      throw new FaustError(
        'FAUST_SETTING_INVALID',
        `failNext(${agent}, …, ${times}): an agent fails a whole number of times, at least 1.`,
      )
    }
    this.#faults.add(agent, error, times)
  }

  /** The dead letters that were kept so far. */
  deadLetters(options?: DeadLetterOptions): Promise<readonly KeptLetter[]> {
    return this.#run(async (app) => {
      const letters: KeptLetter[] = []
      for await (const letter of app.deadLetters(options)) letters.push(letter)
      return letters
    })
  }

  /** Sends dead letters back and lets the app work. Answers how many were sent. */
  replayDeadLetters(options?: ReplayOptions): Promise<number> {
    return this.#run((app) => app.replayDeadLetters(options))
  }

  /** Commits what was processed. False: it failed, and the next commit repeats it. */
  async commit(): Promise<boolean> {
    this.#subject.check()
    await this.#subject.settle()
    return this.#run((app) => app.commit())
  }

  /** Ends the app as the end of its process would: nothing is finished, nothing is committed, the group is not told. */
  crash(): Promise<void> {
    return (this.#closing ??= this.#subject.kill())
  }

  /** Stops the app: values in hand are finished and committed. What it has written can still be read. Idempotent. */
  close(): Promise<void> {
    return (this.#closing ??= this.#subject.stop())
  }

  /** Something that the app does outside its agents, and what follows from it. */
  #run<T>(work: (app: App) => Promise<T>): Promise<T> {
    this.#subject.check()
    return this.#subject.work(() => this.world.run(() => work(this.#subject.app)))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

/**
 * Starts an app for a test: on a log, a store and a clock in memory, whatever it was declared with, and without its
 * logger and sensors. The app must not have been started; afterwards it belongs to the driver. For a second run of the
 * same program, declare it again and give the new driver the `world` of the first.
 */
export function testApp(app: App, options: TestDriverOptions = {}): Promise<TestDriver> {
  return TestDriver.start(app, options)
}

/** The types hold this where a test is TypeScript. */
function checkTopic(call: string, topic: unknown): void {
  if ((topic as { definition?: unknown } | null | undefined)?.definition !== undefined) return
  const remedy = typeof topic === 'string' ? `app.topic('${topic}')` : 'app.topic(…)'
  throw new FaustError('FAUST_SETTING_INVALID', `driver.${call}: the first argument must be what ${remedy} gave.`)
}
