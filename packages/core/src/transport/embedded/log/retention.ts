import type { IncomingRecord } from '../../record.ts'
import { indexOf } from './chunk.ts'
import type { Chunk } from './chunk.ts'
import type { PartitionLog } from './partition-log.ts'
import type { TopicConfig } from './topic-config.ts'

/**
 * Up to which offset retention lets a partition go: the run of records from the log start that are all older than
 * `retention.ms`, by their timestamps (a chunk of markers alone by when the last one came), and as many whole chunks as `retention.bytes` does not need. Nothing of a
 * transaction that is still open goes. `now` is in epoch ms.
 */
export function expiredUpTo(log: PartitionLog, config: TopicConfig, now: number): number {
  if (!config.deleted) return log.logStart
  return Math.max(byTime(log, config.retentionMs, now), bySize(log, config.retentionBytes))
}

function byTime(log: PartitionLog, retentionMs: number, now: number): number {
  if (retentionMs < 0) return log.logStart
  const oldest = now - retentionMs
  const end = log.lastStable
  for (const chunk of log.chunks) {
    if (chunk.nextOffset > end || newestOf(chunk) >= oldest) {
      return Math.min(end, firstYoung(chunk, oldest, Math.max(log.logStart, chunk.baseOffset)))
    }
  }
  return end
}

function newestOf({ records, maxTimestamp, appendedAt }: Chunk): number {
  return records.length > 0 ? maxTimestamp : appendedAt
}

/** The offset of the first record that is not older than `oldest`; `from` when no older one stands between. */
function firstYoung({ records, nextOffset }: Chunk, oldest: number, from: number): number {
  const first = indexOf(records, from)
  for (let index = first; index < records.length; index++) {
    const { timestamp, offset } = records[index] as IncomingRecord
    if (timestamp >= oldest) return index === first ? from : offset
  }
  return first < records.length ? nextOffset : from
}

function bySize(log: PartitionLog, retentionBytes: number): number {
  if (retentionBytes < 0) return log.logStart
  let total = log.chunks.reduce((sum, { bytes }) => sum + bytes, 0)
  let offset = log.logStart
  for (const { bytes, nextOffset } of log.chunks) {
    if (total - bytes < retentionBytes || nextOffset > log.lastStable) break
    total -= bytes
    offset = nextOffset
  }
  return offset
}
