import type { Clock } from '../service/clock.ts'
import type { Current } from '../service/current.ts'
import { FaustError, clauseOf } from '../service/errors.ts'
import type { Logger } from '../service/logger.ts'
import { Service } from '../service/service.ts'
import type { StopBudget } from '../service/stop-budget.ts'
import { settledWithin, sleep } from '../service/wait.ts'
import type { Cron } from './cron.ts'

/** Work of the app beside its agents. */
export interface ScheduledWork {
  readonly name: string
  /** Ms between two runs, counted from start to start, or the moments themselves; `undefined` runs once. */
  readonly when: number | Cron | undefined
  readonly run: (context: { readonly signal: AbortSignal }) => unknown
}

/** The longest wait for a moment by the wall's clock, in ms: that may be set meanwhile. */
const LONGEST_WAIT = 60_000

/**
 * Runs tasks, timers and crons once the worker is ready. A timer waits a full interval first. Neither it nor a cron ever
 * overlaps itself; each drops the beats it was too slow for. A failure ends the app: what must go on catches its own errors.
 */
export class Schedule extends Service {
  readonly #works: readonly ScheduledWork[]
  readonly #current: Current<string>
  readonly #clock: Clock
  readonly #stopBudget: StopBudget
  readonly #logger: Logger
  /** By name, those that have not ended. */
  readonly #running = new Map<string, Promise<void>>()

  /** `current` is told which work runs, for whoever is called by it. */
  constructor(
    works: readonly ScheduledWork[],
    current: Current<string>,
    clock: Clock,
    logger: Logger,
    stopBudget: StopBudget,
  ) {
    super('schedule')
    this.#works = works
    this.#current = current
    this.#clock = clock
    this.#logger = logger
    this.#stopBudget = stopBudget
  }

  /** Called when the whole app runs. */
  begin(): void {
    for (const work of this.#works) {
      const done = this.run(work.name, () => this.#perform(work)).finally(() => this.#running.delete(work.name))
      this.#running.set(work.name, done)
    }
  }

  protected override async onStop(): Promise<void> {
    const limit = this.state === 'crashed' ? 0 : this.#stopBudget.step()
    if (await settledWithin(this.#clock, Promise.all(this.#running.values()), limit)) return
    const names = [...this.#running.keys()]
    this.#logger.warn({ works: names }, 'Tasks did not end in time: end them when the signal they are given fires')
  }

  async #perform(work: ScheduledWork): Promise<void> {
    const { when } = work
    if (when === undefined) return this.#once(work)
    const wait = typeof when === 'number' ? this.#beats(when) : this.#moments(when)
    while (await wait()) await this.#once(work)
  }

  /** Waits for the next beat of a timer; false when the app stops. */
  #beats(interval: number): () => Promise<boolean> {
    let due = this.#clock.monotonic()
    return async () => {
      due = Math.max(due + interval, this.#clock.monotonic())
      return this.#sleep(due - this.#clock.monotonic())
    }
  }

  /** Waits for the next moment of a cron, of which none comes twice, however the wall's clock is set; false when the app stops. */
  #moments(cron: Cron): () => Promise<boolean> {
    let last = this.#clock.now()
    return async () => {
      const due = cron.next(Math.max(last, this.#clock.now()))
      for (let left = due - this.#clock.now(); left > 0; left = due - this.#clock.now()) {
        if (!(await this.#sleep(Math.min(left, LONGEST_WAIT)))) return false
      }
      last = due
      return !this.signal.aborted
    }
  }

  #sleep(ms: number): Promise<boolean> {
    return sleep(this.#clock, ms, this.signal).then(
      () => true,
      () => false,
    )
  }

  async #once({ name, run }: ScheduledWork): Promise<void> {
    try {
      await this.#current.run(name, () => run({ signal: this.signal }))
    } catch (error) {
      if (this.signal.aborted) return
      throw new FaustError(
        'FAUST_WORK_FAILED',
        `${name} failed: ${clauseOf(error)}. A failing task, timer or cron stops the app; catch what it may survive.`,
        { cause: error },
      )
    }
  }
}
