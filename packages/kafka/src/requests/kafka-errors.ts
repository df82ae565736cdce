import type { ErrorCode } from '@faust/core'
import { KAFKA } from './error-codes.ts'
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

type Row = readonly [name: Exclude<keyof typeof KAFKA, 'NONE'>, retriable: boolean, becomes: ErrorCode]

/** What the APIs that are spoken here can answer. */
const ROWS: readonly Row[] = [
  ['UNKNOWN_SERVER_ERROR', false, 'FAUST_BROKER_REFUSED'],
  ['OFFSET_OUT_OF_RANGE', false, 'FAUST_OFFSET_OUT_OF_RANGE'],
  ['CORRUPT_MESSAGE', true, 'FAUST_RECORD_INVALID'],
  ['UNKNOWN_TOPIC_OR_PARTITION', true, 'FAUST_TOPIC_MISSING'],
  ['INVALID_FETCH_SIZE', false, 'FAUST_SETTING_INVALID'],
  ['LEADER_NOT_AVAILABLE', true, 'FAUST_TRANSPORT_UNAVAILABLE'],
  ['NOT_LEADER_OR_FOLLOWER', true, 'FAUST_TRANSPORT_UNAVAILABLE'],
  ['REQUEST_TIMED_OUT', true, 'FAUST_TRANSPORT_UNAVAILABLE'],
  ['BROKER_NOT_AVAILABLE', true, 'FAUST_TRANSPORT_UNAVAILABLE'],
  ['REPLICA_NOT_AVAILABLE', true, 'FAUST_TRANSPORT_UNAVAILABLE'],
  ['MESSAGE_TOO_LARGE', false, 'FAUST_RECORD_TOO_LARGE'],
  ['OFFSET_METADATA_TOO_LARGE', false, 'FAUST_RECORD_TOO_LARGE'],
  ['NETWORK_EXCEPTION', true, 'FAUST_TRANSPORT_UNAVAILABLE'],
  ['COORDINATOR_LOAD_IN_PROGRESS', true, 'FAUST_TRANSPORT_UNAVAILABLE'],
  ['COORDINATOR_NOT_AVAILABLE', true, 'FAUST_TRANSPORT_UNAVAILABLE'],
  ['NOT_COORDINATOR', true, 'FAUST_TRANSPORT_UNAVAILABLE'],
  ['INVALID_TOPIC_EXCEPTION', false, 'FAUST_NAME_INVALID'],
  ['RECORD_LIST_TOO_LARGE', false, 'FAUST_RECORD_TOO_LARGE'],
  ['NOT_ENOUGH_REPLICAS', true, 'FAUST_TRANSPORT_UNAVAILABLE'],
  ['NOT_ENOUGH_REPLICAS_AFTER_APPEND', true, 'FAUST_TRANSPORT_UNAVAILABLE'],
  ['INVALID_REQUIRED_ACKS', false, 'FAUST_BROKER_REFUSED'],
  ['ILLEGAL_GENERATION', false, 'FAUST_GENERATION_STALE'],
  ['INCONSISTENT_GROUP_PROTOCOL', false, 'FAUST_GROUP_PROTOCOL'],
  ['INVALID_GROUP_ID', false, 'FAUST_NAME_INVALID'],
  ['UNKNOWN_MEMBER_ID', false, 'FAUST_MEMBER_UNKNOWN'],
  ['INVALID_SESSION_TIMEOUT', false, 'FAUST_SETTING_INVALID'],
  ['REBALANCE_IN_PROGRESS', true, 'FAUST_REBALANCE_IN_PROGRESS'],
  ['INVALID_COMMIT_OFFSET_SIZE', false, 'FAUST_RECORD_TOO_LARGE'],
  ['TOPIC_AUTHORIZATION_FAILED', false, 'FAUST_NOT_AUTHORIZED'],
  ['GROUP_AUTHORIZATION_FAILED', false, 'FAUST_NOT_AUTHORIZED'],
  ['CLUSTER_AUTHORIZATION_FAILED', false, 'FAUST_NOT_AUTHORIZED'],
  ['INVALID_TIMESTAMP', false, 'FAUST_RECORD_INVALID'],
  ['ILLEGAL_SASL_STATE', false, 'FAUST_NOT_AUTHORIZED'],
  ['UNSUPPORTED_VERSION', false, 'FAUST_NOT_SUPPORTED'],
  ['TOPIC_ALREADY_EXISTS', false, 'FAUST_TOPIC_EXISTS'],
  ['INVALID_PARTITIONS', false, 'FAUST_SETTING_INVALID'],
  ['INVALID_REPLICATION_FACTOR', false, 'FAUST_SETTING_INVALID'],
  ['INVALID_CONFIG', false, 'FAUST_SETTING_INVALID'],
  ['NOT_CONTROLLER', true, 'FAUST_TRANSPORT_UNAVAILABLE'],
  ['INVALID_REQUEST', false, 'FAUST_BROKER_REFUSED'],
  ['UNSUPPORTED_FOR_MESSAGE_FORMAT', false, 'FAUST_NOT_SUPPORTED'],
  ['POLICY_VIOLATION', false, 'FAUST_SETTING_INVALID'],
  ['OUT_OF_ORDER_SEQUENCE_NUMBER', false, 'FAUST_SEQUENCE'],
  ['DUPLICATE_SEQUENCE_NUMBER', false, 'FAUST_SEQUENCE'],
  ['INVALID_PRODUCER_EPOCH', false, 'FAUST_PRODUCER_FENCED'],
  ['INVALID_TXN_STATE', false, 'FAUST_TRANSACTION_ABORTABLE'],
  ['INVALID_PRODUCER_ID_MAPPING', false, 'FAUST_PRODUCER_FENCED'],
  ['INVALID_TRANSACTION_TIMEOUT', false, 'FAUST_SETTING_INVALID'],
  ['CONCURRENT_TRANSACTIONS', true, 'FAUST_TRANSACTION_CONCURRENT'],
  ['TRANSACTION_COORDINATOR_FENCED', false, 'FAUST_PRODUCER_FENCED'],
  ['TRANSACTIONAL_ID_AUTHORIZATION_FAILED', false, 'FAUST_NOT_AUTHORIZED'],
  ['OPERATION_NOT_ATTEMPTED', false, 'FAUST_TRANSACTION_ABORTABLE'],
  ['KAFKA_STORAGE_ERROR', true, 'FAUST_TRANSPORT_UNAVAILABLE'],
  ['SASL_AUTHENTICATION_FAILED', false, 'FAUST_NOT_AUTHORIZED'],
  ['UNKNOWN_PRODUCER_ID', false, 'FAUST_SEQUENCE'],
  ['GROUP_ID_NOT_FOUND', false, 'FAUST_MEMBER_UNKNOWN'],
  ['FETCH_SESSION_ID_NOT_FOUND', true, 'FAUST_TRANSPORT_UNAVAILABLE'],
  ['INVALID_FETCH_SESSION_EPOCH', true, 'FAUST_TRANSPORT_UNAVAILABLE'],
  ['LISTENER_NOT_FOUND', true, 'FAUST_TRANSPORT_UNAVAILABLE'],
  ['FENCED_LEADER_EPOCH', true, 'FAUST_TRANSPORT_UNAVAILABLE'],
  ['UNKNOWN_LEADER_EPOCH', true, 'FAUST_TRANSPORT_UNAVAILABLE'],
  ['UNSUPPORTED_COMPRESSION_TYPE', false, 'FAUST_NOT_SUPPORTED'],
  ['OFFSET_NOT_AVAILABLE', true, 'FAUST_TRANSPORT_UNAVAILABLE'],
  ['MEMBER_ID_REQUIRED', true, 'FAUST_MEMBER_UNKNOWN'],
  ['GROUP_MAX_SIZE_REACHED', false, 'FAUST_GROUP_PROTOCOL'],
  ['FENCED_INSTANCE_ID', false, 'FAUST_INSTANCE_FENCED'],
  ['INVALID_RECORD', false, 'FAUST_RECORD_INVALID'],
  ['UNSTABLE_OFFSET_COMMIT', true, 'FAUST_OFFSETS_UNSTABLE'],
  ['THROTTLING_QUOTA_EXCEEDED', true, 'FAUST_TRANSPORT_UNAVAILABLE'],
  ['PRODUCER_FENCED', false, 'FAUST_PRODUCER_FENCED'],
  ['INVALID_UPDATE_VERSION', false, 'FAUST_BROKER_REFUSED'],
  ['UNKNOWN_TOPIC_ID', true, 'FAUST_TOPIC_MISSING'],
  ['INCONSISTENT_TOPIC_ID', true, 'FAUST_TOPIC_RECREATED'],
  ['TRANSACTIONAL_ID_NOT_FOUND', false, 'FAUST_TRANSACTION_STATE'],
  ['FETCH_SESSION_TOPIC_ID_ERROR', true, 'FAUST_TRANSPORT_UNAVAILABLE'],
  ['OFFSET_MOVED_TO_TIERED_STORAGE', false, 'FAUST_NOT_SUPPORTED'],
  ['FENCED_MEMBER_EPOCH', false, 'FAUST_GENERATION_STALE'],
  ['STALE_MEMBER_EPOCH', false, 'FAUST_GENERATION_STALE'],
  ['TRANSACTION_ABORTABLE', false, 'FAUST_TRANSACTION_ABORTABLE'],
]

const FACTS: ReadonlyMap<number, KafkaErrorFacts> = new Map(
  ROWS.map(([name, retriable, becomes]) => {
    const code = KAFKA[name]
    return [code, { code, name, retriable, becomes, says: ERROR_TEXTS[code]! }]
  }),
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
