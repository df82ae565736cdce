import { readBatchHeader } from '../../../src/records/batch-header.ts'
import { createCodecs } from '../../../src/records/compression/create-codecs.ts'
import { RecordsReader } from '../../../src/records/records-reader.ts'
import { sequenceAfter } from '../../../src/producer/queue/sequence.ts'

/** What one batch, or one marker, left in a partition. */
export interface Entry {
  readonly offset: number
  readonly producerId: bigint
  readonly epoch: number
  readonly sequence: number
  readonly transactional: boolean
  readonly values: readonly string[]
  readonly marker?: 'commit' | 'abort'
}

interface ProducerState {
  epoch: number
  /** The last five, as Kafka keeps them. */
  batches: { readonly first: number; readonly last: number; readonly offset: number }[]
  open: boolean
}

export const codecs = createCodecs()

/** A partition as Kafka keeps it: idempotence by producer id, epoch and sequence, and markers. */
export class FakeLog {
  readonly entries: Entry[] = []
  readonly #producers = new Map<bigint, ProducerState>()
  /** Largest batch in bytes. */
  maxBytes: number = Infinity
  /** Values that are refused by name. */
  bad: (value: string) => boolean = () => false

  get end(): number {
    const last = this.entries.at(-1)
    return last === undefined ? 0 : last.offset + Math.max(last.values.length, 1)
  }

  /** The checks of ProducerAppendInfo and UnifiedLog, and the append. */
  append(topic: string, partition: number, bytes: Uint8Array): { error: number; baseOffset: number; bad: number[] } {
    const refuse = (error: number, bad: number[] = []): { error: number; baseOffset: number; bad: number[] } => ({
      error,
      baseOffset: -1,
      bad,
    })
    const header = readBatchHeader(bytes)
    if (bytes.length > this.maxBytes) return refuse(10)
    const values = valuesOf(topic, partition, bytes)
    const bad = values.flatMap((value, index) => (this.bad(value) ? [index] : []))
    if (bad.length > 0) return refuse(87, bad)
    const first = header.baseSequence
    const last = sequenceAfter(first, header.count - 1)
    const state = this.#producers.get(header.producerId)
    if (state !== undefined) {
      if (header.producerEpoch < state.epoch) return refuse(47)
      if (header.producerEpoch === state.epoch) {
        const known = state.batches.find((batch) => batch.first === first && batch.last === last)
        if (known !== undefined) return { error: 0, baseOffset: known.offset, bad: [] }
        const expected = sequenceAfter(state.batches.at(-1)?.last ?? -1, 1)
        if (first !== expected) return refuse(45)
      } else if (first !== 0) {
        return refuse(45)
      }
      if (state.open && !header.transactional) return refuse(48)
    }
    const offset = this.end
    const known = state !== undefined && state.epoch === header.producerEpoch ? state.batches : []
    this.#producers.set(header.producerId, {
      epoch: header.producerEpoch,
      batches: [...known, { first, last, offset }].slice(-5),
      open: header.transactional,
    })
    this.entries.push({
      offset,
      producerId: header.producerId,
      epoch: header.producerEpoch,
      sequence: first,
      transactional: header.transactional,
      values,
    })
    return { error: 0, baseOffset: offset, bad: [] }
  }

  mark(producerId: bigint, epoch: number, marker: 'commit' | 'abort'): void {
    const state = this.#producers.get(producerId)
    if (state !== undefined && state.epoch > epoch) return
    const batches = state?.epoch === epoch ? state.batches : []
    this.#producers.set(producerId, { epoch, batches, open: false })
    this.entries.push({ offset: this.end, producerId, epoch, sequence: -1, transactional: true, values: [], marker })
  }

  /** Whether a transaction holds the last stable offset. */
  get isHanging(): boolean {
    return [...this.#producers.values()].some(({ open }) => open)
  }

  /** Everything that was ever stored, in order. */
  get all(): string[] {
    return this.entries.flatMap(({ values }) => values)
  }

  /** What read-committed sees when every transaction has ended. */
  get committed(): string[] {
    return this.entries.flatMap((entry, index) => {
      if (!entry.transactional) return entry.values
      const end = this.entries
        .slice(index)
        .find((each) => each.marker !== undefined && each.producerId === entry.producerId)
      return end?.marker === 'commit' ? entry.values : []
    })
  }
}

function valuesOf(topic: string, partition: number, bytes: Uint8Array): string[] {
  const reader = new RecordsReader({ topic, partition, bytes, position: 0, aborted: null, codecs })
  const values: string[] = []
  for (let records = reader.read(); records !== null; records = reader.read()) {
    for (const { value } of records) values.push(value === null ? '' : new TextDecoder().decode(value))
  }
  return values
}
