import type { Sensor } from '../sensor/sensor.ts'
import type { Clock } from '../service/clock.ts'
import { isFaustError, messageOf } from '../service/errors.ts'
import type { Logger } from '../service/logger.ts'
import type { Pacer } from '../service/pacer.ts'
import { sleep } from '../service/wait.ts'
import type { GroupConsumer } from '../transport/group.ts'
import { afterLoss } from './rebalance/start-offsets.ts'
import type { TaskManager } from './rebalance/task-manager.ts'
import type { Topology } from './topology.ts'
import type { WorkerSettings } from './worker-settings.ts'

/** What the intake works with. */
export interface IntakeParts {
  readonly clock: Clock
  readonly logger: Logger
  readonly sensor: Sensor
  readonly pacer: Pacer
  readonly settings: WorkerSettings
  readonly topology: Topology
  readonly tasks: TaskManager
  readonly consumer: GroupConsumer
}

/** Ms that one poll waits for records. */
const POLL_WAIT = 1000
/** Ms between two polls while the log does not answer. */
const RETRY_PAUSE = 50
/** Ms without a record after which the worker says what it waits for. */
const IDLE = 10_000

/**
 * Polls for the whole worker and gives each partition's batch to its queue, until the signal fires. What comes for a
 * partition that is no longer owned is dropped: whoever has it now reads it again. While the log does not answer it is
 * asked again: the session decides what this worker still has.
 */
export async function intake(parts: IntakeParts, signal: AbortSignal): Promise<void> {
  const { clock, consumer, pacer, sensor, settings, tasks } = parts
  const options = { maxWait: POLL_WAIT, maxRecords: settings.pollRecords, maxBytes: settings.pollBytes, signal }
  let last = clock.monotonic()
  let told = false
  let cut = false
  while (!signal.aborted) {
    let received = 0
    try {
      for (const batch of await consumer.poll(options)) {
        const { topic, partition, records, bytes, nextOffset, highWatermark } = batch
        const queue = tasks.queue(topic, partition)
        if (queue === undefined) continue
        received += records.length
        const lag = highWatermark - nextOffset
        sensor.onReceived?.({ topic, partition, count: records.length, bytes, nextOffset, lag })
        queue.push(batch)
      }
      cut = false
    } catch (error) {
      if (signal.aborted) return
      if (isFaustError(error) && error.retriable) {
        if (!cut) parts.logger.warn({ error: messageOf(error) }, 'The log could not be read; it is asked again')
        cut = true
        await sleep(clock, RETRY_PAUSE, signal).catch(() => {})
      } else {
        skipLoss(parts, error)
      }
    }
    if (received > 0) {
      last = clock.monotonic()
      told = false
      await pacer.breathe()
    } else if (busy(tasks)) {
      last = clock.monotonic()
    } else if (!told && clock.monotonic() - last >= IDLE) {
      told = true
      sayIdle(parts)
    }
  }
}

/**
 * Goes on behind records that were deleted before they were read; any other failure is passed on. A log that has lost
 * its end is one: what is in memory here counts on it, so only a restart can begin anew.
 */
function skipLoss(parts: IntakeParts, error: unknown): void {
  if (!isFaustError(error, 'FAUST_OFFSET_OUT_OF_RANGE')) throw error
  const { topic, partition, offset, logStart, logEnd } = error.details as Record<string, number> & { topic: string }
  const known = parts.topology.topics.get(topic)
  if (known === undefined || partition === undefined || offset! > logEnd!) throw error
  const next = afterLoss(known.definition, partition, offset!, logStart!, logEnd!, parts.logger)
  parts.consumer.seek({ topic, partition }, next)
}

/** Something is being opened, queued or worked on. */
function busy(tasks: TaskManager): boolean {
  return tasks.tasks.some(
    ({ queues, status }) =>
      status !== 'live' ||
      queues.some(({ readers, records }) => records > 0 || readers.some(({ unsettled }) => unsettled > 0)),
  )
}

function sayIdle({ logger, consumer, topology }: IntakeParts): void {
  const topics = new Set(topology.groups.flatMap((group) => group.topics))
  const assigned = consumer.assignment().length
  logger.info(
    assigned === 0
      ? `Idle: this worker has no partition of ${[...topics].join(', ')}; other workers of the app have them`
      : `Idle for ${IDLE / 1000} s: waiting for records in ${[...topics].join(', ')}`,
  )
}
