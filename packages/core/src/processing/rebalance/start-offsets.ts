import { FaustError } from '../../service/errors.ts'
import type { Logger } from '../../service/logger.ts'
import type { TopicDefinition } from '../../topic/topic-definition.ts'
import type { CommittedOffset, PartitionOffsets } from '../../transport/admin.ts'
import type { TopicPartitionOffset } from '../../transport/record.ts'
import { decodeMetadata, type OffsetMetadata } from '../queue/offset-metadata.ts'
import { NO_TIME } from '../queue/stream-time.ts'
import { counted } from '../../service/counted.ts'

/** Where a newly assigned partition begins. */
export interface StartOffset extends TopicPartitionOffset, OffsetMetadata {
  /** The end of the log as it was asked for. */
  readonly logEnd: number
  /** The offset has to be committed at once, else a crash before the first commit would begin at a later end. */
  readonly commit: boolean
}

/**
 * Where newly assigned partitions begin: at what is committed; else at the topic's `startAt`. The three lists run in
 * parallel. A committed offset outside the log means that records were deleted before they were read: for an internal
 * topic that is an error, for others it is said loudly.
 */
export function startOffsets(
  topics: readonly TopicDefinition[],
  committed: readonly CommittedOffset[],
  bounds: readonly PartitionOffsets[],
  logger: Logger,
): readonly StartOffset[] {
  return committed.map(({ topic, partition, offset, metadata }, index) => {
    const definition = topics[index]!
    const { logStart, logEnd } = bounds[index]!
    const { forms, time } = decodeMetadata(metadata)
    const place = { topic, partition, forms, logEnd }
    if (offset === null) {
      const latest = definition.startAt === 'latest' && !definition.internal
      return { ...place, offset: latest ? logEnd : logStart, time: NO_TIME, commit: latest }
    }
    if (offset >= logStart && offset <= logEnd) return { ...place, offset, time, commit: false }
    return {
      ...place,
      offset: afterLoss(definition, partition, offset, logStart, logEnd, logger),
      // Of a log that was made again nothing lies before.
      time: offset < logStart ? time : NO_TIME,
      commit: false,
    }
  })
}

/** Where to go on when the log no longer has `offset`, or not yet. */
export function afterLoss(
  topic: TopicDefinition,
  partition: number,
  offset: number,
  logStart: number,
  logEnd: number,
  logger: Logger,
): number {
  const details = { topic: topic.name, partition, offset, logStart, logEnd }
  const what =
    offset < logStart
      ? `${counted(logStart - offset, 'record')} had been deleted unread`
      : `the log ends at ${logEnd}, so it has lost records or was made again`
  if (topic.internal) {
    throw new FaustError(
      'FAUST_OFFSET_OUT_OF_RANGE',
      `Internal topic ${topic.name}, partition ${partition}: this app stands at offset ${offset}, but ${what}. ` +
        `Nothing but this app may delete from its internal topics. Reset the app's offsets to go on without them.`,
      { details },
    )
  }
  const next = topic.startAt === 'latest' ? logEnd : logStart
  logger.error(details, `Topic ${topic.name}, partition ${partition}: ${what}. Reading goes on at ${next}`)
  return next
}
