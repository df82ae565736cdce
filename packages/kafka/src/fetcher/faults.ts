import { FaustError } from '@faust/core'
import type { Position } from './position.ts'

/** Where a log begins and ends. */
export interface LogRange {
  readonly logStart: number
  readonly logEnd: number
}

export function fetcherClosed(subject: string): FaustError {
  return new FaustError('FAUST_CLOSED', `${subject} is closed: make a new one`)
}

/** The position is not in the log, or what it followed was cut off (`truncatedAt`). */
export function outOfRange(position: Position, range: LogRange, truncatedAt?: number): FaustError {
  const { topic, partition, offset, name } = position
  const { logStart, logEnd } = range
  const problem =
    truncatedAt === undefined
      ? `has the offsets ${logStart} to ${logEnd}, and ${offset} is to be read`
      : `was cut off at offset ${truncatedAt} by a new leader, and had been read up to ${offset}: what was read behind it is lost`
  const message = `${name} ${problem}. Seek to an offset between log start and log end`
  return new FaustError('FAUST_OFFSET_OUT_OF_RANGE', message, {
    details: { topic, partition, offset, logStart, logEnd },
  })
}

export function topicRecreated({ topic, partition, offset, name }: Position, range?: LogRange): FaustError {
  const message =
    `${name} is of another topic than it was: the topic was deleted and made again, so offset ${offset} means another ` +
    'record. Start over from its log start'
  return new FaustError('FAUST_TOPIC_RECREATED', message, { details: { topic, partition, offset, ...range } })
}

export function topicGone({ topic, partition, offset, name }: Position): FaustError {
  const message = `${name} was deleted while it was read: unassign it, or declare the topic again`
  return new FaustError('FAUST_TOPIC_MISSING', message, { details: { topic, partition, offset } })
}

/** What was fetched again and is damaged as before: no further try helps, and who asked is not to go on asking. */
export function damageStays({ code, message, details, cause }: FaustError): FaustError {
  return new FaustError(code, `${message}. It was fetched twice`, { cause, details })
}
