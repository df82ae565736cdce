import type { IncomingRecord } from '../../record.ts'
import type { AbortedTransaction } from './abort-filter.ts'
import { isFull, newChunk } from './chunk.ts'
import { addRecord } from './compaction.ts'
import type { PartitionLog } from './partition-log.ts'
import { noteBatch } from './producer-state.ts'
import type { ProducerEntry } from './producer-state.ts'
import { continues, sequenceAfter } from './span.ts'
import type { Span } from './span.ts'

/** Takes in what was stored of a span: its records as they are, and what it says of its producer. */
export function restoreSpan(
  log: PartitionLog,
  span: Span,
  records: readonly IncomingRecord[],
  appendedAt: number,
): void {
  const { kind, producerId, producerEpoch, baseOffset, nextOffset } = span
  skipTo(log, baseOffset)
  if (kind !== 'data') {
    log.restoreMarker({ producerId, producerEpoch, commit: kind === 'commit', now: appendedAt })
    return
  }
  for (let at = 0; log.logEnd < nextOffset;) {
    let chunk = log.chunks.at(-1)
    if (chunk === undefined || isFull(chunk)) log.chunks.push((chunk = newChunk(log.logEnd)))
    const start = chunk.nextOffset
    while (at < records.length && !isFull(chunk)) addRecord(chunk, records[at++] as IncomingRecord)
    chunk.nextOffset = log.logEnd = at < records.length ? (records[at] as IncomingRecord).offset : nextOffset
    chunk.appendedAt = appendedAt
    const past = start - baseOffset
    const part: Span = { ...span, baseOffset: start, nextOffset: log.logEnd }
    const baseSequence = span.baseSequence < 0 ? -1 : sequenceAfter(span.baseSequence, past)
    const last = chunk.spans.at(-1)
    if (last !== undefined && span.deleteHorizon === undefined && continues(last, start, { ...span, baseSequence })) {
      last.nextOffset = log.logEnd
    } else chunk.spans.push({ ...part, baseSequence })
  }
  if (producerId < 0) return
  noteBatch(log.producers, { ...span, count: nextOffset - baseOffset }, baseOffset, appendedAt)
}

/** Offsets that compaction has emptied belong to the chunk before them. */
function skipTo(log: PartitionLog, offset: number): void {
  if (offset <= log.logEnd) return
  const tail = log.chunks.at(-1)
  if (tail !== undefined) tail.nextOffset = offset
  log.logEnd = offset
}

/** What a partition knows beside its records. */
export interface PartitionState {
  readonly logStart: number
  readonly logEnd: number
  readonly cleanedUpTo: number
  readonly aborted: readonly AbortedTransaction[]
  readonly producers: readonly (readonly [number, ProducerEntry])[]
}

export function stateOf(log: PartitionLog): PartitionState {
  const { logStart, logEnd, cleanedUpTo, aborted, producers } = log
  return { logStart, logEnd, cleanedUpTo, aborted, producers: [...producers.producers] }
}

/** Replaces what the spans so far said of everything beside records. */
export function restoreState(log: PartitionLog, state: PartitionState): void {
  const { logEnd, logStart, aborted, cleanedUpTo, producers } = state
  skipTo(log, logEnd)
  log.aborted = []
  for (const chunk of log.chunks) chunk.aborted = null
  for (const transaction of aborted) log.noteAborted(transaction)
  log.cleanedUpTo = cleanedUpTo
  log.producers.producers.clear()
  log.producers.open.clear()
  for (const [id, entry] of producers) log.producers.producers.set(id, entry)
  const open = producers.flatMap(([id, { openSince }]) => (openSince === null ? [] : [[id, openSince] as const]))
  for (const [id, openSince] of open.toSorted(([, a], [, b]) => a - b)) log.producers.open.set(id, openSince)
  if (logStart > log.logStart) log.restoreLogStart(logStart)
}
