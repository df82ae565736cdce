import { FaustError } from '../../service/errors.ts'
import type { OutgoingRecord } from '../../transport/record.ts'
import type { KnownTopic } from '../topology.ts'
import { sizeOf } from './outbox.ts'

/** What a record takes beside its key, value and headers, at most. */
const RECORD_OVERHEAD = 100

/** The record's partition; refuses what the topic would not take. */
export function placeOf(
  { definition, partitions, maxRecordBytes }: KnownTopic,
  record: OutgoingRecord,
  given?: number,
): number {
  const size = sizeOf(record) + RECORD_OVERHEAD
  if (size > maxRecordBytes) {
    throw new FaustError(
      'FAUST_RECORD_TOO_LARGE',
      `A record of ${size} bytes does not fit into topic ${definition.name}, which takes ${maxRecordBytes} ` +
        `(\`max.message.bytes\`). Send less, or raise the topic's limit.`,
      { details: { topic: definition.name, size, limit: maxRecordBytes } },
    )
  }
  if (given === undefined) return definition.partitioner(record.key, partitions)
  if (Number.isInteger(given) && given >= 0 && given < partitions) return given
  throw new FaustError(
    'FAUST_PARTITION_UNKNOWN',
    `Topic ${definition.name} has the partitions 0 to ${partitions - 1}, not ${String(given)}.`,
    { details: { topic: definition.name, partition: given } },
  )
}
