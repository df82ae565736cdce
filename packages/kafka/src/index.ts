// What transports build on. Nothing else of this package is public.
export type { AbortedTransaction } from './records/aborted-transactions.ts'
export { BatchBuilder } from './records/batch-builder.ts'
export type { BatchSeal } from './records/batch-builder.ts'
export { readBatchHeader } from './records/batch-header.ts'
export type { BatchHeader } from './records/batch-header.ts'
export type { Codec, Codecs, CompressionName } from './records/compression/codec.ts'
export { createCodecs } from './records/compression/create-codecs.ts'
export type { CodecOptions } from './records/compression/create-codecs.ts'
export type { Lz4Library } from './records/compression/lz4.ts'
export type { SnappyLibrary } from './records/compression/snappy.ts'
export { CONTROL, encodeMarker } from './records/control-record.ts'
export type { TransactionMarker } from './records/control-record.ts'
export { RecordsReader } from './records/records-reader.ts'
export type { RecordsToRead } from './records/records-reader.ts'

export { addOffsetsToTxnApi } from './requests/add-offsets-to-txn.ts'
export type { AddOffsetsToTxnRequest } from './requests/add-offsets-to-txn.ts'
export { addPartitionsToTxnApi } from './requests/add-partitions-to-txn.ts'
export type { AddPartitionsToTxnRequest } from './requests/add-partitions-to-txn.ts'
export type { Api } from './requests/api.ts'
export { APIS } from './requests/apis.ts'
export { brokerFault } from './requests/broker-fault.ts'
export type { BrokerFaultPlace } from './requests/broker-fault.ts'
export {
  CONSUMER_PROTOCOL,
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from './requests/consumer-protocol.ts'
export type { Assignment, Subscription } from './requests/consumer-protocol.ts'
export { deleteRecordsApi } from './requests/delete-records.ts'
export type { DeletedRecords, DeleteRecordsRequest, DeleteRecordsResponse } from './requests/delete-records.ts'
export { endTxnApi } from './requests/end-txn.ts'
export type { EndTxnRequest } from './requests/end-txn.ts'
export { fetchApi } from './requests/fetch.ts'
export type { FetchedPartition, FetchPartition, FetchRequest, FetchResponse } from './requests/fetch.ts'
export { findCoordinatorApi } from './requests/find-coordinator.ts'
export type { CoordinatorKind, FindCoordinatorRequest, FindCoordinatorResponse } from './requests/find-coordinator.ts'
export { withHeaderTags, withoutHeaderTags } from './requests/header.ts'
export { heartbeatApi } from './requests/heartbeat.ts'
export type { HeartbeatRequest } from './requests/heartbeat.ts'
export { initProducerIdApi } from './requests/init-producer-id.ts'
export type { InitProducerIdRequest, InitProducerIdResponse } from './requests/init-producer-id.ts'
export type { Isolation } from './requests/isolation.ts'
export { joinGroupApi } from './requests/join-group.ts'
export type { GroupProtocol, JoinedMember, JoinGroupRequest, JoinGroupResponse } from './requests/join-group.ts'
export { KAFKA_ERRORS, kafkaError } from './requests/kafka-errors.ts'
export type { KafkaErrorFacts } from './requests/kafka-errors.ts'
export { leaveGroupApi } from './requests/leave-group.ts'
export type { LeaveGroupRequest, LeaveGroupResponse, LeavingMember, LeftMember } from './requests/leave-group.ts'
export { EARLIEST, LATEST, listOffsetsApi } from './requests/list-offsets.ts'
export type {
  ListedOffset,
  ListOffsetsPartition,
  ListOffsetsRequest,
  ListOffsetsResponse,
} from './requests/list-offsets.ts'
export { metadataApi } from './requests/metadata.ts'
export type {
  BrokerAddress,
  MetadataRequest,
  MetadataResponse,
  PartitionMetadata,
  TopicMetadata,
} from './requests/metadata.ts'
export { offsetCommitApi } from './requests/offset-commit.ts'
export type { OffsetCommitRequest, OffsetToStore } from './requests/offset-commit.ts'
export { offsetFetchApi } from './requests/offset-fetch.ts'
export type { FetchedOffset, OffsetFetchRequest, OffsetFetchResponse } from './requests/offset-fetch.ts'
export { offsetForLeaderEpochApi } from './requests/offset-for-leader-epoch.ts'
export type {
  EpochEnd,
  EpochToLookUp,
  OffsetForLeaderEpochRequest,
  OffsetForLeaderEpochResponse,
} from './requests/offset-for-leader-epoch.ts'
export type { PartitionError, PartitionErrors } from './requests/partition-error.ts'
export type { PlainResponse } from './requests/plain-response.ts'
export { produceApi } from './requests/produce.ts'
export type {
  ProducedPartition,
  ProducePartition,
  ProduceRequest,
  ProduceResponse,
  RecordError,
} from './requests/produce.ts'
export { syncGroupApi } from './requests/sync-group.ts'
export type { SyncedAssignment, SyncGroupRequest, SyncGroupResponse } from './requests/sync-group.ts'
export { txnOffsetCommitApi } from './requests/txn-offset-commit.ts'
export type { TxnOffsetCommitRequest } from './requests/txn-offset-commit.ts'

export type { Connection, Lane, SendOptions } from './connection/connection.ts'
export { Connections } from './connection/connections.ts'
export type { ConnectionSettings } from './connection/connections.ts'
export { addressName, isUnavailable, neverSent, notKafka } from './connection/faults.ts'
export type { Unavailable } from './connection/faults.ts'
export type { LineSettings } from './connection/line.ts'
export type { ApiHeader, ApiVersions, Dial, VersionRange, Wire } from './connection/wire.ts'

export type {
  AskOneOptions,
  AskOptions,
  Cluster,
  Leader,
  Led,
  PartitionResult,
  WaitOptions,
} from './cluster/cluster.ts'
export { KafkaCluster } from './cluster/kafka-cluster.ts'
export { ADMIN_APIS } from './cluster/admin/admin-apis.ts'
export { KafkaAdmin } from './cluster/admin/kafka-admin.ts'

export type { Fetcher, FetcherOptions, FetchFrom } from './fetcher/fetcher.ts'
export { KafkaFetcher } from './fetcher/kafka-fetcher.ts'
export { KafkaReader } from './fetcher/kafka-reader.ts'

export { KafkaTransport } from './transport/kafka-transport.ts'
export type { KafkaTransportParts } from './transport/kafka-transport.ts'
