import type { Assignor } from '../../assignment/assignor.ts'
import { settledWithin } from '../../service/wait.ts'
import type { GroupHooks, GroupMembership } from '../../transport/group.ts'
import { partitionKey, type TopicPartition } from '../../transport/record.ts'
import { reportReleased } from '../commit/report.ts'
import type { PartitionQueue } from '../queue/partition-queue.ts'
import { type OutputRoom, WaitingOutputs } from '../send/waiting-outputs.ts'
import { type TaskGroup, taskId } from '../task/task-group.ts'
import { Task } from '../task/task.ts'
import { describePartitions } from './describe-partitions.ts'
import { LiveQueues } from './live-queues.ts'
import { TaskOpenings, type TaskOpeningsParts } from './task-openings.ts'

/** What the task manager works with. */
export interface TaskManagerParts extends TaskOpeningsParts {
  readonly assignor: Assignor
  /** What the outputs of all tasks may take while they wait for a cycle. */
  readonly room: OutputRoom
}

/** What calls are told whose value in hand was taken away. */
const TAKEN_AWAY = 'the partition of the value in hand was taken away'
const WENT_BACK = 'what it was part of goes back to the last commit, and the value in hand comes again'

/**
 * Owns the tasks of a worker and moves them as the group's assignment changes. Kept tasks are never touched. Opening a
 * task (offsets, shards, restore) goes on beside the hooks, so that kept tasks process and commit meanwhile.
 */
export class TaskManager implements GroupHooks {
  /** False before the first assignment, and from the loss of the membership until the next one. */
  member = false
  readonly #parts: TaskManagerParts
  readonly #tasks = new Map<string, Task>()
  readonly #queues: LiveQueues
  readonly #assigned = new Set<string>()
  readonly #openings: TaskOpenings
  readonly #groupOf = new Map<string, TaskGroup>()
  #joining = false
  #joinSent = false
  #generation = 0
  /** It has had an assignment. */
  #welcomed = false
  #rebalanceSince = -1
  #removed = 0

  constructor(parts: TaskManagerParts) {
    this.#parts = parts
    this.#queues = new LiveQueues(parts)
    this.#openings = new TaskOpenings(parts, {
      generation: () => this.#generation,
      opened: (task, starts) => this.#queues.open(task, starts),
    })
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

  /** True from before a join until what it has given this worker is known. */
  get rebalancing(): boolean {
    return this.#rebalanceSince >= 0
  }

  /** True while a join may be under way that does not wait for a cycle: no offset is sent then. */
  get joinSent(): boolean {
    return this.#joinSent
  }

  /** The queue of a partition whose task is live. */
  queue(topic: string, partition: number): PartitionQueue | undefined {
    return this.#queues.get(topic, partition)
  }

  /** Resolves when every task that is being opened is live or gone. */
  opened(): Promise<void> {
    return this.#openings.allEnded()
  }

  async onRejoin(): Promise<void> {
    const { clock, cycle, settings } = this.#parts
    this.#joining = true
    if (this.#rebalanceSince < 0) this.#rebalanceSince = clock.monotonic()
    await settledWithin(clock, cycle.idle(), settings.rebalanceTimeout / 2)
    this.#joinSent = this.#joining
  }

  /** Commits what the leaving tasks have done, within half the rebalance time-out; else they are given up as lost. */
  async onRevoked(partitions: readonly TopicPartition[]): Promise<void> {
    const { clock, cycle, logger, settings } = this.#parts
    this.#joining = this.#joinSent = false
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
    // A cycle that failed has put others in their places, which go back to the last commit.
    await this.#close(leaving.map((task) => this.#tasks.get(task.id) ?? task))
  }

  async onLost(partitions: readonly TopicPartition[]): Promise<void> {
    this.#joining = this.#joinSent = this.member = false
    this.#parts.logger.warn(
      { partitions: partitions.length },
      'Membership of the group was lost; its partitions went to other workers, which repeat what was not committed',
    )
    this.#parts.cycle.lost()
    await this.#close(this.#forget(partitions))
  }

  onAssigned(partitions: readonly TopicPartition[], membership: GroupMembership): Promise<void> {
    const { assignor, clock, consumer, sensor, standbys } = this.#parts
    this.#joining = this.#joinSent = false
    this.member = true
    const kept = this.#tasks.size
    for (const { topic, partition } of partitions) this.#assigned.add(partitionKey(topic, partition))
    this.#generation = membership.generation
    const fresh = this.#complete(partitions)
    for (const task of fresh) this.#tasks.set(task.id, task)
    if (fresh.length > 0) this.#openings.open(fresh)
    const current = assignor.current()
    if (current !== undefined) standbys.follow(current, (task) => this.#tasks.has(task))
    const duration = this.#rebalanceSince < 0 ? 0 : clock.monotonic() - this.#rebalanceSince
    const changes = { added: fresh.length, removed: this.#removed }
    sensor.onRebalance?.({ generation: this.#generation, ...changes, kept, duration })
    if (changes.added + changes.removed > 0) this.#sayWhatIsHere(changes)
    this.#removed = 0
    this.#rebalanceSince = -1
    // A restarted static member got what was planned for its predecessor, who can't give up and join again what the
    // others wait for. Data that differ make the group plan anew.
    const orphaned = current?.again === true && !this.#welcomed && membership.instanceId !== undefined
    this.#welcomed = true
    if (current?.stale === true || orphaned) {
      assignor.touch()
      consumer().rejoin('the assignment was made for a predecessor of this worker')
    }
    return Promise.resolve()
  }

  /**
   * Takes a live task back to its last committed state: what it wrote and sent since is dropped, calls that have a value
   * of it in hand end (`FAUST_LEASE_ENDED`), and it reads again from its committed offsets. From this call on nothing of
   * it is handed over or committed; a cycle that has taken something of it before finishes first. Resolves when it has
   * begun to read again, or is somebody else's. Sends of at-least-once are in the log already and stay there.
   */
  async rewind(task: Task): Promise<void> {
    task.halt()
    await this.#parts.cycle.between(() => this.takeBack([task]))
    const again = this.#tasks.get(task.id)
    if (again !== undefined) await this.#openings.ended([again])
  }

  /**
   * The same for several tasks, at once: called by a cycle that failed, and between cycles. They are opened anew when the
   * cycle has ended.
   */
  takeBack(tasks: readonly Task[]): void {
    const { consumer } = this.#parts
    const back = tasks.filter((task) => task.status === 'live' && this.#tasks.get(task.id) === task)
    if (back.length === 0) return
    consumer().pause(back.flatMap((task) => task.partitions))
    const again = back.map((task) => this.#task(task.group, task.partition))
    for (const task of back) this.#end(task, WENT_BACK)
    for (const task of again) this.#tasks.set(task.id, task)
    // Whoever calls writes to their shards no more.
    this.#openings.open(again, Promise.all(back.map((task) => task.closeShards())))
  }

  /** Gives everything up without a commit. */
  async closeAll(): Promise<void> {
    this.#assigned.clear()
    await Promise.all([this.#close(this.tasks), this.#parts.standbys.close()])
  }

  #sayWhatIsHere(changes: { readonly added: number; readonly removed: number }): void {
    const here = describePartitions(this.tasks.flatMap((task) => task.partitions))
    const generation = this.#generation
    this.#parts.logger.info(
      { generation, ...changes },
      here === '' ? 'This worker has no partitions now' : `Partitions of this worker: ${here}`,
    )
  }

  /** New tasks all of whose partitions are here: one that comes in parts is opened when it is whole. */
  #complete(partitions: readonly TopicPartition[]): readonly Task[] {
    const found = new Map<string, Task>()
    for (const { topic, partition } of partitions) {
      const group = this.#groupOf.get(topic)
      if (group === undefined) continue
      const id = taskId(group, partition)
      const whole = group.topics.every((name) => this.#assigned.has(partitionKey(name, partition)))
      if (whole && !this.#tasks.has(id)) found.set(id, this.#task(group, partition))
    }
    return [...found.values()]
  }

  #task(group: TaskGroup, partition: number): Task {
    const outputs = new WaitingOutputs(this.#parts.room)
    const exact = this.#parts.settings.guarantee === 'exactly-once'
    return new Task(taskId(group, partition), group, partition, { ...this.#parts, outputs, exact })
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
    for (const task of tasks) {
      this.#end(task, TAKEN_AWAY)
      this.#tasks.delete(task.id)
      this.#openings.end(task)
    }
    await this.#openings.ended(tasks)
    await Promise.all(tasks.map((task) => task.closeShards()))
    reportReleased(this.#parts.sensor, tasks)
  }

  /** Nothing of a task may have an effect any more. */
  #end(task: Task, why: string): void {
    task.close(why)
    this.#queues.close(task)
  }
}
