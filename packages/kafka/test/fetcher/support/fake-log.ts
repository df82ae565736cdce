import { encodeMarker, readBatchHeader } from '../../../src/index.ts'
import type { AbortedTransaction, BatchSeal } from '../../../src/index.ts'
import { batch, record } from '../../support/batches.ts'
import { concat } from '../../support/bytes.ts'

/** A partition as a broker has it; tests change it as they like. */
export class FakeLog {
  leader = 1
  epoch = 0
  logStart = 0
  /** One beyond the last record; the high watermark unless `highWatermark` says otherwise. */
  end = 0
  highWatermark: number | undefined
  lastStable: number | undefined
  aborted: AbortedTransaction[] = []
  /** Where each epoch but the newest ended. */
  readonly epochEnds = new Map<number, number>()
  /** Answered instead of records. */
  error = 0
  #batches: Uint8Array[] = []
  onAppend: () => void = () => {}

  /** Records with these values and no keys. */
  send(...values: readonly string[]): void {
    this.append(values, {})
  }

  append(values: readonly string[], seal: Partial<BatchSeal>): void {
    const records = values.map((value) => record(null, value))
    this.raw(batch(records, { baseOffset: this.end, leaderEpoch: this.epoch, ...seal }))
  }

  marker(type: 'commit' | 'abort', producerId: bigint): void {
    const { end: baseOffset, epoch: leaderEpoch } = this
    this.raw(encodeMarker({ type, producerId, producerEpoch: 0, timestamp: 1000, baseOffset, leaderEpoch }))
  }

  /** Any bytes; the end follows from their header. */
  raw(bytes: Uint8Array): void {
    this.#batches.push(bytes)
    this.end = Math.max(this.end, readBatchHeader(bytes).lastOffset + 1)
    this.onAppend()
  }

  truncate(end: number): void {
    this.#batches = this.#batches.filter((each) => readBatchHeader(each).lastOffset < end)
    this.end = end
  }

  /** Whole batches from `offset` on: as many as fit, the first one in any case; a part of the next follows as in Kafka. */
  read(offset: number, upTo: number, maxBytes: number): Uint8Array {
    const rest = this.#batches.filter((each) => {
      const { baseOffset, lastOffset } = readBatchHeader(each)
      return lastOffset >= offset && baseOffset < upTo
    })
    const all = concat(...rest)
    return all.subarray(0, Math.max(rest[0]?.length ?? 0, Math.min(maxBytes, all.length)))
  }
}
