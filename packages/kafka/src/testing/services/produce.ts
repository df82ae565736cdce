import type { IncomingRecord, OutgoingRecord } from '@faust/core'
import { BATCH, readBatchHeader } from '../../records/batch-header.ts'
import type { Codecs } from '../../records/compression/codec.ts'
import { RecordsReader } from '../../records/records-reader.ts'
import { produceApi } from '../../requests/produce.ts'
import type { ProducedPartition, ProducePartition } from '../../requests/produce.ts'
import type { AnyService, Caller, Shared } from './service.ts'
import { service } from './service.ts'

const CORRUPT = 2
const TOO_LARGE = 10
const BAD_ACKS = 21
const INVALID = 87

/** Writing. Batches are unpacked into the log's records; what is refused by size is refused by the size of the batch. */
export function produceService({ log, clock, leadership }: Shared, codecs: Codecs): AnyService {
  const append = (
    transactionalId: string | null,
    asked: ProducePartition,
    { node }: Caller,
  ): Omit<ProducedPartition, 'topic' | 'partition'> => {
    const { topic, partition, records: bytes } = asked
    const error = leadership.refusal(asked, node, -1)
    if (error !== 0) return refused(error)
    if (bytes === null || bytes.length < BATCH.records) return refused(CORRUPT)
    const config = log.describeTopics([topic])[0]?.config ?? {}
    if (bytes.length > Number(config['max.message.bytes'])) return refused(TOO_LARGE)
    const records = unpack(asked, bytes, codecs)
    if (typeof records === 'number') return refused(records)
    const { producerId, producerEpoch, baseSequence, transactional } = readBatchHeader(bytes)
    const now = clock.now()
    const [answer] = log.produce({
      transactionalId: transactionalId ?? undefined,
      batches: [
        {
          topic,
          partition,
          producerId: Number(producerId),
          producerEpoch,
          baseSequence,
          transactional,
          timestamp: now,
          records: records.map(outgoing),
        },
      ],
    })
    const { error: verdict, baseOffset, logStart, message = null } = answer!
    const logAppendTime = config['message.timestamp.type'] === 'LogAppendTime' && verdict === 0 ? now : -1
    return { error: verdict, baseOffset, logAppendTime, logStart, recordErrors: [], message }
  }
  return service({
    api: produceApi,
    serve({ transactionalId, acks, partitions }, caller) {
      return {
        throttleTime: 0,
        partitions: partitions.map((asked) => {
          const { topic, partition } = asked
          const result = acks === -1 || acks === 1 ? append(transactionalId, asked, caller) : refused(BAD_ACKS)
          return { topic, partition, ...result }
        }),
      }
    },
    refuse: ({ partitions }, error) => ({
      throttleTime: 0,
      partitions: partitions.map(({ topic, partition }) => ({ topic, partition, ...refused(error) })),
    }),
    concerns: ({ partitions }) => partitions[0],
  })
}

/** The records of the one batch, or why they can't be stored. */
function unpack(
  { topic, partition }: ProducePartition,
  bytes: Uint8Array,
  codecs: Codecs,
): readonly IncomingRecord[] | number {
  try {
    const reader = new RecordsReader({ topic, partition, bytes, position: 0, aborted: null, codecs })
    const records = [...(reader.read() ?? [])]
    if (reader.read() !== null || records.some(({ error }) => error !== undefined)) return INVALID
    return records
  } catch {
    return CORRUPT
  }
}

/** Copies nothing: the log does. A record without a timestamp gets the log's. */
function outgoing({ key, value, headers, timestamp }: IncomingRecord): OutgoingRecord {
  return { key, value, headers, timestamp: timestamp < 0 ? undefined : timestamp }
}

function refused(error: number): Omit<ProducedPartition, 'topic' | 'partition'> {
  return { error, baseOffset: -1, logAppendTime: -1, logStart: -1, recordErrors: [], message: null }
}
