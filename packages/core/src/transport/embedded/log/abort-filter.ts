import type { IncomingRecord } from '../../record.ts'
import type { Span } from './span.ts'

/** A transaction that was aborted, as one partition saw it. */
export interface AbortedTransaction {
  readonly producerId: number
  /** Offset of its first record. */
  readonly firstOffset: number
  /** Offset of its abort marker. */
  readonly lastOffset: number
}

/** Whether `span` belongs to one of `aborted`. Transactions of several producers may lie inside each other. */
export function isAborted(span: Span, aborted: readonly AbortedTransaction[]): boolean {
  if (!span.transactional || span.kind !== 'data') return false
  for (const transaction of aborted) {
    if (transaction.producerId !== span.producerId) continue
    if (transaction.firstOffset <= span.baseOffset && span.baseOffset < transaction.lastOffset) return true
  }
  return false
}

/** The records that remain when those of aborted transactions are left out. `records` and `spans` ascend. */
export function withoutAborted(
  records: readonly IncomingRecord[],
  spans: readonly Span[],
  aborted: readonly AbortedTransaction[],
): IncomingRecord[] {
  const kept: IncomingRecord[] = []
  let at = 0
  for (const span of spans) {
    const drop = isAborted(span, aborted)
    for (let record = records[at]; record !== undefined && record.offset < span.nextOffset; record = records[++at]) {
      if (!drop) kept.push(record)
    }
  }
  return kept
}
