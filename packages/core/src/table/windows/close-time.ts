import type { KeeperContext } from '../../processing/shard/table-layout.ts'
import type { PartitionQueue } from '../../processing/queue/partition-queue.ts'
import { NO_TIME } from '../../processing/queue/stream-time.ts'
import type { WindowRule } from './window-rule.ts'

/** Up to when windows close in a cycle. */
export interface CloseTime {
  /** `NO_TIME` when nothing is known yet. */
  readonly time: number
  /** It goes beyond what records say, because none came for a while. */
  readonly idle: boolean
}

/** How far a source was in the last cycle, and since when it is there. */
interface Seen {
  frontier: number
  since: number
}

const UNKNOWN: CloseTime = { time: NO_TIME, idle: false }

/**
 * Tells the time by which a shard's windows close: the clock's, or the smallest of its sources' stream times, each below
 * its frontier. With an `idle` time-out a source that has been read to its end and got nothing for so long is not waited
 * for; when all are so, stream time goes on as the clock does since the last record. Only what the log itself has shown to
 * be empty counts: while it is out of reach nothing comes either, but not because nothing was written.
 */
export class WindowClock {
  readonly #context: KeeperContext
  readonly #rule: Pick<WindowRule, 'time' | 'idle'>
  readonly #seen = new WeakMap<PartitionQueue, Seen>()

  constructor(context: KeeperContext, rule: Pick<WindowRule, 'time' | 'idle'>) {
    this.#context = context
    this.#rule = rule
  }

  /** The largest timestamp that was read, for readers outside handlers; the clock's where that is the table's time. */
  now(): number {
    if (this.#rule.time === 'clock') return this.#context.clock.now()
    return Math.max(NO_TIME, ...this.#context.sources().map(({ streamTime }) => streamTime))
  }

  /** Called once a cycle, in its quiet instant. */
  closeTime(): CloseTime {
    const { clock, sources } = this.#context
    if (this.#rule.time === 'clock') return { time: clock.now(), idle: false }
    const all = sources()
    if (all.length === 0) return UNKNOWN
    const { idle } = this.#rule
    const waits = idle === undefined ? all : all.filter((queue) => this.#quietFor(queue) < idle)
    if (waits.length > 0) return { time: Math.min(...waits.map(({ streamTime }) => streamTime)), idle: false }
    const time = Math.max(...all.map(({ streamTime }) => streamTime))
    if (time === NO_TIME) return UNKNOWN
    return { time: time + Math.floor(Math.min(...all.map((queue) => this.#quietFor(queue)))), idle: true }
  }

  /** Ms from when the source was first seen to have nothing more until it was last known to; 0 while it has. */
  #quietFor(queue: PartitionQueue): number {
    const { clock, emptyAt } = this.#context
    const now = clock.monotonic()
    const { frontier } = queue
    const seen = this.#seen.get(queue)
    if (seen === undefined || seen.frontier !== frontier || frontier < Math.max(queue.position, queue.logEnd)) {
      this.#seen.set(queue, { frontier, since: now })
      return 0
    }
    const { idle } = this.#rule
    // The log is asked only where the answer can matter.
    return idle === undefined || now - seen.since < idle ? 0 : Math.max(0, emptyAt(queue) - seen.since)
  }
}
