import type { Sensor } from '../../sensor/sensor.ts'
import type { OutgoingRecord } from '../../transport/record.ts'

/** What went to the producer in one call. */
export interface SentBatch {
  readonly topic: string
  readonly partition: number
  readonly records: readonly OutgoingRecord[]
  readonly bytes: number
}

/** Tells the sensor what became of a call of the producer: without `error` it was acknowledged. */
export function reportSent(sensor: Sensor, batch: SentBatch, duration: number, error?: unknown): void {
  const { topic, partition, records, bytes } = batch
  sensor.onSent?.({
    topic,
    partition,
    count: records.length,
    bytes,
    duration,
    ...(error !== undefined && { error }),
  })
}
