import { abortable } from '../../service/wait.ts'
import type { CommitCycle } from '../commit/commit-cycle.ts'
import type { StandbyManager } from '../standby/standby-manager.ts'
import type { Task } from '../task/task.ts'
import { findStartOffsets, type FindStartOffsetsParts } from './find-start-offsets.ts'
import { openShards, type OpenShardsParts } from './open-shards.ts'
import type { StartOffset } from './start-offsets.ts'

/** What the opening of tasks works with. */
export interface TaskOpeningsParts extends OpenShardsParts, FindStartOffsetsParts {
  readonly standbys: StandbyManager
  readonly cycle: CommitCycle
  readonly crash: (error: unknown) => void
}

/** What the owner of the tasks is asked and told. */
export interface TaskOpeningsHooks {
  /** Of the moment. */
  generation(): number
  /** The task's shards are at the end of their changelogs, and each of its partitions begins there. */
  opened(task: Task, starts: readonly StartOffset[]): void
}

/**
 * Opens tasks: asks for their offsets, opens their shards and restores them, all beside what goes on. An opening can be
 * ended at any time, and then takes no effect. A failure crashes the worker.
 */
export class TaskOpenings {
  readonly #parts: TaskOpeningsParts
  readonly #hooks: TaskOpeningsHooks
  readonly #running = new Map<Task, { readonly abort: AbortController; readonly done: Promise<void> }>()

  constructor(parts: TaskOpeningsParts, hooks: TaskOpeningsHooks) {
    this.#parts = parts
    this.#hooks = hooks
  }

  /**
   * Tasks that take the place of others wait until the shards of these are `closed` and the cycle, which may have to
   * settle a transaction, has ended.
   */
  open(tasks: readonly Task[], closed?: Promise<unknown>): void {
    const ask = (): Promise<readonly StartOffset[]> => findStartOffsets(this.#parts, tasks)
    const starts = closed === undefined ? ask() : closed.then(() => this.#parts.cycle.idle()).then(ask)
    // A rejection reaches every task through its own await of the same promise.
    starts.catch(() => {})
    for (const task of tasks) {
      const own = new AbortController()
      const done = this.#bringUp(task, starts, own.signal)
        .catch((error: unknown) => {
          if (!own.signal.aborted) this.#parts.crash(error)
        })
        .then(async () => void (await closed?.catch(() => {})))
        .finally(() => this.#running.delete(task))
      this.#running.set(task, { abort: own, done })
    }
  }

  /** Ends the opening of a task, if there is one. */
  end(task: Task): void {
    this.#running.get(task)?.abort.abort()
  }

  /** Resolves when these are open, or their openings have ended. */
  async ended(tasks: readonly Task[]): Promise<void> {
    await Promise.all(tasks.flatMap((task) => this.#running.get(task)?.done ?? []))
  }

  /** Resolves when nothing is being opened. */
  async allEnded(): Promise<void> {
    while (this.#running.size > 0) await this.ended([...this.#running.keys()])
  }

  async #bringUp(task: Task, asked: Promise<readonly StartOffset[]>, signal: AbortSignal): Promise<void> {
    const { cycle, globals, standbys } = this.#parts
    // A partition that is taken away again must not wait for an answer that may never come.
    const starts = await abortable(globals.before(task.group, asked), signal, 'The opening of a task')
    if (task.group.tables.length > 0) {
      // A cycle may still be writing for an earlier owner of these shards: this very worker.
      await abortable(cycle.idle(), signal, 'The opening of a task')
      await standbys.release(task.id)
      await openShards(this.#parts, task, this.#hooks.generation(), signal)
    }
    if (signal.aborted) return
    const { group, partition } = task
    this.#hooks.opened(
      task,
      starts.filter((start) => start.partition === partition && group.topics.includes(start.topic)),
    )
  }
}
