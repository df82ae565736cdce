import type { ErrorCode } from '@faust/core'
import { ERROR_TEXTS } from './kafka-error-texts.ts'

/** What one of Kafka's error numbers means. */
export interface KafkaErrorFacts {
  readonly code: number
  /** As Kafka calls it. */
  readonly name: string
  /**
   * Whether the same request may succeed later, by itself or after metadata or coordinator were looked up anew. Kafka's own
   * opinion, but for 8 (no broker is up), 27 and 79 (joining again helps).
   */
  readonly retriable: boolean
  /** The code of the `FaustError` it becomes when it reaches the app. */
  readonly becomes: ErrorCode
  /** Continues "Topic orders, partition 3 …": what is wrong and, where somebody can do something, what. */
  readonly says: string
}

type Row = readonly [code: number, name: string, retriable: boolean, becomes: ErrorCode]

/** What the APIs that are spoken here can answer: https://kafka.apache.org/protocol#protocol_error_codes */
const ROWS: readonly Row[] = [
  [-1, 'UNKNOWN_SERVER_ERROR', false, 'FAUST_BROKER_REFUSED'],
  [1, 'OFFSET_OUT_OF_RANGE', false, 'FAUST_OFFSET_OUT_OF_RANGE'],
  [2, 'CORRUPT_MESSAGE', true, 'FAUST_RECORD_INVALID'],
  [3, 'UNKNOWN_TOPIC_OR_PARTITION', true, 'FAUST_TOPIC_MISSING'],
  [4, 'INVALID_FETCH_SIZE', false, 'FAUST_SETTING_INVALID'],
  [5, 'LEADER_NOT_AVAILABLE', true, 'FAUST_TRANSPORT_UNAVAILABLE'],
  [6, 'NOT_LEADER_OR_FOLLOWER', true, 'FAUST_TRANSPORT_UNAVAILABLE'],
  [7, 'REQUEST_TIMED_OUT', true, 'FAUST_TRANSPORT_UNAVAILABLE'],
  [8, 'BROKER_NOT_AVAILABLE', true, 'FAUST_TRANSPORT_UNAVAILABLE'],
  [9, 'REPLICA_NOT_AVAILABLE', true, 'FAUST_TRANSPORT_UNAVAILABLE'],
  [10, 'MESSAGE_TOO_LARGE', false, 'FAUST_RECORD_TOO_LARGE'],
  [12, 'OFFSET_METADATA_TOO_LARGE', false, 'FAUST_RECORD_TOO_LARGE'],
  [13, 'NETWORK_EXCEPTION', true, 'FAUST_TRANSPORT_UNAVAILABLE'],
  [14, 'COORDINATOR_LOAD_IN_PROGRESS', true, 'FAUST_TRANSPORT_UNAVAILABLE'],
  [15, 'COORDINATOR_NOT_AVAILABLE', true, 'FAUST_TRANSPORT_UNAVAILABLE'],
  [16, 'NOT_COORDINATOR', true, 'FAUST_TRANSPORT_UNAVAILABLE'],
  [17, 'INVALID_TOPIC_EXCEPTION', false, 'FAUST_NAME_INVALID'],
  [18, 'RECORD_LIST_TOO_LARGE', false, 'FAUST_RECORD_TOO_LARGE'],
  [19, 'NOT_ENOUGH_REPLICAS', true, 'FAUST_TRANSPORT_UNAVAILABLE'],
  [20, 'NOT_ENOUGH_REPLICAS_AFTER_APPEND', true, 'FAUST_TRANSPORT_UNAVAILABLE'],
  [21, 'INVALID_REQUIRED_ACKS', false, 'FAUST_BROKER_REFUSED'],
  [22, 'ILLEGAL_GENERATION', false, 'FAUST_GENERATION_STALE'],
  [23, 'INCONSISTENT_GROUP_PROTOCOL', false, 'FAUST_GROUP_PROTOCOL'],
  [24, 'INVALID_GROUP_ID', false, 'FAUST_NAME_INVALID'],
  [25, 'UNKNOWN_MEMBER_ID', false, 'FAUST_MEMBER_UNKNOWN'],
  [26, 'INVALID_SESSION_TIMEOUT', false, 'FAUST_SETTING_INVALID'],
  [27, 'REBALANCE_IN_PROGRESS', true, 'FAUST_REBALANCE_IN_PROGRESS'],
  [28, 'INVALID_COMMIT_OFFSET_SIZE', false, 'FAUST_RECORD_TOO_LARGE'],
  [29, 'TOPIC_AUTHORIZATION_FAILED', false, 'FAUST_NOT_AUTHORIZED'],
  [30, 'GROUP_AUTHORIZATION_FAILED', false, 'FAUST_NOT_AUTHORIZED'],
  [31, 'CLUSTER_AUTHORIZATION_FAILED', false, 'FAUST_NOT_AUTHORIZED'],
  [32, 'INVALID_TIMESTAMP', false, 'FAUST_RECORD_INVALID'],
  [34, 'ILLEGAL_SASL_STATE', false, 'FAUST_NOT_AUTHORIZED'],
  [35, 'UNSUPPORTED_VERSION', false, 'FAUST_NOT_SUPPORTED'],
  [36, 'TOPIC_ALREADY_EXISTS', false, 'FAUST_TOPIC_EXISTS'],
  [37, 'INVALID_PARTITIONS', false, 'FAUST_SETTING_INVALID'],
  [38, 'INVALID_REPLICATION_FACTOR', false, 'FAUST_SETTING_INVALID'],
  [40, 'INVALID_CONFIG', false, 'FAUST_SETTING_INVALID'],
  [41, 'NOT_CONTROLLER', true, 'FAUST_TRANSPORT_UNAVAILABLE'],
  [42, 'INVALID_REQUEST', false, 'FAUST_BROKER_REFUSED'],
  [43, 'UNSUPPORTED_FOR_MESSAGE_FORMAT', false, 'FAUST_NOT_SUPPORTED'],
  [44, 'POLICY_VIOLATION', false, 'FAUST_SETTING_INVALID'],
  [45, 'OUT_OF_ORDER_SEQUENCE_NUMBER', false, 'FAUST_SEQUENCE'],
  [46, 'DUPLICATE_SEQUENCE_NUMBER', false, 'FAUST_SEQUENCE'],
  [47, 'INVALID_PRODUCER_EPOCH', false, 'FAUST_PRODUCER_FENCED'],
  [48, 'INVALID_TXN_STATE', false, 'FAUST_TRANSACTION_ABORTABLE'],
  [49, 'INVALID_PRODUCER_ID_MAPPING', false, 'FAUST_PRODUCER_FENCED'],
  [50, 'INVALID_TRANSACTION_TIMEOUT', false, 'FAUST_SETTING_INVALID'],
  [51, 'CONCURRENT_TRANSACTIONS', true, 'FAUST_TRANSACTION_CONCURRENT'],
  [52, 'TRANSACTION_COORDINATOR_FENCED', false, 'FAUST_PRODUCER_FENCED'],
  [53, 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED', false, 'FAUST_NOT_AUTHORIZED'],
  [55, 'OPERATION_NOT_ATTEMPTED', false, 'FAUST_TRANSACTION_ABORTABLE'],
  [56, 'KAFKA_STORAGE_ERROR', true, 'FAUST_TRANSPORT_UNAVAILABLE'],
  [58, 'SASL_AUTHENTICATION_FAILED', false, 'FAUST_NOT_AUTHORIZED'],
  [59, 'UNKNOWN_PRODUCER_ID', false, 'FAUST_SEQUENCE'],
  [69, 'GROUP_ID_NOT_FOUND', false, 'FAUST_MEMBER_UNKNOWN'],
  [70, 'FETCH_SESSION_ID_NOT_FOUND', true, 'FAUST_TRANSPORT_UNAVAILABLE'],
  [71, 'INVALID_FETCH_SESSION_EPOCH', true, 'FAUST_TRANSPORT_UNAVAILABLE'],
  [72, 'LISTENER_NOT_FOUND', true, 'FAUST_TRANSPORT_UNAVAILABLE'],
  [74, 'FENCED_LEADER_EPOCH', true, 'FAUST_TRANSPORT_UNAVAILABLE'],
  [75, 'UNKNOWN_LEADER_EPOCH', true, 'FAUST_TRANSPORT_UNAVAILABLE'],
  [76, 'UNSUPPORTED_COMPRESSION_TYPE', false, 'FAUST_NOT_SUPPORTED'],
  [78, 'OFFSET_NOT_AVAILABLE', true, 'FAUST_TRANSPORT_UNAVAILABLE'],
  [79, 'MEMBER_ID_REQUIRED', true, 'FAUST_MEMBER_UNKNOWN'],
  [81, 'GROUP_MAX_SIZE_REACHED', false, 'FAUST_GROUP_PROTOCOL'],
  [82, 'FENCED_INSTANCE_ID', false, 'FAUST_INSTANCE_FENCED'],
  [87, 'INVALID_RECORD', false, 'FAUST_RECORD_INVALID'],
  [88, 'UNSTABLE_OFFSET_COMMIT', true, 'FAUST_OFFSETS_UNSTABLE'],
  [89, 'THROTTLING_QUOTA_EXCEEDED', true, 'FAUST_TRANSPORT_UNAVAILABLE'],
  [90, 'PRODUCER_FENCED', false, 'FAUST_PRODUCER_FENCED'],
  [95, 'INVALID_UPDATE_VERSION', false, 'FAUST_BROKER_REFUSED'],
  [100, 'UNKNOWN_TOPIC_ID', true, 'FAUST_TOPIC_MISSING'],
  [103, 'INCONSISTENT_TOPIC_ID', true, 'FAUST_TOPIC_RECREATED'],
  [105, 'TRANSACTIONAL_ID_NOT_FOUND', false, 'FAUST_TRANSACTION_STATE'],
  [106, 'FETCH_SESSION_TOPIC_ID_ERROR', true, 'FAUST_TRANSPORT_UNAVAILABLE'],
  [109, 'OFFSET_MOVED_TO_TIERED_STORAGE', false, 'FAUST_NOT_SUPPORTED'],
  [110, 'FENCED_MEMBER_EPOCH', false, 'FAUST_GENERATION_STALE'],
  [113, 'STALE_MEMBER_EPOCH', false, 'FAUST_GENERATION_STALE'],
  [120, 'TRANSACTION_ABORTABLE', false, 'FAUST_TRANSACTION_ABORTABLE'],
]

const FACTS: ReadonlyMap<number, KafkaErrorFacts> = new Map(
  ROWS.map(([code, name, retriable, becomes]) => [code, { code, name, retriable, becomes, says: ERROR_TEXTS[code]! }]),
)

/** Every number in the table. */
export const KAFKA_ERRORS: readonly KafkaErrorFacts[] = [...FACTS.values()]

/** What a number means; one that is not in the table is refused for good. 0 is no error and not asked for. */
export function kafkaError(code: number): KafkaErrorFacts {
  const known = FACTS.get(code)
  if (known !== undefined) return known
  const says = `was refused with error ${code}, which this version does not know: see Kafka's documentation`
  return { code, name: `ERROR_${code}`, retriable: false, becomes: 'FAUST_BROKER_REFUSED', says }
}
