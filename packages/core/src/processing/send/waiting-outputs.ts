import type { OutgoingRecord } from '../../transport/record.ts'
import { sizeOf } from './outbox.ts'

/** Records of one partition, in the order of their sends. */
export interface OutputBatch {
  readonly topic: string
  readonly partition: number
  readonly records: readonly OutgoingRecord[]
  readonly bytes: number
}

interface Gathering extends OutputBatch {
  readonly records: OutgoingRecord[]
  bytes: number
}

/** What all tasks of a worker may have waiting together. A sender never waits for room: its own value would hold up the cycle that makes it. */
export class OutputRoom {
  readonly #limit: number
  readonly #onFull: () => void
  #bytes = 0
  #full = false
  /** Records taken and not yet in the log, nor given up. */
  records = 0

  /** `onFull` is called when more than `limit` bytes wait for a cycle, once until one has taken some. */
  constructor(limit: number, onFull: () => void) {
    this.#limit = limit
    this.#onFull = onFull
  }

  add(bytes: number): void {
    this.records++
    this.#bytes += bytes
    if (this.#bytes <= this.#limit || this.#full) return
    this.#full = true
    this.#onFull()
  }

  /** A cycle has taken so many bytes, or they were given up. */
  free(bytes: number): void {
    this.#bytes -= bytes
    this.#full &&= this.#bytes > this.#limit
  }
}

/** What the handlers of one task have sent since the last cycle, under exactly-once: it leaves with their offsets or not at all. */
export class WaitingOutputs {
  readonly #room: OutputRoom
  /** By topic, then by partition: a look-up for every record must not make a string. */
  #byTopic = new Map<string, Gathering[]>()
  #bytes = 0
  #givenUp = false

  constructor(room: OutputRoom) {
    this.#room = room
  }

  /** Ignored once everything was given up: windows that were closing meanwhile still give theirs. */
  add(topic: string, partition: number, record: OutgoingRecord): void {
    if (this.#givenUp) return
    let partitions = this.#byTopic.get(topic)
    if (partitions === undefined) this.#byTopic.set(topic, (partitions = []))
    const gathering = (partitions[partition] ??= { topic, partition, records: [], bytes: 0 })
    const size = sizeOf(record)
    gathering.records.push(record)
    gathering.bytes += size
    this.#bytes += size
    this.#room.add(size)
  }

  /** Everything that waits, for a transaction. The records count until `gone` is told. */
  take(): readonly OutputBatch[] {
    if (this.#byTopic.size === 0) return []
    // Arrays by partition may have holes.
    const batches = [...this.#byTopic.values()].flatMap((partitions) => partitions.filter(() => true))
    this.#byTopic = new Map()
    this.#room.free(this.#bytes)
    this.#bytes = 0
    return batches
  }

  /** Batches that were taken are in the log, or given up. */
  gone(batches: readonly OutputBatch[]): void {
    for (const { records } of batches) this.#room.records -= records.length
  }

  /** Gives up everything that waits, and whatever is still to come. */
  drop(): void {
    this.#givenUp = true
    this.gone(this.take())
  }
}
