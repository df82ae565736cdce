import type { Assignor } from '../assignment/assignor.ts'
import { isFaustError } from '../service/errors.ts'
import { abortable, settledWithin, sleep } from '../service/wait.ts'
import type { Store } from '../store/store.ts'
import type { GroupConsumer, GroupHooks, GroupMembership } from '../transport/group.ts'
import { partitionKey, type TopicPartition } from '../transport/record.ts'
import type { CommitCycle } from './commit-cycle.ts'
import { PartitionQueue } from './partition-queue.ts'
import { restore, type RestoreParts } from './restore.ts'
import { type StartOffset, startOffsets } from './start-offsets.ts'
import { Subscription } from './subscription.ts'
import type { KeeperContext } from './table-layout.ts'
import { TableShard } from './table-shard.ts'
import { Task } from './task.ts'
import type { TaskGroup } from './task-group.ts'
import type { WorkerSettings } from './worker-settings.ts'

/** What the task manager works with. */
export interface TaskManagerParts extends RestoreParts {
  readonly store: Store
  readonly assignor: Assignor
  readonly settings: WorkerSettings
  readonly cycle: CommitCycle
  readonly consumer: () => GroupConsumer
  /** Asks for a cycle before its time. */
  readonly commitSoon: () => void
  /** Sends a record as part of the cycle that is about to begin. */
  readonly emit: KeeperContext['emit']
  readonly crash: (error: unknown) => void
}

/** How long committed offsets may be waited for, in ms: longer than any sound transaction stays open. */
const STABLE_TIMEOUT = 60_000
/** Ms between two tries. */
const RETRY_PAUSE = 50

/**
 * Owns the tasks of a worker and moves them as the group's assignment changes. Kept tasks are never touched. Opening a
 * task (offsets, shards, restore) goes on beside the hooks, so that kept tasks process and commit meanwhile.
 */
export class TaskManager implements GroupHooks {
  readonly #parts: TaskManagerParts
  readonly #tasks = new Map<string, Task>()
  readonly #queues = new Map<string, PartitionQueue>()
  readonly #assigned = new Set<string>()
  readonly #openings = new Map<Task, { readonly abort: AbortController; readonly done: Promise<void> }>()
  readonly #groupOf = new Map<string, TaskGroup>()
  #joining = false
  #rebalanceSince = -1
  #removed = 0

  constructor(parts: TaskManagerParts) {
    this.#parts = parts
    for (const group of parts.topology.groups) for (const topic of group.topics) this.#groupOf.set(topic, group)
  }

  get tasks(): readonly Task[] {
    return [...this.#tasks.values()]
  }

  /** Tasks that process; those still being opened are not among them. */
  get live(): readonly Task[] {
    return this.tasks.filter((task) => task.status === 'live')
  }

  /** True from before a join until its outcome is known: no cycle is begun then. */
  get joining(): boolean {
    return this.#joining
  }

  /** The queue of a partition whose task is live. */
  queue(topic: string, partition: number): PartitionQueue | undefined {
    return this.#queues.get(partitionKey(topic, partition))
  }

  /** Resolves when every task that is being opened is live or gone. */
  async opened(): Promise<void> {
    while (this.#openings.size > 0) await Promise.all([...this.#openings.values()].map(({ done }) => done))
  }

  async onRejoin(): Promise<void> {
    const { clock, cycle, settings } = this.#parts
    this.#joining = true
    if (this.#rebalanceSince < 0) this.#rebalanceSince = clock.monotonic()
    await settledWithin(clock, cycle.idle(), settings.rebalanceTimeout / 2)
  }

  /** Commits what the leaving tasks have done, within half the rebalance time-out; else they are given up as lost. */
  async onRevoked(partitions: readonly TopicPartition[]): Promise<void> {
    const { clock, cycle, logger, settings } = this.#parts
    this.#joining = false
    const leaving = this.#forget(partitions)
    const live = leaving.filter((task) => task.status === 'live')
    if (live.length > 0) {
      const committed = cycle.run(() => live, { limit: settings.revokeTimeout, leaving: true })
      if (!(await settledWithin(clock, committed, settings.rebalanceTimeout / 2))) {
        logger.warn(
          { tasks: live.length },
          'Leaving partitions could not be committed in time; their new owner repeats the rest',
        )
      }
    }
    await this.#close(leaving)
  }

  async onLost(partitions: readonly TopicPartition[]): Promise<void> {
    this.#joining = false
    this.#parts.logger.warn(
      { partitions: partitions.length },
      'Membership of the group was lost; its partitions went to other workers, which repeat what was not committed',
    )
    await this.#close(this.#forget(partitions))
  }

  onAssigned(partitions: readonly TopicPartition[], membership: GroupMembership): Promise<void> {
    const { assignor, clock, consumer, sensor } = this.#parts
    this.#joining = false
    const kept = this.#tasks.size
    for (const { topic, partition } of partitions) this.#assigned.add(partitionKey(topic, partition))
    const fresh = this.#complete(partitions)
    for (const task of fresh) this.#tasks.set(task.id, task)
    if (fresh.length > 0) this.#open(fresh, membership.generation)
    sensor.onRebalance?.({
      generation: membership.generation,
      added: fresh.length,
      removed: this.#removed,
      kept,
      duration: this.#rebalanceSince < 0 ? 0 : clock.monotonic() - this.#rebalanceSince,
    })
    this.#removed = 0
    this.#rebalanceSince = -1
    if (assignor.current()?.stale) {
      // A restarted static member got what was planned for its predecessor. Data that differ make the group plan anew.
      assignor.touch()
      consumer().rejoin('the assignment was made for another release or address of this worker')
    }
    return Promise.resolve()
  }

  /** Gives everything up without a commit. */
  async closeAll(): Promise<void> {
    this.#assigned.clear()
    await this.#close(this.tasks)
  }

  /** New tasks all of whose partitions are here: one that comes in parts is opened when it is whole. */
  #complete(partitions: readonly TopicPartition[]): readonly Task[] {
    const found = new Map<string, Task>()
    for (const { topic, partition } of partitions) {
      const group = this.#groupOf.get(topic)
      if (group === undefined) continue
      const id = taskId(group, partition)
      const whole = group.topics.every((name) => this.#assigned.has(partitionKey(name, partition)))
      if (whole && !this.#tasks.has(id)) found.set(id, new Task(id, group, partition, this.#parts.clock))
    }
    return [...found.values()]
  }

  #open(tasks: readonly Task[], epoch: number): void {
    const starts = this.#starts(tasks)
    // A rejection reaches every task through its own await of the same promise.
    starts.catch(() => {})
    for (const task of tasks) {
      const own = new AbortController()
      const done = this.#bringUp(task, starts, epoch, own.signal)
        .catch((error: unknown) => {
          if (!own.signal.aborted) this.#parts.crash(error)
        })
        .finally(() => this.#openings.delete(task))
      this.#openings.set(task, { abort: own, done })
    }
  }

  /** Where the tasks' partitions begin: one question for all of them. */
  async #starts(tasks: readonly Task[]): Promise<readonly StartOffset[]> {
    const { clock, consumer, logger, settings, topology, transport } = this.#parts
    const deadline = clock.monotonic() + STABLE_TIMEOUT
    for (;;) {
      // Some may have been taken away again; the others still need an answer.
      const partitions = tasks.filter(({ status }) => status !== 'closed').flatMap((task) => task.partitions)
      if (partitions.length === 0) return []
      try {
        const committed = await transport.admin.committedOffsets(settings.name, partitions, { requireStable: true })
        const bounds = await transport.admin.offsets(partitions)
        const definitions = partitions.map(({ topic }) => topology.topics.get(topic)!.definition)
        const starts = startOffsets(definitions, committed, bounds, logger)
        const fresh = starts.filter(({ commit }) => commit)
        if (fresh.length > 0) await consumer().commit(fresh)
        return starts
      } catch (error) {
        // Who has lost partitions meanwhile is told by a hook, and may still have others.
        const lost = isFaustError(error, 'FAUST_GENERATION_STALE') || isFaustError(error, 'FAUST_MEMBER_UNKNOWN')
        if (!(lost || (isFaustError(error) && error.retriable)) || clock.monotonic() > deadline) throw error
        await sleep(clock, RETRY_PAUSE)
      }
    }
  }

  async #bringUp(
    task: Task,
    asked: Promise<readonly StartOffset[]>,
    epoch: number,
    signal: AbortSignal,
  ): Promise<void> {
    const { consumer, cycle, settings, store, topology } = this.#parts
    // A partition that is taken away again must not wait for an answer that may never come.
    const starts = await abortable(asked, signal, 'The opening of a task')
    if (task.group.tables.length > 0) {
      // A cycle may still be writing for an earlier owner of these shards: this very worker.
      await abortable(cycle.idle(), signal, 'The opening of a task')
      for (const name of task.group.tables) {
        if (signal.aborted) return
        const table = topology.tables.get(name)!
        const shard = await store.open(name, task.partition, { mode: 'active', epoch })
        const log = topology.topics.get(table.changelog)!.id
        const context = this.#context(task, name)
        task.shards.set(name, new TableShard(table, task.partition, shard, log, settings.tableCacheBytes, context))
      }
      await restore(this.#parts, [...task.shards.values()], signal)
      for (const { keeper } of task.shards.values()) await keeper?.load()
    }
    const mine = starts.filter((start) => start.partition === task.partition && task.group.topics.includes(start.topic))
    this.#goLive(task, mine)
    for (const start of mine) consumer().seek(start, start.offset)
    consumer().resume(mine)
  }

  /** What the keeper of a shard gets of its task. */
  #context(task: Task, table: string): Omit<KeeperContext, 'shard'> {
    const { clock, commitSoon, emit, topology } = this.#parts
    const feeding = new Set(
      topology.readings.filter(({ tables }) => tables.includes(table)).flatMap(({ topics }) => topics),
    )
    const sources = (): readonly PartitionQueue[] => task.queues.filter(({ topic }) => feeding.has(topic.name))
    return { clock, sources, commitSoon, emit }
  }

  /** Registers queues and every agent's subscription before the first record can come. */
  #goLive(task: Task, starts: readonly StartOffset[]): void {
    const { settings, topology } = this.#parts
    const fresh: Subscription[] = []
    for (const { topic, partition, offset, time } of starts) {
      const { definition } = topology.topics.get(topic)!
      const queue = new PartitionQueue(definition, partition, offset, time, settings.queue, this.#pressure)
      task.queues.push(queue)
      this.#queues.set(partitionKey(topic, partition), queue)
      for (const { subscriber, topics } of topology.readings) {
        if (topics.includes(topic)) fresh.push(new Subscription(subscriber, task, queue, offset, time))
      }
    }
    for (const subscription of fresh) subscription.queue.readers.push(subscription)
    task.status = 'live'
    for (const subscription of fresh) subscription.subscriber.attach(subscription)
  }

  /** Takes partitions out of the assignment; answers the tasks that can't go on without them. */
  #forget(partitions: readonly TopicPartition[]): readonly Task[] {
    const found = new Set<Task>()
    for (const { topic, partition } of partitions) {
      this.#assigned.delete(partitionKey(topic, partition))
      const group = this.#groupOf.get(topic)
      const task = group && this.#tasks.get(taskId(group, partition))
      if (task !== undefined) found.add(task)
    }
    return [...found]
  }

  async #close(tasks: readonly Task[]): Promise<void> {
    this.#removed += tasks.length
    const openings: Promise<void>[] = []
    for (const task of tasks) {
      task.close()
      this.#tasks.delete(task.id)
      const opening = this.#openings.get(task)
      opening?.abort.abort()
      if (opening !== undefined) openings.push(opening.done)
      for (const queue of task.queues) this.#queues.delete(partitionKey(queue.topic.name, queue.partition))
    }
    await Promise.all(openings)
    await Promise.all(tasks.flatMap((task) => [...task.shards.values()].map((shard) => shard.store.close())))
  }

  readonly #pressure = (queue: PartitionQueue, full: boolean): void => {
    const { consumer, sensor } = this.#parts
    const place = { topic: queue.topic.name, partition: queue.partition }
    if (full) consumer().pause([place])
    else consumer().resume([place])
    sensor.onBackPressure?.({ ...place, paused: full, records: queue.records, bytes: queue.bytes })
  }
}

function taskId(group: TaskGroup, partition: number): string {
  return `${group.id} ${partition}`
}
