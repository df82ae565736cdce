import { KafkaError } from './kafka-error.ts'
import type { KafkaErrorCode } from './kafka-error.ts'
import { SEQUENCE_LIMIT, sequenceAfter } from './span.ts'

/** So many of a producer's last batches are recognised when they come again, as in Kafka. */
const REMEMBERED_BATCHES = 5

/** A batch that was stored. */
export interface RememberedBatch {
  readonly baseSequence: number
  readonly lastSequence: number
  readonly baseOffset: number
}

/** What a partition knows of one producer. */
export interface ProducerEntry {
  epoch: number
  /** The newest last. */
  batches: RememberedBatch[]
  /** First offset of its open transaction. */
  openSince: number | null
  /** Epoch ms of its last write, for forgetting producers that are gone. */
  lastSeen: number
}

/** Sequences, epochs and open transactions of one partition: what makes its producers idempotent and fenced. */
export interface ProducerStates {
  readonly producers: Map<number, ProducerEntry>
  /** First offset by producer id, in the order of the offsets, so the first entry is the oldest. */
  readonly open: Map<number, number>
}

export function newProducerStates(): ProducerStates {
  return { producers: new Map(), open: new Map() }
}

/** What a batch says of its producer. */
export interface BatchIdentity {
  readonly producerId: number
  readonly producerEpoch: number
  readonly baseSequence: number
  readonly transactional: boolean
  readonly count: number
}

/** The verdict on a batch: where it already stands, or NONE when it may be appended, or why not. */
export type BatchVerdict =
  | { readonly error: KafkaErrorCode; readonly duplicateOf?: undefined }
  | { readonly error: 0; readonly duplicateOf: number }

const ACCEPTED: BatchVerdict = { error: KafkaError.NONE }

export function judgeBatch(states: ProducerStates, batch: BatchIdentity): BatchVerdict {
  const entry = states.producers.get(batch.producerId)
  if (entry === undefined) return ACCEPTED
  if (batch.producerEpoch < entry.epoch) return { error: KafkaError.INVALID_PRODUCER_EPOCH }
  if (entry.openSince !== null && !batch.transactional) return { error: KafkaError.INVALID_TXN_STATE }
  if (batch.producerEpoch > entry.epoch) {
    return batch.baseSequence === 0 ? ACCEPTED : { error: KafkaError.OUT_OF_ORDER_SEQUENCE_NUMBER }
  }
  const lastSequence = sequenceAfter(batch.baseSequence, batch.count - 1)
  for (const known of entry.batches) {
    if (known.baseSequence === batch.baseSequence && known.lastSequence === lastSequence) {
      return { error: KafkaError.NONE, duplicateOf: known.baseOffset }
    }
  }
  // After a marker raised the epoch nothing is known of it yet: the producer starts at 0 again.
  const expected = entry.batches.length === 0 ? 0 : sequenceAfter(entry.batches.at(-1)?.lastSequence ?? -1, 1)
  return batch.baseSequence === expected % SEQUENCE_LIMIT
    ? ACCEPTED
    : { error: KafkaError.OUT_OF_ORDER_SEQUENCE_NUMBER }
}

/** Notes a batch that was appended at `baseOffset`. */
export function noteBatch(states: ProducerStates, batch: BatchIdentity, baseOffset: number, now: number): void {
  const entry = entryOf(states, batch.producerId, batch.producerEpoch)
  entry.lastSeen = now
  const lastSequence = sequenceAfter(batch.baseSequence, batch.count - 1)
  entry.batches.push({ baseSequence: batch.baseSequence, lastSequence, baseOffset })
  if (entry.batches.length > REMEMBERED_BATCHES) entry.batches.shift()
  if (batch.transactional && entry.openSince === null) {
    entry.openSince = baseOffset
    states.open.set(batch.producerId, baseOffset)
  }
}

/** Notes the end of a transaction; answers the first offset of what it ends, or null when it wrote nothing here. */
export function noteMarker(states: ProducerStates, producerId: number, epoch: number, now: number): number | null {
  const entry = entryOf(states, producerId, epoch)
  const since = entry.openSince
  entry.openSince = null
  entry.lastSeen = now
  states.open.delete(producerId)
  return since
}

function entryOf(states: ProducerStates, producerId: number, epoch: number): ProducerEntry {
  const known = states.producers.get(producerId)
  if (known === undefined) {
    const entry: ProducerEntry = { epoch, batches: [], openSince: null, lastSeen: 0 }
    states.producers.set(producerId, entry)
    return entry
  }
  if (epoch > known.epoch) {
    known.epoch = epoch
    known.batches = []
  }
  return known
}

/** Forgets producers without an open transaction that wrote nothing since `before` (epoch ms). */
export function forgetProducers(states: ProducerStates, before: number): void {
  for (const [id, entry] of states.producers) {
    if (entry.openSince === null && entry.lastSeen < before) states.producers.delete(id)
  }
}
