import type { OutgoingRecord } from '../../record.ts'
import type { AbortedTransaction } from './abort-filter.ts'
import { appendRecords, appendSpan, isFull, newChunk } from './chunk.ts'
import type { Chunk } from './chunk.ts'
import type { PartitionStorage } from './partition-storage.ts'
import { newProducerStates, noteBatch, noteMarker } from './producer-state.ts'
import type { ProducerStates } from './producer-state.ts'
import { sequenceAfter } from './span.ts'
import type { SpanProducer } from './span.ts'

/** An append of records, already judged. */
export interface Append extends SpanProducer {
  readonly records: readonly OutgoingRecord[]
  /** Epoch ms for records that bring no timestamp. */
  readonly timestamp: number
  /** Epoch ms for all of them where the log sets timestamps, else null. */
  readonly appendTime: number | null
  readonly now: number
}

/** The end of a transaction. */
export interface Marker {
  readonly producerId: number
  readonly producerEpoch: number
  readonly commit: boolean
  readonly now: number
}

/** One partition: its chunks, its ends, its producers, and whoever waits for it to change. */
export class PartitionLog {
  readonly topic: string
  readonly partition: number
  /** The first offset that can be read. */
  logStart = 0
  /** The high watermark: one log, one replica, so what is appended is replicated. */
  logEnd = 0
  /** Ascending, without holes between them; the last one grows. */
  chunks: Chunk[] = []
  readonly producers: ProducerStates = newProducerStates()
  /** In the order of their markers. */
  aborted: AbortedTransaction[] = []
  /** Everything below has been compacted. */
  cleanedUpTo = 0
  /** Null for a log in memory. */
  storage: PartitionStorage | null = null
  readonly #watchers = new Set<() => void>()

  constructor(topic: string, partition: number) {
    this.topic = topic
    this.partition = partition
  }

  /** The first offset of the oldest open transaction, else the log end. */
  get lastStable(): number {
    for (const offset of this.producers.open.values()) return Math.max(offset, this.logStart)
    return this.logEnd
  }

  /** Appends and answers the offset of the first record. Throws what the storage throws, with nothing changed. */
  append(entry: Append): number {
    const baseOffset = this.logEnd
    const { appendTime: at, timestamp: fallback } = entry
    this.storage?.append({ ...entry, baseOffset, at, fallback })
    this.restoreAppend(entry)
    this.changed()
    return baseOffset
  }

  /** Takes in an append that the storage has already. */
  restoreAppend(entry: Append): void {
    const baseOffset = this.logEnd
    const { records, appendTime: at, timestamp: fallback, now } = entry
    for (let from = 0; from < records.length;) {
      const chunk = this.#tail()
      const spanOffset = chunk.nextOffset
      const to = appendRecords(chunk, records, from, { at, fallback })
      const baseSequence = entry.producerId < 0 ? -1 : sequenceAfter(entry.baseSequence, from)
      appendSpan(chunk, 'data', spanOffset, from === 0 ? entry : { ...entry, baseSequence })
      chunk.appendedAt = now
      this.logEnd = chunk.nextOffset
      from = to
    }
    if (entry.producerId < 0) return
    noteBatch(this.producers, { ...entry, count: records.length }, baseOffset, now)
  }

  /** Appends the marker that ends a transaction of `producerId`, also when it wrote nothing here. */
  writeMarker(marker: Marker): void {
    const { producerId, producerEpoch, commit, now } = marker
    this.storage?.marker({ kind: commit ? 'commit' : 'abort', offset: this.logEnd, producerId, producerEpoch, now })
    this.restoreMarker(marker)
    this.changed()
  }

  /** Takes in a marker that the storage has already. */
  restoreMarker({ producerId, producerEpoch, commit, now }: Marker): void {
    const chunk = this.#tail()
    const lastOffset = chunk.nextOffset
    chunk.nextOffset = this.logEnd = lastOffset + 1
    chunk.appendedAt = now
    const producer = { producerId, producerEpoch, baseSequence: -1, transactional: true }
    appendSpan(chunk, commit ? 'commit' : 'abort', lastOffset, producer)
    const firstOffset = noteMarker(this.producers, producerId, producerEpoch, now)
    if (firstOffset === null || commit) return
    this.noteAborted({ producerId, firstOffset, lastOffset })
  }

  /** Remembers an aborted transaction where its records are. */
  noteAborted(transaction: AbortedTransaction): void {
    this.aborted.push(transaction)
    for (let index = this.chunks.length - 1; index >= 0; index--) {
      const chunk = this.chunks[index] as Chunk
      if (chunk.nextOffset <= transaction.firstOffset) break
      if (chunk.baseOffset >= transaction.lastOffset) continue
      chunk.aborted = [...(chunk.aborted ?? []), transaction]
      chunk.committed = null
    }
  }

  /** Moves the log start up to `offset`, which is at most the log end, and drops what lies wholly below it. */
  moveLogStart(offset: number): void {
    if (offset <= this.logStart) return
    this.storage?.logStart(offset)
    this.restoreLogStart(offset)
    this.changed()
  }

  /** Takes in a log start that the storage has already. */
  restoreLogStart(offset: number): void {
    this.logStart = offset
    const kept = this.chunks.findIndex((chunk) => chunk.nextOffset > offset)
    this.chunks = kept < 0 ? [] : this.chunks.slice(kept)
    if (this.logEnd < offset) this.logEnd = offset
    this.cleanedUpTo = Math.max(this.cleanedUpTo, offset)
    if (this.aborted.length > 0) this.aborted = this.aborted.filter(({ lastOffset }) => lastOffset >= offset)
  }

  /** The chunk that holds `offset`, which is at least the log start, and below the log end. */
  chunkIndex(offset: number): number {
    let low = 0
    let high = this.chunks.length - 1
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if ((this.chunks[middle] as Chunk).baseOffset <= offset) low = middle
      else high = middle - 1
    }
    return low
  }

  /** Calls `watcher` after every change of the partition's ends; the answer ends that. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher)
    return () => void this.#watchers.delete(watcher)
  }

  /** Tells the watchers. */
  changed(): void {
    for (const watcher of this.#watchers) watcher()
  }

  #tail(): Chunk {
    const last = this.chunks.at(-1)
    if (last !== undefined && !isFull(last)) return last
    const chunk = newChunk(this.logEnd)
    this.chunks.push(chunk)
    return chunk
  }
}
