import type { Assignor } from '../assignment/assignor.ts'
import type { Sensor } from '../sensor/sensor.ts'
import type { Clock } from '../service/clock.ts'
import { FaustError, messageOf } from '../service/errors.ts'
import type { Logger } from '../service/logger.ts'
import { Pacer } from '../service/pacer.ts'
import { Pending } from '../service/pending.ts'
import { Semaphore } from '../service/semaphore.ts'
import { Service } from '../service/service.ts'
import type { StopBudget } from '../service/stop-budget.ts'
import { abortable, settledWithin, sleep } from '../service/wait.ts'
import type { Store } from '../store/store.ts'
import type { GroupConsumer } from '../transport/group.ts'
import type { Producer } from '../transport/producer.ts'
import type { Transport } from '../transport/transport.ts'
import { CommitCycle } from './commit/commit-cycle.ts'
import { createGuarantee } from './commit/create-guarantee.ts'
import type { Guarantee } from './commit/guarantee.ts'
import type { LetterTopics } from './dead-letter/letter-topics.ts'
import { intake } from './intake.ts'
import { LogEnds } from './queue/log-ends.ts'
import { replaceable } from './rebalance/replaceable.ts'
import { TaskManager } from './rebalance/task-manager.ts'
import { emit } from './send/emit.ts'
import { Outbox } from './send/outbox.ts'
import { type Outputs, sentAtOnce, sentByCycles } from './send/outputs.ts'
import { Publisher } from './send/publisher.ts'
import { OutputRoom } from './send/waiting-outputs.ts'
import { TableMemory } from './shard/table-memory.ts'
import { GlobalTables } from './standby/global-tables.ts'
import { LocalShards } from './standby/local-shards.ts'
import { StandbyManager } from './standby/standby-manager.ts'
import { removeUnaskedCopies } from './standby/unasked-copies.ts'
import type { Topology } from './topology.ts'
import { trimRepartitionTopics } from './trim.ts'
import { Watchdog } from './watchdog.ts'
import type { WorkerSettings } from './worker-settings.ts'
import type { FailingAgent } from './failing-agent.ts'

/** What a worker is made from. */
export interface WorkerParts {
  readonly clock: Clock
  readonly logger: Logger
  readonly sensor: Sensor
  readonly transport: Transport
  readonly store: Store
  readonly topology: Topology
  readonly settings: WorkerSettings
  readonly assignor: Assignor
  /** Its name among the app's workers: given, kept, or of this run. */
  readonly workerId: string
  /** The static identity, where the worker has one. */
  readonly instanceId: string | undefined
  /** Whether a stop tells the group, when the user has said so. */
  readonly leave: () => boolean | undefined
  /** Bounds its stop, with what is stopped before it. */
  readonly stopBudget: StopBudget
  /** Agents: started before the first partition comes, stopped before the last commit. */
  readonly agents: readonly WorkerAgent[]
  readonly pacer: Pacer
  /** By agent. */
  readonly letters: ReadonlyMap<string, LetterTopics>
}

/** What a worker knows of an agent. */
interface WorkerAgent {
  readonly name: string
  readonly failing: readonly FailingAgent[]
  start(): void
  stop(limit: number): Promise<boolean>
}

/**
 * One member of the app's group: polls, hands values to agents, commits in cycles. Its parts know nothing of agents or
 * tables beyond the interfaces they are given.
 */
export class Worker extends Service {
  readonly parts: WorkerParts
  readonly outbox: Outbox
  readonly outputs: Outputs
  readonly publisher: Publisher
  /** What handlers have sent that waits for a cycle. */
  readonly room: OutputRoom
  readonly cycle: CommitCycle
  readonly shards: LocalShards
  readonly standbys: StandbyManager
  readonly globals: GlobalTables
  readonly tasks: TaskManager
  readonly watchdog: Watchdog
  /** Serializers that records to be sent wait for. */
  readonly encodings: Pending = new Pending()
  /** The same of the running cycle: table entries, final windows. */
  readonly cycleEncodings: Pending = new Pending()
  /** By topic: the last send that waits for its serializer. */
  readonly encoding: Map<string, Promise<void>> = new Map()
  /** Its sends are in the log when they are acknowledged. */
  readonly #producer: Producer
  readonly #guarantee: Guarantee
  /** Ends the wait for the next cycle. */
  #soon = new AbortController()
  #consumer: GroupConsumer | undefined
  #polls: Promise<void> = Promise.resolve()

  constructor(parts: WorkerParts) {
    super('worker')
    this.parts = parts
    const { clock, sensor, settings, transport } = parts
    const crash = (error: unknown): void => this.crash(error)
    const consumer = (): GroupConsumer => this.#consumer!
    this.#producer = transport.producer()
    this.outbox = new Outbox(this.#producer, clock, sensor, settings.outbox, crash)
    this.outputs = settings.guarantee === 'exactly-once' ? sentByCycles(this.outbox) : sentAtOnce(this.outbox)
    this.publisher = new Publisher(this.#producer, clock, sensor)
    this.#guarantee = createGuarantee({
      ...parts,
      outbox: this.outbox,
      encodings: this.cycleEncodings,
      consumer,
      joinSent: () => this.tasks.joinSent,
      takeBack: (tasks) => this.tasks.takeBack(tasks),
      stopping: () => this.signal.aborted,
      crash,
    })
    this.cycle = new CommitCycle(clock, sensor, this.#guarantee)
    const commitSoon = (): void => this.#soon.abort()
    const makeRoom = (): void => {
      // What values in hand still write and send goes beyond the bound: they have to end before the cycle takes anything.
      for (const task of this.tasks.live) task.hold()
      commitSoon()
    }
    this.room = new OutputRoom(settings.outbox.bytes, makeRoom)
    const memory = new TableMemory({ cache: settings.tableCacheBytes, writes: settings.tableBufferBytes }, makeRoom)
    this.shards = new LocalShards(parts.store, parts.topology)
    const restores = new Semaphore(settings.restoreConcurrency)
    this.standbys = new StandbyManager({
      ...parts,
      restores,
      shards: this.shards,
      idle: () => this.cycle.idle(),
      warm: () => {
        parts.assignor.touch()
        consumer().rejoin('copies of tables are close enough for their partitions to move here')
      },
      crash,
    })
    this.globals = new GlobalTables({ ...parts, restores, signal: this.signal, crash })
    this.tasks = new TaskManager({
      ...parts,
      globals: this.globals,
      memory,
      shards: this.shards,
      standbys: this.standbys,
      restores,
      cycle: this.cycle,
      logEnds: new LogEnds(parts),
      consumer,
      room: this.room,
      commitSoon,
      emit: (task, topic, record) =>
        this.cycleEncodings.of(emit({ ...parts, outputs: this.outputs }, task, topic, record)),
      crash,
    })
    this.watchdog = new Watchdog({ ...parts, tasks: this.tasks, cycle: this.cycle, consumer, crash })
  }

  /** Commits now what agents have done; false when it failed and the next cycle repeats it. */
  commit(): Promise<boolean> {
    return this.cycle.run(() => this.tasks.live, { limit: this.parts.settings.quietTimeout, leaving: false })
  }

  protected override async onStart(): Promise<void> {
    const starting = <T>(step: PromiseLike<T>): Promise<T> => abortable(step, this.signal, 'The start of the worker')
    await starting(Promise.all([this.#producer.init(), this.#guarantee.init()]))
    await starting(this.globals.start())
    if (this.parts.agents.length === 0) return starting(this.globals.ready([...this.parts.topology.globals.keys()]))
    const { assignor, settings, transport, logger } = this.parts
    for (const agent of this.parts.agents) agent.start()
    const consumer = transport.groupConsumer({
      group: settings.name,
      assignor,
      hooks: this.tasks,
      protocol: transport.supports.cooperative ? 'cooperative' : 'eager',
      isolation: 'read-committed',
      instanceId: this.parts.instanceId,
      sessionTimeout: settings.sessionTimeout,
      heartbeatInterval: settings.heartbeatInterval,
      rebalanceTimeout: settings.rebalanceTimeout,
    })
    this.#consumer = consumer
    await starting(this.shards.load())
    await starting(consumer.start())
    this.#polls = this.run('The intake', () => intake({ ...this.parts, tasks: this.tasks, consumer }, this.signal))
    void this.run('The commit cycle', () => this.#commitRegularly())
    void this.run('The watchdog', () => this.watchdog.run(this.signal))
    void this.run('Trimming', () => trimRepartitionTopics({ ...this.parts, tasks: this.tasks }, this.signal))
    const { shards, standbys, tasks } = this
    void this.run('The removal of copies', () =>
      removeUnaskedCopies({ ...this.parts, shards, standbys, tasks }, this.signal),
    )
    await starting(this.tasks.opened())
    logger.debug({ tasks: this.tasks.live.length }, 'All assigned partitions are live')
  }

  /** What is in work is finished and committed, within `stopTimeout`; what is only queued stays for the next worker. */
  protected override async onStop(): Promise<void> {
    const { assignor, clock, stopBudget, store } = this.parts
    // Asked while there are tasks. Who has no place to keep, or can be replaced at once, makes room.
    const leave =
      this.parts.leave() ??
      (this.parts.instanceId === undefined || replaceable(this.tasks.tasks, assignor.current(), store))
    try {
      await this.#stopAgents(this.state === 'crashed' ? 0 : stopBudget.step())
      await settledWithin(clock, this.#polls, stopBudget.step())
      if (this.state !== 'crashed') await this.#commitLast(stopBudget.step())
    } finally {
      // Everything is committed, or must not be: shards are free before the group hands the partitions on.
      await this.tasks.closeAll()
      await this.globals.close()
      await this.#leave(leave, stopBudget.step())
      const end = { within: stopBudget.rest() }
      await settledWithin(clock, Promise.all([this.#producer.close(end), this.#guarantee.close(end)]), end.within)
    }
  }

  async #stopAgents(limit: number): Promise<void> {
    const { agents, logger } = this.parts
    const inTime = await Promise.all(agents.map((agent) => agent.stop(limit)))
    const slow = agents.filter((_, index) => !inTime[index]).map(({ name }) => name)
    if (slow.length > 0 && limit > 0) {
      logger.warn({ agents: slow }, 'Handlers did not return in time; what they had in hand comes again')
    }
  }

  async #commitLast(limit: number): Promise<void> {
    const { clock, logger, settings } = this.parts
    // Whoever hangs is not quiet, and must not use up the time in which the others are committed.
    const quiet = Math.min(settings.quietTimeout, limit / 2)
    const last = this.cycle.run(() => this.tasks.live, { limit: quiet, leaving: true })
    if (!(await settledWithin(clock, last, limit))) {
      throw new FaustError(
        'FAUST_STOP_TIMEOUT',
        `The last commit took longer than ${Math.round(limit)} ms, its part of the ${settings.stopTimeout} ms that a stop ` +
          `may take (\`stopTimeout\`). Nothing is lost: what it would have committed is processed again by the next worker.`,
      )
    }
    if (!(await last))
      logger.warn('The last commit failed: what it would have committed is processed again by the next worker')
  }

  async #leave(leave: boolean, within: number): Promise<void> {
    const { clock, logger } = this.parts
    const left = this.#consumer?.close({ leave, within }) ?? Promise.resolve()
    await settledWithin(clock, left, within).catch((error: unknown) => {
      logger.warn({ error: messageOf(error) }, 'The group was not left properly; it waits for the session to end')
    })
  }

  /** A cycle every interval, or sooner when a table asks for it. */
  async #commitRegularly(): Promise<void> {
    const { clock, settings } = this.parts
    const end = (): void => this.#soon.abort()
    this.signal.addEventListener('abort', end, { once: true })
    while (!this.signal.aborted) {
      const { signal } = this.#soon
      await sleep(clock, settings.commitInterval, signal).catch(() => {})
      // Whoever asks while a cycle runs is served by the next one.
      this.#soon = new AbortController()
      if (!this.signal.aborted && !this.tasks.joining) await this.commit()
    }
  }
}
