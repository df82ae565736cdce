import type { GroupBroker } from './broker-groups.ts'
import type { RecordBroker } from './broker-records.ts'
import type { TopicBroker } from './broker-topics.ts'
import type { TransactionBroker } from './broker-transactions.ts'

/**
 * What the client side asks of the log: Kafka's requests, one method each. An answer is a value where a broker would
 * answer at once and a promise where it would wait. A link that a simulator puts between client and log implements the
 * same interface and may answer everything with promises; one that rejects with `FAUST_TRANSPORT_UNAVAILABLE` means
 * that the request or its answer was lost, whichever.
 */
export interface Broker extends RecordBroker, TopicBroker, GroupBroker, TransactionBroker {}
