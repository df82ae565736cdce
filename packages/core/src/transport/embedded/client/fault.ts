import type { ErrorCode } from '../../../service/error-codes.ts'
import { FaustError } from '../../../service/errors.ts'
import { KafkaError, kafkaErrorName } from '../log/kafka-error.ts'
import type { KafkaErrorCode } from '../log/kafka-error.ts'

/** What was going on when the log refused. */
export interface FaultPlace {
  /** The beginning of the message: who or what, e.g. `Producer "shop-1"` or `Partition 3 of topic "orders"`. */
  readonly subject: string
  /** What the log added. */
  readonly message?: string | undefined
  readonly details?: Readonly<Record<string, unknown>> | undefined
}

interface Translation {
  readonly code: ErrorCode
  /** Continues the subject: what is wrong and what to do. */
  readonly says: string
  readonly retriable?: boolean
}

const FENCED: Translation = {
  code: 'FAUST_PRODUCER_FENCED',
  says: 'is fenced: a newer producer has its id, or its transaction took longer than transactionTimeout. Initialise it again; if that is refused too, another one runs under the same id: stop this one',
}

/** What each of the log's errors is called on this side. */
const TRANSLATIONS: Readonly<Partial<Record<KafkaErrorCode, Translation>>> = {
  [KafkaError.OFFSET_OUT_OF_RANGE]: {
    code: 'FAUST_OFFSET_OUT_OF_RANGE',
    says: 'was asked for an offset outside of its log: seek to one between log start and log end',
  },
  [KafkaError.UNKNOWN_TOPIC_OR_PARTITION]: {
    code: 'FAUST_TOPIC_MISSING',
    says: 'does not exist: declare the topic first',
  },
  [KafkaError.MESSAGE_TOO_LARGE]: {
    code: 'FAUST_RECORD_TOO_LARGE',
    says: 'refused a record that is too large: raise max.message.bytes of the topic or send less',
  },
  [KafkaError.OFFSET_METADATA_TOO_LARGE]: {
    code: 'FAUST_RECORD_TOO_LARGE',
    says: 'refused a commit whose metadata has more than 4,096 bytes: commit less metadata',
  },
  [KafkaError.COORDINATOR_NOT_AVAILABLE]: {
    code: 'FAUST_TRANSPORT_UNAVAILABLE',
    says: 'got no answer because the log is closing: try again when it is open',
    retriable: true,
  },
  [KafkaError.INVALID_TOPIC_EXCEPTION]: { code: 'FAUST_NAME_INVALID', says: 'has a name that the log refuses' },
  [KafkaError.ILLEGAL_GENERATION]: {
    code: 'FAUST_GENERATION_STALE',
    says: 'acts with a generation that is over: its partitions may belong to somebody else; give up what was done with them',
  },
  [KafkaError.INCONSISTENT_GROUP_PROTOCOL]: {
    code: 'FAUST_GROUP_PROTOCOL',
    says: 'offers an assignor that the other members of its group do not: run one version of the app in a group, or choose another group',
  },
  [KafkaError.INVALID_GROUP_ID]: { code: 'FAUST_NAME_INVALID', says: 'has an empty group name: give it one' },
  [KafkaError.UNKNOWN_MEMBER_ID]: {
    code: 'FAUST_MEMBER_UNKNOWN',
    says: 'is no member of its group any more: its session ended or it was removed; its partitions belong to somebody else',
  },
  [KafkaError.REBALANCE_IN_PROGRESS]: {
    code: 'FAUST_REBALANCE_IN_PROGRESS',
    says: 'has to wait for the rebalance that is under way',
    retriable: true,
  },
  [KafkaError.TOPIC_ALREADY_EXISTS]: { code: 'FAUST_TOPIC_EXISTS', says: 'exists already' },
  [KafkaError.INVALID_PARTITIONS]: { code: 'FAUST_SETTING_INVALID', says: 'cannot have that number of partitions' },
  [KafkaError.INVALID_CONFIG]: { code: 'FAUST_SETTING_INVALID', says: 'has a setting that the log refuses' },
  [KafkaError.INVALID_REQUEST]: { code: 'FAUST_SETTING_INVALID', says: 'sent something that the log refuses' },
  [KafkaError.OUT_OF_ORDER_SEQUENCE_NUMBER]: {
    code: 'FAUST_SEQUENCE',
    says: 'sent records out of their order: initialise the producer again',
  },
  [KafkaError.INVALID_PRODUCER_EPOCH]: FENCED,
  [KafkaError.PRODUCER_FENCED]: FENCED,
  [KafkaError.INVALID_PRODUCER_ID_MAPPING]: FENCED,
  [KafkaError.INVALID_TXN_STATE]: {
    code: 'FAUST_TRANSACTION_ABORTABLE',
    says: 'acts in a transaction that is not open at the log: abort it and begin anew',
  },
  [KafkaError.INVALID_TRANSACTION_TIMEOUT]: {
    code: 'FAUST_SETTING_INVALID',
    says: 'has a transactionTimeout that the log refuses: choose 1 to 900,000 ms',
  },
  [KafkaError.CONCURRENT_TRANSACTIONS]: {
    code: 'FAUST_TRANSACTION_CONCURRENT',
    says: 'still waits for the end of the transaction before: try again',
    retriable: true,
  },
  [KafkaError.KAFKA_STORAGE_ERROR]: {
    code: 'FAUST_LOG_DIRECTORY',
    says: 'could not be written to the directory of the log: free space or mend its rights, then try again',
    retriable: true,
  },
  [KafkaError.FENCED_INSTANCE_ID]: {
    code: 'FAUST_INSTANCE_FENCED',
    says: 'was replaced by a newer member with the same instance id: give each worker an id of its own',
  },
  [KafkaError.INVALID_RECORD]: { code: 'FAUST_RECORD_INVALID', says: 'refused a record' },
  [KafkaError.UNSTABLE_OFFSET_COMMIT]: {
    code: 'FAUST_OFFSETS_UNSTABLE',
    says: 'has offsets in a transaction that is still open: ask again when it has ended',
    retriable: true,
  },
  [KafkaError.INCONSISTENT_TOPIC_ID]: {
    code: 'FAUST_TOPIC_RECREATED',
    says: 'was deleted and made again, so its offsets mean other records: start over from its log start',
  },
}

/** The error of this side for what the log answered. */
export function faultOf(error: KafkaErrorCode, { subject, message, details }: FaultPlace): FaustError {
  const { code, says, retriable }: Translation = TRANSLATIONS[error] ?? {
    code: 'FAUST_TRANSPORT_UNAVAILABLE',
    says: `got the unexpected answer ${kafkaErrorName(error)} from the log`,
  }
  const added = message === undefined ? '' : ` (${message})`
  return new FaustError(code, `${subject} ${says}${added}`, { retriable, details: details ?? {} })
}

/** How messages name a partition. */
export function partitionName(topic: string, partition: number): string {
  return `Partition ${partition} of topic "${topic}"`
}
