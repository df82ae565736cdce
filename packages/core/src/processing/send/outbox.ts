import type { Sensor } from '../../sensor/sensor.ts'
import type { Clock } from '../../service/clock.ts'
import { deferred, type Deferred } from '../../service/deferred.ts'
import type { Producer } from '../../transport/producer.ts'
import type { OutgoingRecord } from '../../transport/record.ts'
import { reportSent, type SentBatch } from './report-sent.ts'

/** Bounds of what waits to be sent or acknowledged. */
export interface OutboxLimits {
  /** Records of one partition that are handed to the producer at once. */
  readonly batch: number
  /** Bytes unacknowledged before senders have to wait. */
  readonly bytes: number
}

interface Pending {
  readonly topic: string
  readonly partition: number
  records: OutgoingRecord[]
  bytes: number
}

/**
 * What handlers send, on its way to the producer. Records are gathered until the loop has a pause, so that a send costs
 * no request and no promise of its own; they go in the order of the sends per partition. A failure is kept: the next
 * `flush` rejects with it, so no offset is committed past a record that was not written.
 */
export class Outbox {
  readonly #producer: Producer
  readonly #clock: Clock
  readonly #sensor: Sensor
  readonly #limits: OutboxLimits
  readonly #onFailure: (error: unknown) => void
  /** By topic, then by partition: a look-up for every record must not make a string. */
  readonly #pending = new Map<string, Pending[]>()
  #scheduled = false
  #inFlight = new Set<Promise<void>>()
  #bytes = 0
  #records = 0
  #room: Deferred<void> | undefined
  #failure: { readonly error: unknown } | undefined

  constructor(
    producer: Producer,
    clock: Clock,
    sensor: Sensor,
    limits: OutboxLimits,
    onFailure: (error: unknown) => void,
  ) {
    this.#producer = producer
    this.#clock = clock
    this.#sensor = sensor
    this.#limits = limits
    this.#onFailure = onFailure
  }

  /** How many records were taken and are not acknowledged. */
  get records(): number {
    return this.#records
  }

  /** Takes a record; a promise only when the sender has to wait for room. Throws what an earlier send failed with. */
  add(topic: string, partition: number, record: OutgoingRecord): Promise<void> | undefined {
    if (this.#failure !== undefined) throw this.#failure.error
    let partitions = this.#pending.get(topic)
    if (partitions === undefined) this.#pending.set(topic, (partitions = []))
    const pending = (partitions[partition] ??= { topic, partition, records: [], bytes: 0 })
    const size = sizeOf(record)
    pending.records.push(record)
    pending.bytes += size
    this.#bytes += size
    this.#records++
    if (pending.records.length >= this.#limits.batch) this.#send(pending)
    else if (!this.#scheduled) {
      this.#scheduled = true
      this.#clock.setImmediate(() => {
        this.#scheduled = false
        this.#sendAll()
      })
    }
    return this.#bytes > this.#limits.bytes ? (this.#room ??= deferred()).promise : undefined
  }

  /** Resolves when every record taken so far is acknowledged; rejects when one was not. */
  async flush(): Promise<void> {
    this.#sendAll()
    if (this.#inFlight.size > 0) await Promise.all(this.#inFlight)
    if (this.#failure !== undefined) throw this.#failure.error
  }

  #sendAll(): void {
    // Arrays by partition may have holes, which `forEach` leaves out.
    for (const partitions of this.#pending.values()) {
      partitions.forEach((pending) => {
        if (pending.records.length > 0) this.#send(pending)
      })
    }
  }

  #send(pending: Pending): void {
    const batch: SentBatch = { ...pending }
    const { topic, partition, records, bytes } = batch
    pending.records = []
    pending.bytes = 0
    const begun = this.#clock.monotonic()
    const report = (error?: unknown): void => {
      reportSent(this.#sensor, batch, this.#clock.monotonic() - begun, error)
      this.#bytes -= bytes
      this.#records -= records.length
      this.#inFlight.delete(sent)
      if (this.#bytes <= this.#limits.bytes && this.#room !== undefined) {
        this.#room.resolve()
        this.#room = undefined
      }
    }
    const sent: Promise<void> = this.#producer.send(topic, partition, records).then(
      () => report(),
      (error: unknown) => {
        report(error)
        if (this.#failure !== undefined) return
        this.#failure = { error }
        this.#room?.reject(error)
        this.#onFailure(error)
      },
    )
    this.#inFlight.add(sent)
  }
}

/** Bytes of a record's key, value and headers. */
export function sizeOf(record: OutgoingRecord): number {
  let size = (record.key?.length ?? 0) + (record.value?.length ?? 0)
  for (const [name, value] of record.headers ?? []) size += name.length + (value?.length ?? 0)
  return size
}
