import type { Latency } from './histogram.ts'

/** Everything a monitor knows at one moment: plain data that JSON can carry. Durations in ms, rates in a second. */
export interface MonitorSnapshot {
  /** Epoch ms. */
  readonly time: number
  /** The app's last state, and for how long it has been that. `idle` before the first. */
  readonly state: string
  readonly stateFor: number
  /** Since `start`. */
  readonly uptime: number
  /** Counts since the monitor was made. */
  readonly totals: MonitorTotals
  readonly rates: { readonly received: number; readonly processed: number; readonly sent: number }
  /** Of the last one to two minutes; `null` where nothing happened. */
  readonly latencies: {
    /** From the hand-over of a value to its settlement: the longest of each agent, partition and commit cycle. */
    readonly processing: Latency | null
    readonly send: Latency | null
    readonly sendError: Latency | null
    readonly commit: Latency | null
    readonly rebalance: Latency | null
    /** Of whole partitions. */
    readonly restore: Latency | null
  }
  /** What the last rebalance left here. A task is partition n of the topics that belong together. */
  readonly group: { readonly generation: number; readonly tasks: number }
  readonly agents: Readonly<Record<string, AgentSnapshot>>
  readonly topics: Readonly<Record<string, TopicSnapshot>>
  readonly tables: Readonly<Record<string, TableSnapshot>>
  /** What `count` was called for. */
  readonly counts: Readonly<Record<string, number>>
}

export interface MonitorTotals {
  readonly received: number
  readonly receivedBytes: number
  /** By every agent that settled them: a record that two agents read counts twice. */
  readonly processed: number
  readonly failed: number
  readonly sent: number
  readonly sentBytes: number
  /** Records that the log refused. */
  readonly sendErrors: number
  readonly commits: number
  readonly commitErrors: number
  /** Table entries written to changelogs by commit cycles that succeeded. */
  readonly entries: number
  readonly rebalances: number
  /** How often a queue was full. */
  readonly backPressure: number
  /** Handlers, commits and fetches that stood still for long. */
  readonly stalls: number
}

export interface AgentSnapshot {
  readonly processed: number
  readonly failed: number
  readonly rate: number
  readonly latency: Latency | null
}

export interface TopicSnapshot {
  readonly received: number
  readonly receivedBytes: number
  readonly receivedRate: number
  readonly sent: number
  readonly sentBytes: number
  readonly sentRate: number
  readonly sendErrors: number
  /** How often the queue of one of its partitions was full. */
  readonly backPressure: number
  /** The sum of its partitions'. */
  readonly lag: number
  readonly partitions: Readonly<Record<string, PartitionSnapshot>>
}

/** A partition that was read. It is listed as long as it is this worker's. */
export interface PartitionSnapshot {
  /** The offset that is read next, and the log end; -1 until something was read. */
  readonly readOffset: number
  readonly endOffset: number
  /** The offset last committed; -1 before that. */
  readonly committedOffset: number
  /** Records between what was committed (or, before that, read) and the log end, as last heard. */
  readonly lag: number
  /** True while its queue is full. */
  readonly paused: boolean
  /** For how long nothing was heard of it. */
  readonly silentFor: number
}

export interface TableSnapshot {
  readonly gets: number
  readonly sets: number
  readonly deletes: number
  /** Values that came too late for every window of theirs. */
  readonly late: number
  /** By partition, the last time it was read back. */
  readonly restores: Readonly<Record<string, RestoreSnapshot>>
  /** By partition, the copies that are kept here of what other workers run. */
  readonly standbys: Readonly<Record<string, StandbySnapshot>>
}

export interface StandbySnapshot {
  /** The changelog was followed up to here. */
  readonly offset: number
  /** Records of the changelog that the copy has not got yet, as last heard. */
  readonly lag: number
}

export interface RestoreSnapshot {
  /** Offsets of the changelog; finished when both are equal. */
  readonly done: number
  readonly total: number
  readonly records: number
  readonly duration: number
  /** Offsets a second; 0 before the first answer. */
  readonly rate: number
  /** Ms until it is done, if it goes on like this; `null` while that can't be said. */
  readonly left: number | null
}
