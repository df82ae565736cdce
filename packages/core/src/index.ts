// What users and adapters of the four roles import. Nothing else of this package is public.
export { App, createApp } from './app/app.ts'
export type { DeclaredTable } from './app/declared-table.ts'
export type { WindowedTable } from './app/windowed-table.ts'
export type {
  AgentOptions,
  AnyTable,
  CronOptions,
  Sink,
  GlobalTableOptions,
  SetTableOptions,
  TableOptions,
  TopicOptions,
} from './app/options.ts'
export type { FailureOptions } from './app/failure-options.ts'
export type { AppOptions, StopOptions } from './app/settings.ts'

export type { GroupByOptions, Stream, TextField } from './stream/stream.ts'
export type { RunningStream, TakeOptions } from './stream/running-stream.ts'
export type { Topic } from './stream/topic.ts'
export { encodeRecord } from './processing/send/encode.ts'
export type { RecordToSend } from './processing/send/record-to-send.ts'
export type { RecordCoordinates } from './processing/send/publisher.ts'
export type { ShardSnapshot } from './processing/restore/shard-snapshots.ts'
export type { SnapshotOptions } from './table/sharded-table.ts'
export { directorySnapshots } from './store/snapshot/directory-snapshots.ts'
export type { DirectorySnapshotsOptions } from './store/snapshot/directory-snapshots.ts'
export type { SnapshotTarget } from './store/snapshot/snapshot-target.ts'
export type { Stall, StallAction } from './processing/stall.ts'
export type { StandbyStatus } from './processing/standby/standby-manager.ts'
export type { DeadLetterOptions, KeptLetter, ReplayOptions } from './processing/dead-letter/dead-letters.ts'
export type { RetryingValue } from './processing/queue/failed-value.ts'
export type { FailingAgent } from './processing/failing-agent.ts'
export type { AgentProgress, AppStatus, PartitionStatus } from './processing/status.ts'
export type { GlobalTable } from './table/global-table.ts'
export type { SetTable } from './table/set-table.ts'
export type { SourceTable } from './table/source-table.ts'
export type { Table } from './table/table.ts'
export type { TableRange } from './table/table-range.ts'
export type { TtlOptions } from './table/ttl/ttl-rule.ts'
export type {
  HoppingOptions,
  SessionOptions,
  SlidingOptions,
  TumblingOptions,
  WindowOptions,
} from './table/windows/window-options.ts'
export type { WindowView } from './table/windows/window-view.ts'
export type { WindowRange, WindowTime } from './table/windows/window-time.ts'
export type { Window, Windowed } from './window/window.ts'
export { Channel } from './topic/channel.ts'
export type { ChannelOptions } from './topic/channel.ts'
export type { DeadLetter } from './topic/dead-letter.ts'
export type { Event } from './topic/event.ts'

export type { Adapter, AdapterContext } from './service/adapter.ts'
export { systemClock } from './service/clock.ts'
export type { Clock, Timer } from './service/clock.ts'
export { consoleLogger, silentLogger } from './service/console-logger.ts'
export type { ConsoleLoggerOptions } from './service/console-logger.ts'
export { ERROR_CODES } from './service/error-codes.ts'
export type { ErrorCode } from './service/error-codes.ts'
export { checkOptions } from './service/check-options.ts'
export { FaustError, isFaustError, messageOf } from './service/errors.ts'
export type { FaustErrorOptions } from './service/errors.ts'
export type { LogLevel, LogMethod, Logger } from './service/logger.ts'
export { isPromise } from './service/maybe-promise.ts'
export type { MaybePromise } from './service/maybe-promise.ts'
export type { ServiceState } from './service/service.ts'

export { SENSOR_CONTRACT } from './sensor/sensor.ts'
export type { Sensor } from './sensor/sensor.ts'
export type {
  InjectFacts,
  ProcessFacts,
  ProcessSpan,
  SpanOutcome,
  TracedHeaders,
  TracedRecord,
  Tracer,
} from './sensor/tracer.ts'
export type { Latency } from './sensor/histogram.ts'
export { createMonitor } from './sensor/monitor.ts'
export type { Monitor, MonitorOptions } from './sensor/monitor.ts'
export type {
  AgentSnapshot,
  MonitorSnapshot,
  MonitorTotals,
  PartitionSnapshot,
  RestoreSnapshot,
  StandbySnapshot,
  TableSnapshot,
  TopicSnapshot,
} from './sensor/monitor-snapshot.ts'

export { base64 } from './serializer/base64.ts'
export { bytes } from './serializer/bytes.ts'
export { compose } from './serializer/compose.ts'
export { json } from './serializer/json.ts'
export { text } from './serializer/text.ts'
export { validateValue } from './serializer/validate.ts'
export { validated } from './serializer/validated.ts'
export type { ValidateOptions } from './serializer/validated.ts'
export { NO_HEADERS } from './serializer/headers.ts'
export type { Header, Headers } from './serializer/headers.ts'
export { SERIALIZER_CONTRACT } from './serializer/serializer.ts'
export type {
  CheckContext,
  DecodeContext,
  EncodeContext,
  Serializer,
  SerializerSupports,
  SerializerValue,
} from './serializer/serializer.ts'
export type { SchemaIssue, SchemaResult, StandardSchema } from './serializer/standard-schema.ts'

export { embeddedStore } from './store/embedded/embedded-store.ts'
export { gatherReads } from './store/gather-reads.ts'
export { STORE_CONTRACT } from './store/store.ts'
export type {
  OpenShard,
  Shard,
  ShardInfo,
  ShardPosition,
  ShardUse,
  Store,
  StoreBatch,
  StoreEntry,
  StoreItem,
  StoreRange,
  StoreSupports,
} from './store/store.ts'

export { embeddedTransport } from './transport/embedded/embedded-transport.ts'
export type { EmbeddedTransport, EmbeddedTransportOptions } from './transport/embedded/embedded-transport.ts'
export { createEmbeddedLog } from './transport/embedded/log/embedded-log.ts'
export type { EmbeddedLog } from './transport/embedded/log/embedded-log.ts'
export type { Broker } from './transport/embedded/log/broker.ts'
export { KafkaError } from './transport/embedded/log/kafka-error.ts'
export type { KafkaErrorCode } from './transport/embedded/log/kafka-error.ts'
export type { EmbeddedLogOptions } from './transport/embedded/log/log-options.ts'
export type { LogScheduler, ScheduledTask } from './transport/embedded/log/scheduler.ts'
export { TRANSPORT_CONTRACT } from './transport/transport.ts'
export type { Transport, TransportSupports } from './transport/transport.ts'
export type { Admin, CommittedOffset, PartitionOffsets, TopicDeclaration, TopicDescription } from './transport/admin.ts'
export type { Producer, ProducerOptions, ProduceResult } from './transport/producer.ts'
export type {
  GroupAssignor,
  GroupConsumer,
  GroupConsumerEnd,
  GroupConsumerOptions,
  GroupHooks,
  GroupMember,
  GroupMembership,
  MemberAssignment,
  OffsetToCommit,
  PollOptions,
} from './transport/group.ts'
export type { Reader, ReaderOptions, ReadStart } from './transport/reader.ts'
export { partitionKey } from './transport/record.ts'
export type {
  IncomingRecord,
  IncomingRecords,
  OutgoingRecord,
  RecordBatch,
  TopicPartition,
  TopicPartitionOffset,
} from './transport/record.ts'

export { defaultPartitioner, keylessPartitioner, partitionForKey } from './topic/partitioner.ts'
export type { KeylessOptions, Partitioner } from './topic/partitioner.ts'

export { createAssignor } from './assignment/assignor.ts'
export type { Assignor, AssignorOptions, CurrentAssignment } from './assignment/assignor.ts'
export type { WorkerAddress } from './assignment/assignment-data.ts'
export type { TaskPosition } from './assignment/member-data.ts'
export type { CoPartition, Task } from './assignment/topology.ts'
