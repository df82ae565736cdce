import { isFaustError, messageOf } from '../../service/errors.ts'
import { encodeDeadLetter } from '../../topic/dead-letter.ts'
import type { FailedValue } from '../queue/failed-value.ts'
import type { Delivery } from '../task/delivery.ts'
import type { Worker } from '../worker.ts'

/**
 * Sends a value that an agent gave up to `topic`, into the partition of the number it came from. It is an output like
 * those of a handler: no offset is committed past the value before the letter is in the log.
 */
export function sendDeadLetter(
  worker: Worker,
  topic: string,
  agent: string,
  delivery: Delivery,
  failed: FailedValue,
): void {
  const { record, span, subscription } = delivery
  const { partition, topic: source } = subscription.queue
  const { error } = failed
  const known = worker.parts.topology.topics.get(topic)!
  const letter = encodeDeadLetter(
    {
      app: worker.parts.settings.name,
      agent,
      source: { topic: source.name, partition, offset: record.offset },
      timestamp: record.timestamp,
      // Bytes may be views into a buffer that is used again.
      key: record.key && record.key.slice(),
      value: record.value && record.value.slice(),
      headers: span?.inject({ kind: 'deadLetter', topic, headers: record.headers }) ?? record.headers,
      body: record.error === undefined ? 'kept' : 'unreadable',
      attempts: failed.attempts,
      error: messageOf(error),
      code: isFaustError(error) ? error.code : undefined,
      stack: error instanceof Error ? (error.stack ?? '') : '',
      failedAt: worker.parts.clock.now(),
    },
    known.maxRecordBytes,
  )
  const sent = worker.outputs.add(subscription.task, topic, partition % known.partitions, letter)
  // Nobody waits for room here: what a value leaves behind is small, and its partition goes on.
  void sent?.catch(() => {})
}
