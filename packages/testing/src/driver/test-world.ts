import {
  type App,
  type Clock,
  createEmbeddedLog,
  type EmbeddedLog,
  embeddedTransport,
  type EmbeddedTransport,
  type LogScheduler,
} from '@faust/core'
import { virtualClock, type VirtualClock } from '../clock/virtual-clock.ts'
import { CountedClock } from './counted-clock.ts'
import { chain, type Link, noteWrites, readInRounds } from './links.ts'
import { RoundLimit } from './round-limit.ts'
import { WriteOrder } from './write-order.ts'

/** What a world is made from. */
export interface TestWorldOptions {
  readonly clock?: VirtualClock | undefined
  readonly seed?: number | string | undefined
  /** Partitions of topics that are declared without saying how many. Default 4. */
  readonly partitions?: number | undefined
  readonly limit: number
}

/** Ms between two looks for transactions that were open for too long, as in Kafka. */
const TRANSACTION_CHECK = 10_000

/** A committed transaction is seen without time having to pass. */
function visibleAtOnce(clock: Clock): LogScheduler {
  return { schedule: ({ kind }, run) => clock.setTimeout(run, kind === 'marker' ? 0 : TRANSACTION_CHECK) }
}

/** What apps under test may share: a clock that only drivers move, and a log in memory. */
export class TestWorld {
  readonly clock: VirtualClock
  readonly log: EmbeddedLog
  /** In which order records came into the log. */
  readonly order: WriteOrder = new WriteOrder()
  /** What apps and log are given as their clock. */
  readonly appClock: CountedClock
  readonly rounds: RoundLimit
  /** The apps that live in it. */
  readonly apps: Set<App> = new Set()
  readonly #links: { readonly app: Link; readonly test: Link }
  #last: Promise<unknown> = Promise.resolve()

  constructor(options: TestWorldOptions) {
    const { clock = virtualClock({ seed: options.seed }), limit, partitions } = options
    this.clock = clock
    this.appClock = new CountedClock(clock)
    this.rounds = new RoundLimit(clock, limit)
    // Nobody has to wait for further members: a group of one starts at once.
    this.log = createEmbeddedLog({
      clock: this.appClock,
      partitions,
      initialRebalanceDelay: 0,
      scheduler: visibleAtOnce(this.appClock),
    })
    const written = noteWrites(this.order)
    this.#links = { app: chain(readInRounds(this.appClock, this.rounds), written), test: written }
  }

  /** Timers that the program under test has set itself. */
  get ownTimers(): number {
    return this.clock.pending() - this.appClock.pending
  }

  /** A way to the log: an app's, which reads in rounds, or the test's own. */
  transport(whose: 'app' | 'test'): EmbeddedTransport {
    return embeddedTransport({ log: this.log, link: this.#links[whose] })
  }

  /** A serializer of some app has not answered yet. */
  get serializing(): boolean {
    return [...this.apps].some((app) => app.status().serializing > 0)
  }

  /** Does `work` and moves the clock on until it has settled, but not while serializers ask somebody in real time. */
  run<T>(work: () => Promise<T>): Promise<T> {
    return this.move((clock) => clock.run(work, () => this.serializing))
  }

  /** Moves the clock; calls that come together take turns, as only one may move it at a time. */
  move<T>(how: (clock: VirtualClock) => Promise<T>): Promise<T> {
    const moved = this.#last.then(() => how(this.clock))
    this.#last = moved.catch(() => {})
    return moved
  }
}
