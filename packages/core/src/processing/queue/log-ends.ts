import type { Clock } from '../../service/clock.ts'
import { messageOf } from '../../service/errors.ts'
import type { Logger } from '../../service/logger.ts'
import type { Transport } from '../../transport/transport.ts'
import type { PartitionQueue } from './partition-queue.ts'

/** What the log is asked with. */
export interface LogEndsParts {
  readonly clock: Clock
  readonly logger: Logger
  readonly transport: Transport
}

/**
 * Asks the log whether partitions that give nothing have nothing. Who only waits for records cannot tell a quiet
 * partition from a log that is out of reach. One question at a time, for all that want to know it meanwhile.
 */
export class LogEnds {
  readonly #parts: LogEndsParts
  readonly #emptyAt = new WeakMap<PartitionQueue, number>()
  readonly #wanted = new Set<PartitionQueue>()
  #asking = false

  constructor(parts: LogEndsParts) {
    this.#parts = parts
  }

  /**
   * When the log is known to have had nothing beyond the queue's position for the last time, by the monotonic clock;
   * `-Infinity` when it is not known. Asks anew, without waiting: the answer is there for a later call.
   */
  emptyAt(queue: PartitionQueue): number {
    this.#wanted.add(queue)
    if (!this.#asking) void this.#ask()
    return this.#emptyAt.get(queue) ?? -Infinity
  }

  async #ask(): Promise<void> {
    const { clock, logger, transport } = this.#parts
    this.#asking = true
    // Shards of one cycle come together.
    await Promise.resolve()
    const queues = [...this.#wanted]
    this.#wanted.clear()
    // The answer is of this moment or a later one.
    const now = clock.monotonic()
    try {
      const bounds = await transport.admin.offsets(
        queues.map(({ partition, topic }) => ({ topic: topic.name, partition })),
      )
      for (const [index, queue] of queues.entries()) {
        // Records of an open transaction count: they are there, although nobody can read them yet.
        if (bounds[index]!.logEnd <= queue.position) this.#emptyAt.set(queue, now)
      }
    } catch (error) {
      logger.debug({ error: messageOf(error) }, 'The log could not be asked whether partitions are quiet')
    } finally {
      this.#asking = false
    }
  }
}
