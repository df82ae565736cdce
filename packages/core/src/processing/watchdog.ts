import type { Sensor } from '../sensor/sensor.ts'
import type { Clock } from '../service/clock.ts'
import { messageOf } from '../service/errors.ts'
import type { Logger } from '../service/logger.ts'
import { settledWithin, sleep } from '../service/wait.ts'
import type { GroupConsumer } from '../transport/group.ts'
import type { Transport } from '../transport/transport.ts'
import type { CommitCycle } from './commit/commit-cycle.ts'
import type { PartitionQueue } from './queue/partition-queue.ts'
import type { QueueReader } from './queue/queue-reader.ts'
import type { TaskManager } from './rebalance/task-manager.ts'
import { describeStall, type Stall, type StallAction, stalled } from './stall.ts'

/** What a watchdog looks at. */
export interface WatchdogParts {
  readonly clock: Clock
  readonly logger: Logger
  readonly sensor: Sensor
  readonly transport: Transport
  readonly tasks: TaskManager
  readonly cycle: CommitCycle
  readonly consumer: () => GroupConsumer
  readonly settings: { readonly stallTimeout: number; readonly onStall: StallAction }
  readonly crash: (error: unknown) => void
}

/** Looks within the time that something may stand still. */
const LOOKS = 4

/** Where something was when it was seen to have moved last. */
interface Mark {
  readonly offset: number
  readonly since: number
}

/**
 * Notices what no longer moves: a handler that does not end, a commit that does not end, a partition of which nothing is
 * fetched although the log has more. It looks once in a while at what is there anyway, so nothing on the record path
 * pays for it. What it finds is logged once, told to the sensor and shown by the app's status until it moves again.
 */
export class Watchdog {
  readonly #parts: WatchdogParts
  readonly #handlers = new WeakMap<QueueReader, Mark>()
  readonly #fetches = new WeakMap<PartitionQueue, Mark>()
  #stalls: readonly Stall[] = []

  constructor(parts: WatchdogParts) {
    this.#parts = parts
  }

  /** What stood still at the last look. */
  get stalls(): readonly Stall[] {
    return this.#stalls
  }

  /** Looks until the signal fires. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, settings } = this.#parts
    for (;;) {
      await sleep(clock, settings.stallTimeout / LOOKS, signal).catch(() => {})
      if (signal.aborted) return
      this.#tell([...this.#handlersNow(), ...this.#commitNow(), ...(await this.#fetchesNow())])
    }
  }

  #tell(stalls: readonly Stall[]): void {
    const { crash, logger, sensor, settings } = this.#parts
    const known = new Set(this.#stalls.map((stall) => keyOf(stall)))
    const now = new Set(stalls.map((stall) => keyOf(stall)))
    for (const stall of this.#stalls) {
      if (!now.has(keyOf(stall)) && settings.onStall === 'log') logger.info(factsOf(stall), 'It moves again')
    }
    this.#stalls = stalls
    for (const stall of stalls) {
      if (known.has(keyOf(stall))) continue
      logger.error(factsOf(stall), describeStall(stall))
      sensor.onStall?.(stall)
      if (settings.onStall === 'restart') this.#restart(stall)
      if (settings.onStall === 'stop') crash(stalled(stall))
    }
  }

  /**
   * A handler's call ends and its value has failed; a fetch begins anew; a commit can only be ended with the app. What is
   * begun anew may stand still anew.
   */
  #restart(stall: Stall): void {
    const { consumer, crash, tasks } = this.#parts
    const { agent, kind, offset, partition, topic } = stall
    if (kind === 'commit') return crash(stalled(stall))
    const queue = tasks.queue(topic, partition)
    if (queue === undefined) return
    if (kind === 'fetch') {
      this.#fetches.delete(queue)
      return consumer().seek({ topic, partition }, offset)
    }
    for (const reader of queue.readers) {
      if (reader.name !== agent) continue
      this.#handlers.delete(reader)
      reader.stalled(stalled(stall))
    }
  }

  #handlersNow(): readonly Stall[] {
    const found: Stall[] = []
    for (const queue of this.#queues()) {
      for (const reader of queue.readers) {
        const offset = reader.oldestInHand
        const duration = this.#duration(this.#handlers, reader, offset)
        if (offset >= 0 && duration >= this.#limit)
          found.push({ kind: 'handler', agent: reader.name, ...placeOf(queue), offset, duration })
      }
    }
    return found
  }

  #commitNow(): readonly Stall[] {
    const { clock, cycle } = this.#parts
    const { running } = cycle
    if (running === undefined) return []
    const duration = clock.monotonic() - running.since
    const [first] = running.offsets()
    return duration < this.#limit || first === undefined ? [] : [{ kind: 'commit', ...first, duration }]
  }

  /** The log is asked only about partitions that seem to have nothing. */
  async #fetchesNow(): Promise<readonly Stall[]> {
    const { clock, logger, tasks, transport } = this.#parts
    if (tasks.joining) return []
    const still = this.#queues().filter(
      (queue) => !queue.full && this.#duration(this.#fetches, queue, queue.position) >= this.#limit,
    )
    if (still.length === 0) return []
    const asked = transport.admin.offsets(still.map((queue) => placeOf(queue)))
    try {
      // Whoever does not answer in time is asked again at the next look.
      if (!(await settledWithin(clock, asked, this.#limit / LOOKS))) return []
    } catch (error) {
      logger.debug({ error: messageOf(error) }, 'The log could not be asked how far it reaches')
      return []
    }
    const bounds = await asked
    return still.flatMap((queue, index): readonly Stall[] => {
      const duration = this.#duration(this.#fetches, queue, queue.position)
      if (bounds[index]!.lastStable <= queue.position || duration < this.#limit) return []
      return [{ kind: 'fetch', ...placeOf(queue), offset: queue.position, duration }]
    })
  }

  get #limit(): number {
    return this.#parts.settings.stallTimeout
  }

  #queues(): readonly PartitionQueue[] {
    return this.#parts.tasks.live.flatMap(({ queues }) => queues)
  }

  /** Ms since something was first seen at `offset`. */
  #duration<T extends object>(marks: WeakMap<T, Mark>, what: T, offset: number): number {
    const now = this.#parts.clock.monotonic()
    const mark = marks.get(what)
    if (mark?.offset === offset) return now - mark.since
    marks.set(what, { offset, since: now })
    return 0
  }
}

function placeOf({ partition, topic }: PartitionQueue): { readonly topic: string; readonly partition: number } {
  return { topic: topic.name, partition }
}

function keyOf({ agent = '', kind, offset, partition, topic }: Stall): string {
  return `${kind} ${agent} ${topic} ${partition} ${offset}`
}

function factsOf({ agent, kind, offset, partition, topic }: Stall): Readonly<Record<string, unknown>> {
  return { kind, ...(agent !== undefined && { agent }), topic, partition, offset }
}
