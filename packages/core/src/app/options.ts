import type { Serializer } from '../serializer/serializer.ts'
import type { TableDefinition } from '../processing/shard/table-definition.ts'
import type { SnapshotTarget } from '../store/snapshot/snapshot-target.ts'
import type { Table } from '../table/table.ts'
import type { TtlOptions } from '../table/ttl/ttl-rule.ts'
import type { Topic } from '../stream/topic.ts'
import type { Channel } from '../topic/channel.ts'
import type { MaybePromise } from '../service/maybe-promise.ts'
import type { FailureOptions } from './failure-options.ts'

/** How a topic is declared. */
export interface TopicOptions<K, V> {
  /** Default `text()`. */
  readonly key?: Serializer<K> | undefined
  /** Default `json()`. */
  readonly value?: Serializer<V> | undefined
  /** Wanted when it is made, demanded when it exists. Default: what the log gives, or has. */
  readonly partitions?: number | undefined
  readonly replicas?: number | undefined
  /** Settings under Kafka's names. What differs from an existing topic is said at the start and left alone. */
  readonly config?: Readonly<Record<string, string>> | undefined
  /** Where a new group begins. Default `earliest`. */
  readonly startAt?: 'earliest' | 'latest' | undefined
  /** Null values are values: handlers get `null` for a deletion. Default: such a record can't be decoded. */
  readonly tombstones?: boolean | undefined
  /** Makes the topic when it is missing. Default: the app's `createTopics`. */
  readonly create?: boolean | undefined
}

/** How a table is declared. */
export interface TableOptions<K, V, Missing> {
  /** Must give the same bytes as the keys of the topic that feeds the table. Default `text()`. */
  readonly key?: Serializer<K> | undefined
  /** Default `json()`. */
  readonly value?: Serializer<V> | undefined
  /** What reading a missing key gives; it is not stored by reading. Default `undefined`. */
  readonly default?: (() => Missing) | undefined
  /** Keys are gone so many ms after they were last written, by the records' time. Default: they stay. */
  readonly ttl?: number | TtlOptions | undefined
  /** `source`: its shards follow the partitions of the topic that feeds it, whatever the keys are. Default `key`. */
  readonly partitionBy?: 'key' | 'source' | undefined
  /** Copies of each partition of the changelog. Default: the log's own. */
  readonly replicas?: number | undefined
  /** More settings of the changelog under Kafka's names. */
  readonly config?: Readonly<Record<string, string>> | undefined
  /**
   * What happens when the changelog has lost records that the store has, or needs: it was deleted and made again, ends
   * before what the store has followed, or begins behind it. `stop` crashes the app with `FAUST_CHANGELOG_LOST`,
   * `rebuild` gives up what is not in the log. Default `stop`.
   */
  readonly changelogLoss?: 'stop' | 'rebuild' | undefined
  /** Where a shard that has nothing yet finds a snapshot to begin with, as `table.snapshot()` writes it. Default none. */
  readonly snapshots?: SnapshotTarget | undefined
}

/** How a global table is declared. */
export interface GlobalTableOptions<K, V, Missing> {
  /** What it is a copy of: a topic, compacted for the copy to stay whole, or a table without windows and `ttl`. */
  readonly from: Topic<K, V | null> | Table<K, V, unknown>
  /** What reading a missing key gives. Default `undefined`. */
  readonly default?: (() => Missing) | undefined
}

/** How a table of sets is declared. */
export interface SetTableOptions<K, E> {
  /** Must give the same bytes as the keys of the topic that feeds the table. Default `text()`. */
  readonly key?: Serializer<K> | undefined
  /** Equal elements must be equal bytes, as with keys. Default `text()`. */
  readonly element?: Serializer<E> | undefined
  /** These as for `app.table`. */
  readonly replicas?: number | undefined
  readonly config?: Readonly<Record<string, string>> | undefined
  readonly changelogLoss?: 'stop' | 'rebuild' | undefined
  readonly snapshots?: SnapshotTarget | undefined
}

/** Any table of the app. */
export interface AnyTable {
  readonly name: string
  readonly definition: TableDefinition
  readonly owner: object
}

/** Where an agent's results go: a topic (under the key of the value in hand), a channel, or a function. */
// oxlint-disable-next-line no-explicit-any
export type Sink<R> = Topic<any, R> | Channel<R> | ((value: R) => MaybePromise<unknown>)

/** How an agent is declared. */
export interface AgentOptions<R = never> {
  /** Every table that the agent touches. */
  readonly tables?: readonly AnyTable[] | undefined
  /** How many values may be in work at once; values of one key keep their order. Default 1. */
  readonly concurrency?: number | undefined
  /** One actor for each partition instead. Default false. */
  readonly isolatedPartitions?: boolean | undefined
  /** Where the values go that the function yields, in this order, each awaited. */
  readonly sinks?: readonly Sink<R>[] | undefined
  /** What follows when a value can't be processed; what is left out is as for the app. */
  readonly failures?: FailureOptions | undefined
}

/** By which clock a cron goes. */
export interface CronOptions {
  /** A name of the IANA database, as `'Europe/Berlin'`. Default `'UTC'`. */
  readonly timeZone?: string | undefined
}
