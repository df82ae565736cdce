import { FaustError, isFaustError } from '@faust/core'
import type { Place } from './unreadable-record.ts'

/**
 * A batch that cannot be passed over, because not even its length or last offset can be trusted. Fetching it again helps
 * where only the way here damaged it.
 */
export function corruptBatch({ topic, partition }: Place, offset: number, problem: string): FaustError {
  return new FaustError(
    'FAUST_ANSWER_INVALID',
    `The batch of records at offset ${offset} of topic ${topic}, partition ${partition} ${problem}. ` +
      `If it stays so, the log of that broker is damaged there: let another replica lead, or read on behind it ` +
      `(a group: kafka-consumer-groups --reset-offsets)`,
    { retriable: true, details: { topic, partition, offset } },
  )
}

/** Message formats of before Kafka 0.11. */
export function oldFormat({ topic, partition }: Place, offset: number, magic: number): FaustError {
  return new FaustError(
    'FAUST_NOT_SUPPORTED',
    `Topic ${topic}, partition ${partition} holds records of format ${magic} at offset ${offset}, and only format 2 of Kafka 0.11 ` +
      `and later is read: write them anew into another topic, or read on behind them`,
    { details: { topic, partition, offset, magic } },
  )
}

/** What a codec that is not there says, and where it was needed. */
export function codecMissing({ topic, partition }: Place, offset: number, error: unknown): unknown {
  if (!isFaustError(error)) return error
  const { code, message, details } = error
  return new FaustError(code, `Topic ${topic}, partition ${partition}, offset ${offset}: ${message}`, {
    cause: error,
    details: { ...details, topic, partition, offset },
  })
}
