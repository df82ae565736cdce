import type { Histogram } from './histogram.ts'
import { createHistogram } from './histogram.ts'
import type {
  AgentSnapshot,
  PartitionSnapshot,
  RestoreSnapshot,
  StandbySnapshot,
  TableSnapshot,
  TopicSnapshot,
} from './monitor-snapshot.ts'
import type { Rate } from './rate.ts'
import { createRate } from './rate.ts'

/** A snapshot that is still counting. */
type Counting<T> = { -readonly [K in keyof T]: T[K] }

export interface AgentPart extends Pick<Counting<AgentSnapshot>, 'processed' | 'failed'> {
  readonly rate: Rate
  readonly latency: Histogram
}

export interface TopicPart extends Pick<
  Counting<TopicSnapshot>,
  'received' | 'receivedBytes' | 'sent' | 'sentBytes' | 'sendErrors' | 'backPressure'
> {
  readonly receivedRate: Rate
  readonly sentRate: Rate
  readonly partitions: Map<number, PartitionPart>
}

export interface PartitionPart extends Pick<
  Counting<PartitionSnapshot>,
  'readOffset' | 'endOffset' | 'committedOffset' | 'paused'
> {
  heardAt: number
}

export interface TablePart extends Pick<Counting<TableSnapshot>, 'gets' | 'sets' | 'deletes' | 'late'> {
  readonly restores: Map<number, Omit<RestoreSnapshot, 'rate' | 'left'>>
  readonly standbys: Map<number, StandbySnapshot>
}

export function agentPart(rateWindow: number, latencyWindow: number): AgentPart {
  return { processed: 0, failed: 0, rate: createRate(rateWindow), latency: createHistogram(latencyWindow) }
}

export function topicPart(rateWindow: number): TopicPart {
  const rates = { receivedRate: createRate(rateWindow), sentRate: createRate(rateWindow) }
  const counts = { received: 0, receivedBytes: 0, sent: 0, sentBytes: 0, sendErrors: 0, backPressure: 0 }
  return { ...counts, ...rates, partitions: new Map() }
}

export function partitionPart(): PartitionPart {
  return { readOffset: -1, endOffset: -1, committedOffset: -1, paused: false, heardAt: 0 }
}

export function tablePart(): TablePart {
  return { gets: 0, sets: 0, deletes: 0, late: 0, restores: new Map(), standbys: new Map() }
}

export function readAgent(part: AgentPart, now: number, since: number): AgentSnapshot {
  const { processed, failed, rate, latency } = part
  return { processed, failed, rate: rate.read(now, since), latency: latency.read(now) }
}

export function readTopic(part: TopicPart, now: number, since: number): TopicSnapshot {
  const { receivedRate, sentRate, partitions, ...counts } = part
  const read = [...partitions].map(([number, partition]) => [String(number), readPartition(partition, now)] as const)
  return {
    ...counts,
    receivedRate: receivedRate.read(now, since),
    sentRate: sentRate.read(now, since),
    lag: read.reduce((sum, [, { lag }]) => sum + lag, 0),
    partitions: Object.fromEntries(read),
  }
}

function readPartition(part: PartitionPart, now: number): PartitionSnapshot {
  const { heardAt, ...offsets } = part
  const { readOffset, endOffset, committedOffset } = part
  const reached = committedOffset === -1 ? readOffset : committedOffset
  return { ...offsets, lag: Math.max(0, endOffset - reached), silentFor: now - heardAt }
}

export function readTable({ restores, standbys, ...counts }: TablePart): TableSnapshot {
  return {
    ...counts,
    restores: Object.fromEntries(
      [...restores].map(([partition, restore]) => [String(partition), readRestore(restore)]),
    ),
    standbys: Object.fromEntries([...standbys].map(([partition, standby]) => [String(partition), standby])),
  }
}

function readRestore(restore: Omit<RestoreSnapshot, 'rate' | 'left'>): RestoreSnapshot {
  const { done, total, duration } = restore
  const rate = duration > 0 ? (done * 1000) / duration : 0
  return { ...restore, rate, left: done === total ? 0 : rate > 0 ? ((total - done) * 1000) / rate : null }
}
