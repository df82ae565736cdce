import type { Clock } from '../service/clock.ts'
import { messageOf } from '../service/errors.ts'
import type { Logger } from '../service/logger.ts'
import { sleep } from '../service/wait.ts'
import type { Transport } from '../transport/transport.ts'
import type { TaskManager } from './rebalance/task-manager.ts'

/** Ms between two trims. */
const INTERVAL = 30_000

/**
 * Deletes from the app's repartition topics what it has read and committed: they are made without a time limit, so
 * that nothing is lost however far a worker falls behind. Failures only cost space and are repeated.
 */
export async function trimRepartitionTopics(
  parts: { readonly clock: Clock; readonly logger: Logger; readonly transport: Transport; readonly tasks: TaskManager },
  signal: AbortSignal,
): Promise<void> {
  const { clock, logger, tasks, transport } = parts
  if (!transport.supports.deleteRecords) return
  // By queue, weakly: a partition that leaves must not be kept by what was trimmed of it.
  const trimmed = new WeakMap<object, number>()
  while (!signal.aborted) {
    try {
      await sleep(clock, INTERVAL, signal)
    } catch {
      return
    }
    const queues = tasks.live
      .flatMap((task) => task.queues)
      .filter((queue) => queue.topic.internal && queue.committed > (trimmed.get(queue) ?? 0))
    if (queues.length === 0) continue
    const before = queues.map(({ topic, partition, committed }) => ({
      topic: topic.name,
      partition,
      offset: committed,
    }))
    try {
      await transport.admin.deleteRecords(before)
      for (const [index, queue] of queues.entries()) trimmed.set(queue, before[index]!.offset)
    } catch (error) {
      logger.warn({ error: messageOf(error) }, 'Repartition topics could not be trimmed; the next try is in 30 s')
    }
  }
}
