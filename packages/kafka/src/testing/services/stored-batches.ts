import type { EmbeddedLog, IncomingRecord, TopicPartition } from '@faust/core'
import { BatchBuilder } from '../../records/batch-builder.ts'
import { encodeMarker } from '../../records/control-record.ts'
import type { Leadership } from '../leadership.ts'

type Stored = ReturnType<EmbeddedLog['readSpans']>
type Span = Stored['spans'][number]

/**
 * Offsets that a batch takes at most. The log joins what one producer wrote without interruption; a batch begins at every
 * so many offsets of such a run, so a reader is often given records from before its position, as Kafka does it.
 */
const BATCH_OFFSETS = 64
/** Sequences count from 0 to 2^31 - 1 and then from 0 again. */
const SEQUENCES = 2 ** 31

/** Record batches of what a partition has stored from `offset` on, in Kafka's bytes, until there are `maxBytes` of them. */
export function storedBatches(
  stored: Stored,
  offset: number,
  maxBytes: number,
  leadership: Leadership,
): readonly Uint8Array[] {
  const batches: Uint8Array[] = []
  let size = 0
  let behind = offset
  const add = (batch: Uint8Array): boolean => {
    batches.push(batch)
    size += batch.length
    return size < maxBytes
  }
  for (const span of stored.spans) {
    for (let from = span.baseOffset; from < span.nextOffset;) {
      const to = endOfBatch(stored, span, from, leadership)
      if (to > offset && !add(encode(stored, span, from, to, leadership))) return batches
      from = behind = to
    }
  }
  // Compaction leaves Kafka an empty batch where nothing is left up to the end; this log has nothing there.
  if (behind < stored.nextOffset) add(empty(stored, behind, stored.nextOffset, leadership))
  return batches
}

/** A batch is of one span and one leader's epoch, and has one time where times are the log's. */
function endOfBatch(stored: Stored, span: Span, from: number, leadership: Leadership): number {
  const step = BATCH_OFFSETS - ((from - span.baseOffset) % BATCH_OFFSETS)
  const to = Math.min(from + step, span.nextOffset, leadership.epochAt(stored, from).end)
  if (!stored.logAppendTime) return to
  const records = recordsOf(span, from, to)
  return records.find(({ timestamp }) => timestamp !== records[0]?.timestamp)?.offset ?? to
}

function encode(stored: Stored, span: Span, from: number, to: number, leadership: Leadership): Uint8Array {
  const producerId = BigInt(span.producerId)
  const { producerEpoch, transactional } = span
  const leaderEpoch = leadership.epochAt(stored, from).epoch
  if (span.kind !== 'data') {
    // When it was written the log does not keep, and no reader asks.
    return encodeMarker({ type: span.kind, producerId, producerEpoch, timestamp: 0, baseOffset: from, leaderEpoch })
  }
  const records = recordsOf(span, from, to)
  const builder = new BatchBuilder()
  for (const record of records) builder.add(record, record.timestamp, record.offset - from)
  return builder.seal({
    producerId,
    producerEpoch,
    baseSequence: span.baseSequence < 0 ? -1 : (span.baseSequence + from - span.baseOffset) % SEQUENCES,
    transactional,
    compression: 'none',
    baseOffset: from,
    leaderEpoch,
    lastOffsetDelta: to - 1 - from,
    ...(stored.logAppendTime && { logAppendTime: records[0]?.timestamp ?? -1 }),
  })
}

function empty(place: TopicPartition, from: number, to: number, leadership: Leadership): Uint8Array {
  return new BatchBuilder().seal({
    producerId: -1n,
    producerEpoch: -1,
    baseSequence: -1,
    transactional: false,
    compression: 'none',
    baseOffset: from,
    leaderEpoch: leadership.epochAt(place, from).epoch,
    lastOffsetDelta: to - 1 - from,
  })
}

function recordsOf({ records }: Span, from: number, to: number): readonly IncomingRecord[] {
  return records.filter(({ offset }) => offset >= from && offset < to)
}
