import type { Sensor } from '../../sensor/sensor.ts'
import type { Clock } from '../../service/clock.ts'
import type { MaybePromise } from '../../service/maybe-promise.ts'
import type { TopicPartitionOffset } from '../../transport/record.ts'
import type { PartitionQueue } from '../queue/partition-queue.ts'
import type { FreezeOptions, FrozenTask, Task } from '../task/task.ts'
import type { Guarantee } from './guarantee.ts'
import { report } from './report.ts'

/** A cycle that has not ended. */
export interface RunningCycle {
  /** `monotonic` of its beginning. */
  readonly since: number
  /** What it is about to commit. */
  readonly offsets: () => readonly TopicPartitionOffset[]
}

/** Takes what tasks have done, each in an instant in which it is quiet, and has it committed. Cycles run one at a time. */
export class CommitCycle {
  readonly #clock: Clock
  readonly #sensor: Sensor
  readonly #guarantee: Guarantee
  #last: Promise<unknown> = Promise.resolve()
  #running: RunningCycle | undefined

  constructor(clock: Clock, sensor: Sensor, guarantee: Guarantee) {
    this.#clock = clock
    this.#sensor = sensor
    this.#guarantee = guarantee
  }

  /**
   * Runs a cycle over `tasks` after those already asked for. Answers whether everything taken was committed; never
   * rejects: what cannot be repeated crashes the worker.
   */
  run(tasks: () => readonly Task[], options: FreezeOptions): Promise<boolean> {
    return this.between(async () => {
      const since = this.#clock.monotonic()
      this.#running = { since, offsets: () => tasks().flatMap((task) => pendingOf(task)) }
      const frozen = await Promise.all(tasks().map((task) => task.freeze(options)))
      const taken = frozen.filter((one) => one !== undefined)
      for (const { task } of taken) report(this.#sensor, task)
      const offsets = taken.flatMap((one) => one.offsets)
      this.#running = { since, offsets: () => offsets.map(({ queue, offset }) => placeOf(queue, offset)) }
      return this.#commit(taken)
    }).finally(() => {
      this.#running = undefined
    })
  }

  /** Runs `work` while no cycle does: after those already asked for, before those to come. */
  between<T>(work: () => MaybePromise<T>): Promise<T> {
    const run = this.#last.then(work)
    this.#last = run.catch(() => {})
    return run
  }

  /** The cycle under way, if any. */
  get running(): RunningCycle | undefined {
    return this.#running
  }

  /** Membership of the group is lost: what a running cycle has on its way must not land later. */
  lost(): void {
    this.#guarantee.lost?.()
  }

  /** Resolves when no cycle runs. */
  idle(): Promise<unknown> {
    return this.#last
  }

  async #commit(tasks: readonly FrozenTask[]): Promise<boolean> {
    const begun = this.#clock.monotonic()
    const outcome = await this.#guarantee.commit(tasks)
    if (outcome === undefined) return true
    const { entries, error } = outcome
    this.#sensor.onCommit?.({
      duration: this.#clock.monotonic() - begun,
      entries,
      offsets: outcome.offsets.map(({ queue, offset }) => ({
        topic: queue.topic.name,
        partition: queue.partition,
        offset,
      })),
      ...(error !== undefined && { error }),
    })
    return error === undefined
  }
}

/** What a task that is still being taken would commit. */
function pendingOf(task: Task): readonly TopicPartitionOffset[] {
  return task.queues.map((queue) => placeOf(queue, queue.frontier))
}

function placeOf({ partition, topic }: PartitionQueue, offset: number): TopicPartitionOffset {
  return { topic: topic.name, partition, offset }
}
