import { KAFKA } from '../../requests/error-codes.ts'

/** What an answer to Produce means for its batch. */
export type Verdict =
  /** The log has it, now or already. */
  | 'stored'
  /** The same bytes again. */
  | 'again'
  /** Too large, or with a bad record: in smaller pieces, or refused when it is one record. */
  | 'divide'
  /** Certainly not stored. */
  | 'refused'
  /** A newer producer has the id, or the transaction took too long: only `init` can tell. */
  | 'fenced'
  /** Nobody can say: everything of this producer ends here. */
  | 'unknown'

const VERDICTS: ReadonlyMap<number, Verdict> = new Map<number, Verdict>([
  [KAFKA.NONE, 'stored'],
  [KAFKA.DUPLICATE_SEQUENCE_NUMBER, 'stored'],

  [KAFKA.UNKNOWN_TOPIC_OR_PARTITION, 'again'],
  [KAFKA.LEADER_NOT_AVAILABLE, 'again'],
  [KAFKA.NOT_LEADER_OR_FOLLOWER, 'again'],
  [KAFKA.REQUEST_TIMED_OUT, 'again'],
  [KAFKA.BROKER_NOT_AVAILABLE, 'again'],
  [KAFKA.REPLICA_NOT_AVAILABLE, 'again'],
  [KAFKA.NETWORK_EXCEPTION, 'again'],
  [KAFKA.COORDINATOR_LOAD_IN_PROGRESS, 'again'],
  [KAFKA.COORDINATOR_NOT_AVAILABLE, 'again'],
  [KAFKA.NOT_COORDINATOR, 'again'],
  [KAFKA.NOT_ENOUGH_REPLICAS, 'again'],
  [KAFKA.NOT_ENOUGH_REPLICAS_AFTER_APPEND, 'again'],
  [KAFKA.CONCURRENT_TRANSACTIONS, 'again'],
  [KAFKA.KAFKA_STORAGE_ERROR, 'again'],
  [KAFKA.LISTENER_NOT_FOUND, 'again'],
  [KAFKA.FENCED_LEADER_EPOCH, 'again'],
  [KAFKA.UNKNOWN_LEADER_EPOCH, 'again'],
  [KAFKA.THROTTLING_QUOTA_EXCEEDED, 'again'],
  // Damaged on the way; a few times, as it might also be ours.
  [KAFKA.CORRUPT_MESSAGE, 'again'],

  [KAFKA.MESSAGE_TOO_LARGE, 'divide'],
  [KAFKA.RECORD_LIST_TOO_LARGE, 'divide'],
  [KAFKA.INVALID_TIMESTAMP, 'divide'],
  [KAFKA.INVALID_RECORD, 'divide'],

  [KAFKA.INVALID_TOPIC_EXCEPTION, 'refused'],
  [KAFKA.INVALID_REQUIRED_ACKS, 'refused'],
  [KAFKA.TOPIC_AUTHORIZATION_FAILED, 'refused'],
  [KAFKA.CLUSTER_AUTHORIZATION_FAILED, 'refused'],
  [KAFKA.UNSUPPORTED_VERSION, 'refused'],
  [KAFKA.INVALID_REQUEST, 'refused'],
  [KAFKA.UNSUPPORTED_FOR_MESSAGE_FORMAT, 'refused'],
  [KAFKA.POLICY_VIOLATION, 'refused'],
  [KAFKA.INVALID_TXN_STATE, 'refused'],
  [KAFKA.TRANSACTIONAL_ID_AUTHORIZATION_FAILED, 'refused'],
  [KAFKA.UNSUPPORTED_COMPRESSION_TYPE, 'refused'],
  [KAFKA.TRANSACTION_ABORTABLE, 'refused'],

  [KAFKA.INVALID_PRODUCER_EPOCH, 'fenced'],
  [KAFKA.INVALID_PRODUCER_ID_MAPPING, 'fenced'],
  [KAFKA.PRODUCER_FENCED, 'fenced'],
  // OUT_OF_ORDER_SEQUENCE_NUMBER, UNKNOWN_PRODUCER_ID, and whatever else a broker says: something may have been stored.
])

export function verdictOf(code: number): Verdict {
  return VERDICTS.get(code) ?? 'unknown'
}

/** After these another broker may lead the partition. */
const STALE: ReadonlySet<number> = new Set([
  KAFKA.UNKNOWN_TOPIC_OR_PARTITION,
  KAFKA.LEADER_NOT_AVAILABLE,
  KAFKA.NOT_LEADER_OR_FOLLOWER,
  KAFKA.NETWORK_EXCEPTION,
  KAFKA.KAFKA_STORAGE_ERROR,
  KAFKA.LISTENER_NOT_FOUND,
  KAFKA.FENCED_LEADER_EPOCH,
  KAFKA.UNKNOWN_LEADER_EPOCH,
])

export function isStale(code: number): boolean {
  return STALE.has(code)
}

/** Answers of a broker that had not begun to write. After any other the batch may be in the log. */
const BEFORE_WRITING: ReadonlySet<number> = new Set([
  KAFKA.CORRUPT_MESSAGE,
  KAFKA.UNKNOWN_TOPIC_OR_PARTITION,
  KAFKA.LEADER_NOT_AVAILABLE,
  KAFKA.COORDINATOR_LOAD_IN_PROGRESS,
  KAFKA.COORDINATOR_NOT_AVAILABLE,
  KAFKA.NOT_COORDINATOR,
  KAFKA.NOT_ENOUGH_REPLICAS,
  KAFKA.CONCURRENT_TRANSACTIONS,
  KAFKA.LISTENER_NOT_FOUND,
  KAFKA.FENCED_LEADER_EPOCH,
  KAFKA.UNKNOWN_LEADER_EPOCH,
  KAFKA.THROTTLING_QUOTA_EXCEEDED,
])

export function isBeforeWriting(code: number): boolean {
  return BEFORE_WRITING.has(code)
}
