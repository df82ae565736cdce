import { partitionKey } from '../../record.ts'
import type { OutgoingRecord, TopicPartition } from '../../record.ts'
import { sizeOf } from '../log/chunk.ts'

/** Records of one batch at most, unless a single send has more. */
const MOST_RECORDS = 16_384
/** Bytes of one batch at most, unless a single send has more. */
const MOST_BYTES = 1024 * 1024

/** One call of `send` that is not settled yet. */
export interface PendingSend {
  readonly records: readonly OutgoingRecord[]
  readonly bytes: number
  /** Epoch ms of the call. */
  readonly timestamp: number
  readonly resolve: (baseOffset: number) => void
  readonly reject: (error: Error) => void
  /** Calls of `flush` that wait for it. */
  flushes: FlushWait[] | null
}

/** One call of `flush`. */
export interface FlushWait {
  left: number
  readonly resolve: () => void
}

/** Sends for one partition that travel together. */
export interface SendBatch extends TopicPartition {
  readonly key: string
  readonly sends: readonly PendingSend[]
}

/** What waits to be sent, by partition and in the order of the calls. */
export class SendQueue {
  readonly #queues = new Map<string, { readonly place: TopicPartition; sends: PendingSend[] }>()
  readonly #unsettled = new Set<PendingSend>()

  get isEmpty(): boolean {
    return this.#queues.size === 0
  }

  add(place: TopicPartition, send: Omit<PendingSend, 'bytes' | 'flushes'>): void {
    let bytes = 0
    for (const record of send.records) bytes += sizeOf(record)
    const pending: PendingSend = { ...send, bytes, flushes: null }
    this.#unsettled.add(pending)
    const key = partitionKey(place.topic, place.partition)
    const queue = this.#queues.get(key)
    if (queue === undefined) this.#queues.set(key, { place, sends: [pending] })
    else queue.sends.push(pending)
  }

  /** Takes at most one batch of every partition. */
  take(): SendBatch[] {
    const batches: SendBatch[] = []
    for (const [key, queue] of this.#queues) {
      const { sends, place } = queue
      const count = fitting(sends)
      batches.push({ key, topic: place.topic, partition: place.partition, sends: sends.slice(0, count) })
      if (count === sends.length) this.#queues.delete(key)
      else queue.sends = sends.slice(count)
    }
    return batches
  }

  /** Settles a send with where it went. */
  resolve(send: PendingSend, baseOffset: number): void {
    send.resolve(baseOffset)
    this.#settled(send)
  }

  reject(send: PendingSend, error: Error): void {
    send.reject(error)
    this.#settled(send)
  }

  /** Rejects everything that was not taken yet. */
  rejectAll(error: Error): void {
    const queues = [...this.#queues.values()]
    this.#queues.clear()
    for (const { sends } of queues) for (const send of sends) this.reject(send, error)
  }

  /** Resolves when everything that is unsettled now has settled. */
  flushed(): Promise<void> {
    if (this.#unsettled.size === 0) return Promise.resolve()
    return new Promise((resolve) => {
      const wait: FlushWait = { left: this.#unsettled.size, resolve }
      for (const send of this.#unsettled) (send.flushes ??= []).push(wait)
    })
  }

  #settled(send: PendingSend): void {
    this.#unsettled.delete(send)
    for (const wait of send.flushes ?? []) if (--wait.left === 0) wait.resolve()
  }
}

/** How many of the first sends fit in one batch; at least one. */
function fitting(sends: readonly PendingSend[]): number {
  let records = 0
  let bytes = 0
  for (const [index, send] of sends.entries()) {
    records += send.records.length
    bytes += send.bytes
    if (index > 0 && (records > MOST_RECORDS || bytes > MOST_BYTES)) return index
  }
  return sends.length
}
