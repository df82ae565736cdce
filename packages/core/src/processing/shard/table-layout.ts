import type { Serializer } from '../../serializer/serializer.ts'
import type { Clock } from '../../service/clock.ts'
import type { MaybePromise } from '../../service/maybe-promise.ts'
import type { Shard } from '../../store/store.ts'
import type { TopicDefinition } from '../../topic/topic-definition.ts'
import type { PartitionQueue } from '../queue/partition-queue.ts'
import type { RecordToSend } from '../send/record-to-send.ts'
import type { Entry } from './entry-cache.ts'

/** How a table is kept that has more in its shards than its users' keys and values. */
export interface TableLayout {
  /** The format of what is stored under a key. */
  serializerOf(key: Uint8Array): Serializer<unknown>
  /** Whether a key's record is the last one of its partition in a cycle: where it is, everything of the cycle is. */
  isLast(key: Uint8Array): boolean
  /** Topics into which its keepers send. */
  readonly outputs: readonly TopicDefinition[]
  /** What works on a shard while a task has it. */
  keeper(context: KeeperContext): ShardKeeper
}

/** Works on a shard beside reads and writes: it closes windows, drops what is too old. */
export interface ShardKeeper {
  /** Reads what it holds in memory: before the task's first value, and again when entries were dropped. */
  load(): MaybePromise<void>
  /** In the quiet instant of every cycle, before entries are frozen: what it writes and sends belongs to that cycle. */
  atQuiet(): MaybePromise<void>
}

/** The entries of a shard for reading. See `TableShard`. */
export interface ReadableEntries {
  /** The shard, of which this may be a view. */
  readonly whole: ShardEntries
  readonly partition: number
  readonly store: Shard
  lookup(id: string): Entry | undefined
  load(id: string, bytes: Uint8Array): MaybePromise<Entry>
  read(entry: Entry): unknown
  overlay(): readonly OverlayEntry[]
  decodeKey(bytes: Uint8Array): MaybePromise<unknown>
  decodeValue(key: Uint8Array, bytes: Uint8Array): MaybePromise<unknown>
}

/** The entries of a shard, as its keeper sees them. */
export interface ShardEntries extends ReadableEntries {
  adopt(id: string, bytes: Uint8Array, value: unknown): Entry
  put(entry: Entry, value: unknown): void
  countLate(): void
}

/** A key whose newest value may not be in the store. */
export interface OverlayEntry {
  readonly bytes: Uint8Array
  readonly value: unknown
}

/** A shard and what surrounds it. */
export interface KeeperContext {
  readonly shard: ShardEntries
  readonly clock: Clock
  /** The queues of the topics by which the table is fed; none before the task is live. */
  readonly sources: () => readonly PartitionQueue[]
  /** Sends a record as part of the cycle that is about to begin. It doesn't wait for room: whoever calls bounds it. */
  readonly emit: (topic: TopicDefinition, record: RecordToSend) => MaybePromise<void>
  /** Asks for the next cycle before its time. */
  readonly commitSoon: () => void
  /** When a source is known to have had nothing more for the last time, by the monotonic clock. Asks anew. */
  readonly emptyAt: (queue: PartitionQueue) => number
}
