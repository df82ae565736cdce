import type { Sensor } from '../../sensor/sensor.ts'
import type { Clock } from '../../service/clock.ts'
import type { Producer } from '../../transport/producer.ts'
import type { OutputBatch } from './waiting-outputs.ts'

/** Records that are handed to the producer at once: it packs them as the log takes them. */
const BATCH = 1000

/** Sends outputs that a cycle has taken; each promise settles with the log's answer. */
export function sendOutputs(
  batches: readonly OutputBatch[],
  { clock, producer, sensor }: { readonly clock: Clock; readonly producer: Producer; readonly sensor: Sensor },
): readonly Promise<undefined>[] {
  const begun = clock.monotonic()
  return batches.map(async ({ topic, partition, records, bytes }) => {
    const facts = { topic, partition, count: records.length, bytes }
    const sends: Promise<unknown>[] = []
    for (let at = 0; at < records.length; at += BATCH) {
      const part = records.length <= BATCH ? records : records.slice(at, at + BATCH)
      sends.push(producer.send(topic, partition, part))
    }
    try {
      await Promise.all(sends)
      sensor.onSent?.({ ...facts, duration: clock.monotonic() - begun })
      return undefined
    } catch (error) {
      await Promise.allSettled(sends)
      sensor.onSent?.({ ...facts, duration: clock.monotonic() - begun, error })
      throw error
    }
  })
}
