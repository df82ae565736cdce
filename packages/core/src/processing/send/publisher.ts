import type { Sensor } from '../../sensor/sensor.ts'
import type { Clock } from '../../service/clock.ts'
import { type Deferred, deferred } from '../../service/deferred.ts'
import type { Producer } from '../../transport/producer.ts'
import { type OutgoingRecord, partitionKey } from '../../transport/record.ts'
import { sizeOf } from './outbox.ts'
import { reportSent } from './report-sent.ts'

/** Where a record stands. */
export interface RecordCoordinates {
  readonly topic: string
  readonly partition: number
  /** -1 where the log knew the record already and no longer says where it is. */
  readonly offset: number
}

interface Pending {
  readonly topic: string
  readonly partition: number
  readonly records: OutgoingRecord[]
  readonly senders: Deferred<RecordCoordinates>[]
}

/**
 * Sends from outside handlers: nobody commits for them, so each one learns itself what became of its record. Sends made
 * in one go travel together.
 */
export class Publisher {
  readonly #producer: Producer
  readonly #clock: Clock
  readonly #sensor: Sensor
  #pending = new Map<string, Pending>()
  #records = 0

  constructor(producer: Producer, clock: Clock, sensor: Sensor) {
    this.#producer = producer
    this.#clock = clock
    this.#sensor = sensor
  }

  /** How many records are not acknowledged yet. */
  get records(): number {
    return this.#records
  }

  /** Resolves when the log has acknowledged the record. */
  publish(topic: string, partition: number, record: OutgoingRecord): Promise<RecordCoordinates> {
    const id = partitionKey(topic, partition)
    let pending = this.#pending.get(id)
    if (pending === undefined) {
      pending = { topic, partition, records: [], senders: [] }
      this.#pending.set(id, pending)
      const batch = pending
      queueMicrotask(() => {
        this.#pending.delete(id)
        void this.#send(batch)
      })
    }
    const sender = deferred<RecordCoordinates>()
    pending.records.push(record)
    this.#records++
    pending.senders.push(sender)
    return sender.promise
  }

  async #send({ topic, partition, records, senders }: Pending): Promise<void> {
    const begun = this.#clock.monotonic()
    const bytes = records.reduce((sum, record) => sum + sizeOf(record), 0)
    let error: unknown
    try {
      const { baseOffset } = await this.#producer.send(topic, partition, records)
      for (const [index, sender] of senders.entries()) {
        sender.resolve({ topic, partition, offset: baseOffset < 0 ? -1 : baseOffset + index })
      }
    } catch (caught) {
      error = caught
      for (const sender of senders) sender.reject(caught)
    }
    this.#records -= records.length
    reportSent(this.#sensor, { topic, partition, records, bytes }, this.#clock.monotonic() - begun, error)
  }
}
