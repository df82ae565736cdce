import type { Adapter } from '../service/adapter.ts'
import type { Tracer } from './tracer.ts'

/** The version of the sensor contract that this core speaks. */
export const SENSOR_CONTRACT = 1

/**
 * Told what happens, as plain facts: counts and durations of batches, never keys or values. Every hook is optional,
 * synchronous and quick; it runs on the hot path, once per batch or cycle and never per record: what follows single records
 * is `trace`. A hook that throws is logged and its sensor dropped; processing never feels it. Durations are in milliseconds,
 * sizes in bytes.
 */
export interface Sensor extends Adapter {
  /** Records of one partition arrived from the log. `lag` counts the records between the answer's end and the log end. */
  onReceived?(facts: {
    topic: string
    partition: number
    count: number
    bytes: number
    nextOffset: number
    lag: number
  }): void
  /**
   * An agent has settled values of one partition since the last commit cycle. `duration` is the longest time from a
   * hand-over to its settlement, among one value in 64 and the first one.
   */
  onProcessed?(facts: { agent: string; topic: string; partition: number; count: number; duration: number }): void
  /**
   * An agent failed for the `attempts`th time at a value (the first one of a list), and what follows. A function that
   * failed before it had a value has the topic '' and -1 for the numbers.
   */
  onFailed?(facts: {
    agent: string
    topic: string
    partition: number
    offset: number
    error: unknown
    attempts: number
    outcome: 'retry' | 'skip' | 'deadLetter' | 'stop'
  }): void
  /** Something has not moved for `duration` ms: a handler, a commit, or the fetching of a partition. Told once for each. */
  onStall?(facts: {
    kind: 'handler' | 'commit' | 'fetch'
    /** Whose handler. */
    agent?: string | undefined
    topic: string
    partition: number
    offset: number
    duration: number
  }): void
  /** Records were acknowledged by the log, or refused. `duration` is from the hand-over to the producer. */
  onSent?(facts: {
    topic: string
    partition: number
    count: number
    bytes: number
    duration: number
    error?: unknown
  }): void
  /** A partition's queue was full and paused, or has room again. */
  onBackPressure?(facts: { topic: string; partition: number; paused: boolean; records: number; bytes: number }): void
  /** Operations on a table since the last cycle, and values that came too late for every window of theirs. */
  onTable?(facts: { table: string; partition: number; gets: number; sets: number; deletes: number; late: number }): void
  /** A commit cycle ended. `offsets` are those that were committed. */
  onCommit?(facts: {
    duration: number
    entries: number
    offsets: readonly { topic: string; partition: number; offset: number }[]
    error?: unknown
  }): void
  /** A rebalance ended: how many tasks (partition n of topics that belong together) this worker gained, lost and kept. */
  onRebalance?(facts: { generation: number; added: number; removed: number; kept: number; duration: number }): void
  /**
   * These partitions of topics and tables are not this worker's any more: they were revoked or lost, or it stops. Whatever
   * is kept for each of them can go; a commit that was on its way may still be told.
   */
  onReleased?(facts: {
    topics: readonly { topic: string; partition: number }[]
    tables: readonly { table: string; partition: number }[]
  }): void
  /** A table's partition is being read back, or is done (`done === total`). Counts are offsets of its changelog. */
  onRestore?(facts: {
    table: string
    partition: number
    done: number
    total: number
    records: number
    duration: number
  }): void
  /**
   * A copy of a partition that another worker runs has followed its changelog to `offset`, with `lag` records to go; or
   * it is not followed any more (`following` is false).
   */
  onStandby?(facts: { table: string; partition: number; offset: number; lag: number; following: boolean }): void
  /** The app changed its state. */
  onState?(facts: { state: string }): void
  /** Follows single records, which costs something for each. At most one sensor of an app has it. */
  readonly trace?: Tracer | undefined
}
