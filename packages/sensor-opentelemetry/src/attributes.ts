/**
 * Names of attributes, metrics and spans. Those of `messaging.*` and `error.type` are of OpenTelemetry's semantic
 * conventions for messaging (in development, as of version 1.37), which its package exports only as unstable; the rest is our own.
 */

export const MESSAGING_SYSTEM = 'messaging.system'
/** The log is Kafka's, or the embedded one, which behaves as Kafka does. */
export const SYSTEM = 'kafka'
export const OPERATION_NAME = 'messaging.operation.name'
export const OPERATION_TYPE = 'messaging.operation.type'
/** A topic. */
export const DESTINATION = 'messaging.destination.name'
/** A string, as the conventions have it. */
export const PARTITION = 'messaging.destination.partition.id'
export const CONSUMER_GROUP = 'messaging.consumer.group.name'
export const OFFSET = 'messaging.kafka.offset'
export const BATCH_COUNT = 'messaging.batch.message_count'
export const ERROR_TYPE = 'error.type'

export const APP = 'faust.app'
export const STATE = 'faust.state'
export const AGENT = 'faust.agent'
/** Of a failure: `retry`, `skip`, `deadLetter`, `stop`; of a span: `done`, `filtered`, `failed`, `released`. */
export const OUTCOME = 'faust.outcome'
/** How often the value was tried before, and once more. Only from 2 on. */
export const ATTEMPT = 'faust.attempt'
/** `handler`, `commit`, `fetch`. */
export const STALL = 'faust.stall'
export const TABLE = 'faust.table'
/** `get`, `set`, `delete`. */
export const TABLE_OPERATION = 'faust.table.operation'
/** A number of a table's partition, as a string. */
export const TABLE_PARTITION = 'faust.table.partition'

export const METRICS = {
  consumed: 'messaging.client.consumed.messages',
  sent: 'messaging.client.sent.messages',
  operationDuration: 'messaging.client.operation.duration',
  consumedBytes: 'faust.consumed.bytes',
  sentBytes: 'faust.sent.bytes',
  processed: 'faust.agent.processed',
  longest: 'faust.agent.longest',
  failures: 'faust.agent.failures',
  stalls: 'faust.stalls',
  pauses: 'faust.partition.pauses',
  lag: 'faust.partition.lag',
  readOffset: 'faust.partition.read_offset',
  committedOffset: 'faust.partition.committed_offset',
  tableOperations: 'faust.table.operations',
  tableLate: 'faust.table.late',
  restoreDuration: 'faust.table.restore.duration',
  restoreRemaining: 'faust.table.restore.remaining',
  standbyLag: 'faust.table.standby.lag',
  commitDuration: 'faust.commit.duration',
  commitEntries: 'faust.commit.entries',
  rebalanceDuration: 'faust.rebalance.duration',
  tasks: 'faust.tasks',
  state: 'faust.app.state',
} as const

/** `process orders`. */
export const PROCESS = 'process'
/** `create orders`: the record is on its way to a producer, which sends it with others. */
export const CREATE = 'create'
export const POLL = 'poll'
export const RECEIVE = 'receive'
export const SEND = 'send'
