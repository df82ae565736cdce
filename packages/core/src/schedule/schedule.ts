import type { Clock } from '../service/clock.ts'
import type { Current } from '../service/current.ts'
import { FaustError, clauseOf } from '../service/errors.ts'
import type { Logger } from '../service/logger.ts'
import { Service } from '../service/service.ts'
import { settledWithin, sleep } from '../service/wait.ts'

/** Work of the app beside its agents. */
export interface ScheduledWork {
  readonly name: string
  /** Ms between two runs, counted from start to start; `undefined` runs once. */
  readonly interval: number | undefined
  readonly run: (context: { readonly signal: AbortSignal }) => unknown
}

/**
 * Runs tasks and timers once the worker is ready. A timer waits a full interval first, never overlaps itself and drops
 * the beats it was too slow for. A failure ends the app: what must go on catches its own errors.
 */
export class Schedule extends Service {
  readonly #works: readonly ScheduledWork[]
  readonly #current: Current<string>
  readonly #clock: Clock
  readonly #stopTimeout: number
  readonly #logger: Logger
  /** By name, those that have not ended. */
  readonly #running = new Map<string, Promise<void>>()

  /** `current` is told which work runs, for whoever is called by it. */
  constructor(
    works: readonly ScheduledWork[],
    current: Current<string>,
    clock: Clock,
    logger: Logger,
    stopTimeout: number,
  ) {
    super('schedule')
    this.#works = works
    this.#current = current
    this.#clock = clock
    this.#logger = logger
    this.#stopTimeout = stopTimeout
  }

  /** Called when the whole app runs. */
  begin(): void {
    for (const work of this.#works) {
      const done = this.run(work.name, () => this.#perform(work)).finally(() => this.#running.delete(work.name))
      this.#running.set(work.name, done)
    }
  }

  protected override async onStop(): Promise<void> {
    const limit = this.state === 'crashed' ? 0 : this.#stopTimeout
    if (await settledWithin(this.#clock, Promise.all(this.#running.values()), limit)) return
    const names = [...this.#running.keys()]
    this.#logger.warn({ works: names }, 'Tasks did not end in time: end them when the signal they are given fires')
  }

  async #perform(work: ScheduledWork): Promise<void> {
    const { interval } = work
    if (interval === undefined) return this.#once(work)
    let due = this.#clock.monotonic() + interval
    while (!this.signal.aborted) {
      try {
        await sleep(this.#clock, due - this.#clock.monotonic(), this.signal)
      } catch {
        return
      }
      await this.#once(work)
      due = Math.max(due + interval, this.#clock.monotonic())
    }
  }

  async #once({ name, run }: ScheduledWork): Promise<void> {
    try {
      await this.#current.run(name, () => run({ signal: this.signal }))
    } catch (error) {
      if (this.signal.aborted) return
      throw new FaustError(
        'FAUST_WORK_FAILED',
        `${name} failed: ${clauseOf(error)}. A failing task or timer stops the app; catch what it may survive.`,
        { cause: error },
      )
    }
  }
}
