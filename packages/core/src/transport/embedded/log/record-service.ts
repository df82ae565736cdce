import type { Clock } from '../../../service/clock.ts'
import type { OutgoingRecord, TopicPartition, TopicPartitionOffset } from '../../record.ts'
import type {
  DeleteRecordsAnswer,
  ListOffsetsAnswer,
  ProduceAnswer,
  ProduceBatch,
  ProduceRequest,
} from './broker-records.ts'
import { sizeOf } from './chunk.ts'
import { KafkaError } from './kafka-error.ts'
import type { KafkaErrorCode } from './kafka-error.ts'
import { judgeBatch } from './producer-state.ts'
import type { TopicRegistry } from './topic-registry.ts'
import type { Topic } from './topic.ts'

/** What a record costs in a batch beside its bytes, as Kafka's max.message.bytes counts it. */
const RECORD_OVERHEAD = 80

/** What `RecordService` needs of the rest. */
export interface RecordServiceOptions {
  readonly clock: Clock
  readonly topics: TopicRegistry
  /** Asks the coordinator whether the first records of a transaction in a partition belong to one that is open. */
  readonly verify: (request: ProduceRequest, batch: ProduceBatch) => KafkaErrorCode
  /** Called after every append that worked. */
  readonly onAppended: () => void
}

/** Writes records and moves the bounds of partitions. */
export class RecordService {
  readonly #options: RecordServiceOptions

  constructor(options: RecordServiceOptions) {
    this.#options = options
  }

  produce(request: ProduceRequest): ProduceAnswer[] {
    const answers = request.batches.map((batch) => this.#append(request, batch))
    this.#options.onAppended()
    return answers
  }

  listOffsets(partitions: readonly TopicPartition[]): ListOffsetsAnswer[] {
    return partitions.map(({ topic: name, partition }) => {
      const topic = this.#options.topics.get(name)
      const log = topic?.partitions[partition]
      const error = log === undefined ? KafkaError.UNKNOWN_TOPIC_OR_PARTITION : KafkaError.NONE
      return {
        topic: name,
        partition,
        error,
        topicId: topic?.id ?? '',
        logStart: log?.logStart ?? -1,
        highWatermark: log?.logEnd ?? -1,
        lastStable: log?.lastStable ?? -1,
      }
    })
  }

  deleteRecords(before: readonly TopicPartitionOffset[]): DeleteRecordsAnswer[] {
    return before.map((place) => {
      const { topic, partition } = place
      const log = this.#options.topics.log(place)
      const answer = (error: KafkaErrorCode) => ({ topic, partition, error, logStart: log?.logStart ?? -1 })
      if (log === undefined) return answer(KafkaError.UNKNOWN_TOPIC_OR_PARTITION)
      const offset = place.offset === -1 ? log.logEnd : place.offset
      if (!(offset >= 0 && offset <= log.logEnd)) return answer(KafkaError.OFFSET_OUT_OF_RANGE)
      try {
        log.moveLogStart(offset)
      } catch {
        return answer(KafkaError.KAFKA_STORAGE_ERROR)
      }
      return answer(KafkaError.NONE)
    })
  }

  #append(request: ProduceRequest, batch: ProduceBatch): ProduceAnswer {
    const { topic: name, partition } = batch
    const topic = this.#options.topics.get(name)
    const log = topic?.partitions[partition]
    const logStart = log?.logStart ?? -1
    const refuse = (error: KafkaErrorCode, message?: string): ProduceAnswer => ({
      topic: name,
      partition,
      error,
      baseOffset: -1,
      logStart,
      message,
    })
    if (topic === undefined || log === undefined) return refuse(KafkaError.UNKNOWN_TOPIC_OR_PARTITION)
    if (batch.records.length === 0) return refuse(KafkaError.INVALID_RECORD, 'the batch is empty')
    const problem = problemOf(topic, batch.records)
    if (problem !== null) return refuse(problem.error, problem.message)
    if (batch.producerId >= 0) {
      const verdict = judgeBatch(log.producers, { ...batch, count: batch.records.length })
      if (verdict.error !== KafkaError.NONE) return refuse(verdict.error)
      if (verdict.duplicateOf !== undefined) {
        return { topic: name, partition, error: KafkaError.NONE, baseOffset: verdict.duplicateOf, logStart }
      }
    }
    // As in Kafka only the first batch of a transaction is verified: a late one of a transaction that was decided, but
    // whose marker has not come yet, is still taken in.
    if (batch.transactional && !log.producers.open.has(batch.producerId)) {
      const verdict = this.#options.verify(request, batch)
      if (verdict !== KafkaError.NONE) return refuse(verdict)
    }
    const now = this.#options.clock.now()
    try {
      const baseOffset = log.append({ ...batch, appendTime: topic.config.logAppendTime ? now : null, now })
      return { topic: name, partition, error: KafkaError.NONE, baseOffset, logStart }
    } catch (error) {
      return refuse(KafkaError.KAFKA_STORAGE_ERROR, error instanceof Error ? error.message : String(error))
    }
  }
}

/** Why the log refuses one of the records, or null. */
function problemOf(
  topic: Topic,
  records: readonly OutgoingRecord[],
): { readonly error: KafkaErrorCode; readonly message: string } | null {
  const { maxMessageBytes, compacted } = topic.config
  for (let index = 0; index < records.length; index++) {
    const record = records[index] as OutgoingRecord
    const { timestamp } = record
    const size = sizeOf(record) + RECORD_OVERHEAD
    if (size > maxMessageBytes) {
      const message = `record ${index} of the batch takes ${size} bytes, max.message.bytes is ${maxMessageBytes}`
      return { error: KafkaError.MESSAGE_TOO_LARGE, message }
    }
    if (compacted && record.key === null) {
      return { error: KafkaError.INVALID_RECORD, message: `record ${index} has no key and the topic is compacted` }
    }
    if (timestamp !== undefined && !(Number.isSafeInteger(timestamp) && timestamp >= 0)) {
      const message = `record ${index} has the timestamp ${timestamp}, which must be a whole number of at least 0`
      return { error: KafkaError.INVALID_RECORD, message }
    }
  }
  return null
}
