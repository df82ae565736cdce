import { FaustError } from '@faust/core'
import type { TopicPartition } from '@faust/core'
import { brokerFault } from '../requests/broker-fault.ts'

/** How messages name a partition. */
export function partitionName({ topic, partition }: TopicPartition): string {
  return `Partition ${partition} of topic "${topic}"`
}

/** How messages name a producer. */
export function producerName(transactionalId: string | undefined): string {
  return transactionalId === undefined ? 'A producer' : `Producer "${transactionalId}"`
}

/** What a broker answered for a partition. */
export function partitionFault(place: TopicPartition, code: number, message: string | null): FaustError {
  const { topic, partition } = place
  return brokerFault(code, { subject: partitionName(place), message, details: { topic, partition } })
}

/** What a broker answered to a producer as a whole. */
export function producerFault(name: string, code: number): FaustError {
  return brokerFault(code, { subject: name })
}

/** Records that may be in the log or not. */
export function unknownFate({ topic, partition }: TopicPartition, why: string, cause?: unknown): FaustError {
  const message =
    `Whether records for partition ${partition} of topic "${topic}" were stored is unknown, as ${why}: ` +
    'initialise the producer again and go back to the committed offsets'
  return new FaustError('FAUST_DELIVERY_UNKNOWN', message, { cause, details: { topic, partition } })
}

/** Records that are certainly not in the log, as there was no way to it for too long. */
export function undelivered(place: TopicPartition, within: number, cause: FaustError | null): FaustError {
  const { topic, partition } = place
  const reason = cause === null ? 'no leader was found' : cause.message
  const message = `${partitionName(place)} got no records within ${within} ms, and nothing of them is stored: ${reason}`
  return new FaustError('FAUST_TRANSPORT_UNAVAILABLE', message, {
    retriable: true,
    cause: cause ?? undefined,
    details: { topic, partition },
  })
}

export function missingTopic({ topic, partition }: TopicPartition): FaustError {
  const message = `Topic "${topic}" does not exist: declare it first`
  return new FaustError('FAUST_TOPIC_MISSING', message, { details: { topic, partition } })
}

export function missingPartition(place: TopicPartition, partitions: number): FaustError {
  const { topic, partition } = place
  const message = `${partitionName(place)} does not exist: it has ${partitions}, counted from 0`
  return new FaustError('FAUST_PARTITION_UNKNOWN', message, { details: { topic, partition } })
}

/** A record that no batch can hold. */
export function unwritable(place: TopicPartition, index: number, cause: unknown): FaustError {
  const { topic, partition } = place
  const reason = cause instanceof Error ? cause.message : String(cause)
  const message = `Record ${index} of a send to partition ${partition} of topic "${topic}" cannot be written: ${reason}`
  const code = cause instanceof FaustError ? cause.code : 'FAUST_RECORD_INVALID'
  return new FaustError(code, message, { cause, details: { topic, partition, index } })
}

export function closedError(name: string): FaustError {
  return new FaustError('FAUST_CLOSED', `${name} is closed: make a new one`)
}
